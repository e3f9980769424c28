//! Writes lengths of time in columns of one shape.

use std::time::Duration;

/// Below this, tenths of a second matter to a reader; above, they are noise.
const TENTHS_BELOW: Duration = Duration::from_secs(10);

/// A length of time to read a clock by, like `0:12` or `1:02:03`; begun seconds do not count.
pub fn clock(time: Duration) -> String {
    let (minutes, seconds) = (time.as_secs() / 60, time.as_secs() % 60);
    match minutes / 60 {
        0 => format!("{minutes}:{seconds:02}"),
        hours => format!("{hours}:{:02}:{seconds:02}", minutes % 60),
    }
}

/// How long something took: like `3.2s`, and `0:12` from ten seconds on.
pub fn span(time: Duration) -> String {
    if time < TENTHS_BELOW {
        return format!("{:.1}s", time.as_secs_f64());
    }
    clock(time + Duration::from_millis(500))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_counts_whole_seconds() {
        let clocks = [0.0, 9.99, 61.0, 3599.9, 3723.0].map(|s| clock(Duration::from_secs_f64(s)));
        assert_eq!(clocks, ["0:00", "0:09", "1:01", "59:59", "1:02:03"]);
    }

    #[test]
    fn a_span_has_tenths_only_while_they_matter() {
        let spans = [0.04, 3.21, 12.4, 59.6].map(|s| span(Duration::from_secs_f64(s)));
        assert_eq!(spans, ["0.0s", "3.2s", "0:12", "1:00"]);
    }
}
