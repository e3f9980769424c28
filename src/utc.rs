//! Writes moments as people read them, always in UTC so that two machines' lines compare.

use std::time::{Duration, UNIX_EPOCH};

use crate::rollout::Moment;

/// Like `2026-11-21T12:03:04Z`.
pub fn date_and_time(moment: Moment) -> String {
    let since_epoch = Duration::from_millis(moment.min(Moment::LAST).as_millis());
    humantime::format_rfc3339_seconds(UNIX_EPOCH + since_epoch).to_string()
}

/// Like `12:03:04Z`.
pub fn time_of_day(moment: Moment) -> String {
    date_and_time(moment).split_off("2026-11-21T".len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_in_utc() {
        let moment = Moment::from_millis(1_795_262_584_999);
        assert_eq!(date_and_time(moment), "2026-11-21T12:03:04Z");
        assert_eq!(time_of_day(moment), "12:03:04Z");
    }

    #[test]
    fn a_moment_beyond_every_calendar_is_still_written() {
        assert_eq!(date_and_time(Moment::from_millis(u64::MAX)), "9999-12-31T23:59:59Z");
    }
}
