//! Durations as people write them: `90s`, `1h 30m`. What one is for is not known here.

use std::time::Duration;

/// The longest that is taken. Nothing that this tool waits for takes a day, and sums of such
/// durations and a clock cannot overflow.
pub const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

const NO_DURATION: &str = "not a duration";
const TOO_LONG: &str = "longer than 24h";

/// Reads a duration of at most [`LONGEST`].
///
/// # Errors
/// What is wrong with it, as a fragment that fits after the text.
pub fn parse(text: &str) -> Result<Duration, &'static str> {
    match humantime::parse_duration(text) {
        Ok(duration) if duration <= LONGEST => Ok(duration),
        // Below 1ns is said to overflow too; nobody means that.
        Ok(_) | Err(humantime::DurationError::NumberOverflow) => Err(TOO_LONG),
        Err(_) => Err(NO_DURATION),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_the_longest() {
        assert_eq!(parse("24h"), Ok(LONGEST));
        assert_eq!(parse("1day"), Ok(LONGEST));
        for text in ["24h 1ns", "25h", "500000000000y", "99999999999999999999y"] {
            assert_eq!(parse(text), Err(TOO_LONG), "{text}");
        }
    }

    #[test]
    fn what_is_no_duration_is_told_from_what_is_too_long() {
        for text in ["", "10", "soon", "-5s", "1x"] {
            assert_eq!(parse(text), Err(NO_DURATION), "{text}");
        }
    }
}
