//! Which HTTP statuses fit, as people write them: `200,401` or `200-299`.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The statuses that an HTTP answer can have (RFC 9110, section 15).
const ALL: RangeInclusive<u16> = 100..=599;

/// The statuses of an answer that fits: single ones and ranges, in the order given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Statuses(Vec<RangeInclusive<u16>>);

/// Why a text names no statuses, as a fragment that fits after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotStatuses {
    /// A part is neither a number nor two with a dash between them.
    #[error("not statuses such as 200,401 or 200-299")]
    Unreadable,
    /// A number that no answer can have.
    #[error("not a status from 100 to 599")]
    Outside,
    /// A range that ends before it begins.
    #[error("a range whose end comes first")]
    Reversed,
}

impl Statuses {
    /// Whether a status is one of them.
    pub fn fit(&self, status: u16) -> bool {
        self.0.iter().any(|range| range.contains(&status))
    }
}

/// 200-299. A redirect does not count: it may lead to a page that says "down for maintenance", and
/// an application load balancer does not count it either (its matcher is 200 unless set).
impl Default for Statuses {
    fn default() -> Self {
        Self(vec![200..=299])
    }
}

impl FromStr for Statuses {
    type Err = NotStatuses;

    fn from_str(text: &str) -> Result<Self, NotStatuses> {
        text.split(',').map(|part| range(part.trim())).collect::<Result<_, _>>().map(Self)
    }
}

fn range(text: &str) -> Result<RangeInclusive<u16>, NotStatuses> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (status(first)?, status(last)?);
    if last < first { Err(NotStatuses::Reversed) } else { Ok(first..=last) }
}

fn status(text: &str) -> Result<u16, NotStatuses> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number {
        return Err(NotStatuses::Unreadable);
    }
    text.parse().ok().filter(|status| ALL.contains(status)).ok_or(NotStatuses::Outside)
}

impl fmt::Display for Statuses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, range) in self.0.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            match (range.start(), range.end()) {
                (first, last) if first == last => write!(f, "{comma}{first}")?,
                (first, last) => write!(f, "{comma}{first}-{last}")?,
            }
        }
        Ok(())
    }
}

impl TryFrom<String> for Statuses {
    type Error = NotStatuses;

    fn try_from(text: String) -> Result<Self, NotStatuses> {
        text.parse()
    }
}

impl From<Statuses> for String {
    fn from(statuses: Statuses) -> Self {
        statuses.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_and_ranges_are_read_and_written_alike() {
        for text in ["200", "200,401", "200-299", "200-299,401,500-599", "100-599"] {
            let statuses: Statuses = text.parse().unwrap();
            assert_eq!(statuses.to_string(), text);
            let json = serde_json::to_string(&statuses).unwrap();
            assert_eq!(json, format!("\"{text}\""));
            assert_eq!(serde_json::from_str::<Statuses>(&json).unwrap(), statuses);
        }
        assert_eq!("200, 401".parse::<Statuses>().unwrap().to_string(), "200,401");
    }

    #[test]
    fn what_is_named_fits_and_nothing_else() {
        let statuses: Statuses = "200-204,401".parse().unwrap();
        let fitting: Vec<_> = ALL.filter(|&status| statuses.fit(status)).collect();
        assert_eq!(fitting, [200, 201, 202, 203, 204, 401]);
        let usual = Statuses::default();
        assert!(usual.fit(200) && usual.fit(299) && !usual.fit(302) && !usual.fit(500));
    }

    #[test]
    fn says_what_is_wrong() {
        use NotStatuses::{Outside, Reversed, Unreadable};
        let wrong = [
            ("", Unreadable),
            ("200,", Unreadable),
            ("2xx", Unreadable),
            ("+200", Unreadable),
            ("200-", Unreadable),
            ("200-299-300", Unreadable),
            ("-200", Unreadable),
            ("99", Outside),
            ("600", Outside),
            ("200-99999999", Outside),
            ("299-200", Reversed),
        ];
        for (text, why) in wrong {
            assert_eq!(text.parse::<Statuses>(), Err(why), "{text}");
        }
    }
}
