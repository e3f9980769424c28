//! The sessions of one metadata service: a token, and when it ends. Nothing is told without one.

use std::collections::BTreeMap;
use std::time::Duration;

/// What a caller may ask for, in seconds.
pub(super) const TTLS: std::ops::RangeInclusive<u32> = 1..=21_600;
/// A bench is asked by a few processes; the one that ends first makes room.
const MOST: usize = 1000;

#[derive(Debug, Default)]
pub(super) struct Sessions(BTreeMap<String, Duration>);

impl Sessions {
    /// The token of a session that lasts for so many seconds from `now` on.
    pub(super) fn begin(&mut self, now: Duration, ttl: u32) -> String {
        self.0.retain(|_, end| *end > now);
        if self.0.len() >= MOST {
            let first = self.0.iter().min_by_key(|(_, end)| **end);
            if let Some(token) = first.map(|(token, _)| token.clone()) {
                self.0.remove(&token);
            }
        }
        let token = format!("{}==", uuid::Uuid::now_v7().simple());
        self.0.insert(token.clone(), now + Duration::from_secs(ttl.into()));
        token
    }

    pub(super) fn is_open(&self, now: Duration, token: &str) -> bool {
        self.0.get(token).is_some_and(|end| *end > now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_good_until_its_time_is_over() {
        let mut sessions = Sessions::default();
        let token = sessions.begin(Duration::from_secs(5), 10);
        assert!(sessions.is_open(Duration::from_millis(14_999), &token));
        assert!(!sessions.is_open(Duration::from_secs(15), &token));
        assert!(!sessions.is_open(Duration::from_secs(5), "another"));
    }

    #[test]
    fn the_sessions_kept_are_bounded_and_the_one_that_ends_first_makes_room() {
        let mut sessions = Sessions::default();
        let soon = sessions.begin(Duration::ZERO, 1);
        let late = sessions.begin(Duration::ZERO, 21_600);
        for _ in 0..MOST {
            sessions.begin(Duration::ZERO, 60);
        }
        assert_eq!(sessions.0.len(), MOST);
        assert!(!sessions.is_open(Duration::ZERO, &soon));
        assert!(sessions.is_open(Duration::ZERO, &late));
    }
}
