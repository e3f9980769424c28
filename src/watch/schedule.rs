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

/// While something has to stay in service: a flap lasts 10 s at least, see [`FLAP_GRACE`], so that
/// two looks see it.
///
/// [`FLAP_GRACE`]: crate::rollout::FLAP_GRACE
pub const MAX_GAP_STEADY: Duration = Duration::from_secs(5);

/// By so much of a pause a look is moved at most, so that hosts that began together drift apart.
const MOVED: f64 = 0.2;
/// By so much at most a look at the earliest moment is moved: it must not come before it.
const MOVED_AT_EARLIEST: Duration = Duration::from_millis(500);

/// When a wait began, and the earliest moment at which it can come true.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// When it began.
    pub began: Moment,
    /// When it can come true at the earliest.
    pub earliest: Moment,
    /// The longest pause before that: [`MAX_GAP_BEFORE`]; [`MAX_GAP_AFTER`] if `earliest` is
    /// only the latest of the moments that it may be; [`MAX_GAP_STEADY`] if it can come untrue.
    pub longest_before: Duration,
}

impl Timing {
    /// Certain that nothing comes true before `earliest`.
    pub const fn certain(began: Moment, earliest: Moment) -> Self {
        Self { began, earliest, longest_before: MAX_GAP_BEFORE }
    }

    /// Guessing that it comes true at `earliest`, or sooner.
    pub const fn guessed(began: Moment, earliest: Moment) -> Self {
        Self { began, earliest, longest_before: MAX_GAP_AFTER }
    }

    /// Certain that it does not come true before `earliest`, and in need of looks until then.
    pub const fn steady(began: Moment, earliest: Moment) -> Self {
        Self { began, earliest, longest_before: MAX_GAP_STEADY }
    }

    /// When to look next, if the latest look was at `last`; moved by `chance`, from 0 to 1.
    ///
    /// First when the wait begins. Before the earliest moment, after half the time that remains,
    /// and never past it; from then on, after a tenth of the time passed since: late by about a
    /// tenth, whatever it takes.
    pub fn next_look(&self, last: Moment, chance: f64) -> Moment {
        if last < self.began {
            return self.began;
        }
        let after = |pause: Duration| last.after(pause - pause.mul_f64(MOVED * chance));
        let remaining = self.earliest.since(last);
        if remaining.is_zero() {
            let passed = last.since(self.earliest);
            return after((passed / 10).clamp(MIN_GAP, MAX_GAP_AFTER));
        }
        if remaining <= MIN_GAP * 2 {
            return self.earliest.after(MOVED_AT_EARLIEST.mul_f64(chance));
        }
        after((remaining / 2).clamp(MIN_GAP, self.longest_before))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looks(earliest: u64, until: u64) -> Vec<f64> {
        let began = Moment::from_millis(0);
        let timing = Timing::certain(began, Moment::from_millis(earliest * 1000));
        moved_looks(timing, until, || 0.0)
    }

    fn moved_looks(timing: Timing, until: u64, mut chance: impl FnMut() -> f64) -> Vec<f64> {
        let mut at = timing.began;
        let mut looks = Vec::new();
        while at.as_millis() < until * 1000 {
            at = timing.next_look(at, chance());
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
        let timing = Timing::certain(began, Moment::from_millis(9_000));
        assert_eq!(timing.next_look(Moment::from_millis(4_999), 0.5), began);
    }

    #[test]
    fn a_wait_taken_up_long_after_it_began_looks_at_once() {
        let timing = Timing::certain(Moment::from_millis(400_000), Moment::from_millis(405_000));
        let now = Moment::from_millis(1_000_000);
        for last in [0, 1, 399_999] {
            let next = timing.next_look(Moment::from_millis(last), 1.0);
            assert!(next <= now, "{next:?} after a look at {last}");
        }
    }

    #[test]
    fn looks_never_stand_still() {
        for earliest in [0, 1, 2, 3, 37, 3_600] {
            let looks = looks(earliest, earliest + 10);
            assert!(looks.windows(2).all(|pair| pair[0] < pair[1]), "{looks:?}");
        }
    }

    #[test]
    fn chance_moves_looks_apart_and_neither_before_the_earliest_moment_nor_late() {
        let earliest = Moment::from_millis(300_000);
        let mut before = Vec::new();
        for seed in 0..100 {
            let mut chance = fastrand::Rng::with_seed(seed);
            let timing = Timing::certain(Moment::from_millis(0), earliest);
            let looks = moved_looks(timing, 300, || chance.f64());
            let last = *looks.last().unwrap();
            assert!((300.0..=300.5).contains(&last), "seed {seed}: {looks:?}");
            assert!(looks.len() <= 14, "seed {seed}: {looks:?}");
            assert!(
                looks.windows(2).all(|pair| pair[1] - pair[0] >= 0.8),
                "seed {seed}: {looks:?}"
            );
            let together = looks.iter().filter(|look| before.contains(*look)).count();
            assert!(together <= 1, "seed {seed}: {together} looks of {looks:?} and {before:?}");
            before = looks;
        }
    }

    #[test]
    fn a_drain_that_may_end_any_moment_is_never_noticed_later_than_by_a_look_each_15_s() {
        for delay in [5, 37, 300, 3_600] {
            let timing = Timing::guessed(Moment::from_millis(0), Moment::from_millis(delay * 1000));
            let looks = moved_looks(timing, delay, || 0.0);
            let gaps = looks.windows(2).map(|pair| pair[1] - pair[0]);
            assert!(gaps.clone().all(|gap| gap <= 15.0), "{looks:?}");
        }
    }
}
