//! When to look next. Pure: it is told the time.

use std::time::Duration;

use crate::rollout::Moment;

/// Between two looks at least this: a wait noticed a second late has lost nothing, and a second
/// is what a call may take.
pub const MIN_GAP: Duration = Duration::from_secs(1);
/// Before a wait can come true, a look only shows that all is as it should be.
pub const MAX_GAP_BEFORE: Duration = Duration::from_secs(60);
/// Once a wait can come true, being late costs time.
pub const MAX_GAP_AFTER: Duration = Duration::from_secs(15);

/// When a wait began, and the earliest moment at which it can come true.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// When it began.
    pub began: Moment,
    /// When it can come true at the earliest.
    pub earliest: Moment,
}

impl Timing {
    /// When to look next, if the latest look was at `last`.
    ///
    /// First when the wait begins. Before the earliest moment, after half the time that remains, and never past it; from then
    /// on, after a tenth of the time passed since: late by about a tenth, whatever it takes.
    pub fn next_look(&self, last: Moment) -> Moment {
        if last < self.began {
            return self.began;
        }
        let remaining = self.earliest.since(last);
        if remaining.is_zero() {
            let passed = last.since(self.earliest);
            return last.after((passed / 10).clamp(MIN_GAP, MAX_GAP_AFTER));
        }
        if remaining <= MIN_GAP * 2 {
            return self.earliest;
        }
        last.after((remaining / 2).clamp(MIN_GAP, MAX_GAP_BEFORE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looks(earliest: u64, until: u64) -> Vec<f64> {
        let began = Moment::from_millis(0);
        let timing = Timing { began, earliest: Moment::from_millis(earliest * 1000) };
        let mut at = began;
        let mut looks = Vec::new();
        while at.as_millis() < until * 1000 {
            at = timing.next_look(at);
            looks.push(at.as_millis() as f64 / 1000.0);
        }
        looks
    }

    #[test]
    fn a_drain_of_300_s_costs_at_most_a_dozen_looks_and_the_last_is_on_time() {
        let looks = looks(300, 300);
        assert!(looks.len() <= 12, "{looks:?}");
        assert_eq!(looks.last(), Some(&300.0));
        assert_eq!(looks[0], 60.0);
    }

    #[test]
    fn once_it_can_come_true_it_is_noticed_within_a_second_or_a_tenth() {
        let looks = looks(0, 600);
        for pair in looks.windows(2) {
            let gap = pair[1] - pair[0];
            assert!((1.0..=15.0).contains(&gap), "{pair:?}");
            assert!(gap <= (pair[0] / 10.0).max(1.0) + 0.001, "{pair:?}");
        }
    }

    #[test]
    fn the_first_look_is_when_the_wait_begins() {
        let began = Moment::from_millis(5_000);
        let timing = Timing { began, earliest: Moment::from_millis(9_000) };
        assert_eq!(timing.next_look(Moment::from_millis(4_999)), began);
    }

    #[test]
    fn a_wait_taken_up_long_after_it_began_looks_at_once() {
        let timing = Timing { began: Moment::from_millis(0), earliest: Moment::from_millis(5_000) };
        let now = Moment::from_millis(1_000_000);
        assert!(timing.next_look(Moment::from_millis(0)) < now);
    }

    #[test]
    fn looks_never_stand_still() {
        for earliest in [0, 1, 2, 3, 37, 3_600] {
            let looks = looks(earliest, earliest + 10);
            assert!(looks.windows(2).all(|pair| pair[0] < pair[1]), "{looks:?}");
        }
    }
}
