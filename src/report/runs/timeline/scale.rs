//! Where a moment is drawn, and which moments the axis names. A long time in which nobody was at work
//! on the run is cut out, or the rest could not be told apart.

use std::time::Duration;

use crate::report::span::{clock, span};
use crate::rollout::Moment;

/// The left and right edge of the bars.
pub(super) const LEFT: f64 = 180.0;
pub(super) const RIGHT: f64 = 980.0;
/// The width of what is cut out.
const CUT: f64 = 30.0;
/// Shorter idle times are never cut out.
const LEAST_CUT: Duration = Duration::from_secs(60);
/// Between two ticks: the width of a label, and room for the eye.
const BETWEEN_TICKS: f64 = 75.0;
/// Beyond this a label is not needed.
const STEPS: [u64; 17] =
    [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 43_200, 86_400];

/// Milliseconds of the run, and pixels.
#[derive(Debug, Clone, Copy)]
struct Piece {
    from: u64,
    to: u64,
    left: f64,
    right: f64,
    is_cut: bool,
}

/// From moments to pixels, never backwards.
#[derive(Debug)]
pub(super) struct Scale {
    began: Moment,
    pieces: Vec<Piece>,
    per_milli: f64,
}

/// What the axis says, and where.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tick {
    pub(super) x: f64,
    pub(super) label: String,
}

impl Scale {
    /// Over a run, in which somebody was at work at these times.
    pub(super) fn new(
        (began, ended): (Moment, Moment),
        busy: impl Iterator<Item = (Moment, Moment)>,
    ) -> Self {
        let millis = |at: Moment| at.as_millis().saturating_sub(began.as_millis());
        let length = millis(ended).max(1);
        let mut busy: Vec<_> = busy.map(|(from, to)| (millis(from), millis(to))).collect();
        busy.sort_unstable();
        let idle = idle(&busy, length);
        let worked = length - idle.iter().map(|(from, to)| to - from).sum::<u64>();
        let least = u64::try_from(LEAST_CUT.as_millis()).unwrap_or(u64::MAX).max(worked / 4);
        let cuts: Vec<_> = idle.into_iter().filter(|(from, to)| to - from > least).collect();
        let drawn = length - cuts.iter().map(|(from, to)| to - from).sum::<u64>();
        let room = (RIGHT - LEFT - CUT * cuts.len() as f64).max(CUT);
        let per_milli = room / drawn.max(1) as f64;
        let (mut pieces, mut at, mut left) = (Vec::new(), 0, LEFT);
        for (from, to) in cuts.into_iter().chain([(length, length)]) {
            let right = left + (from - at) as f64 * per_milli;
            pieces.push(Piece { from: at, to: from, left, right, is_cut: false });
            if from < to {
                pieces.push(Piece { from, to, left: right, right: right + CUT, is_cut: true });
                left = right + CUT;
            }
            at = to;
        }
        Self { began, pieces, per_milli }
    }

    /// Where a moment is, within the edges.
    pub(super) fn x(&self, at: Moment) -> f64 {
        let at = at.as_millis().saturating_sub(self.began.as_millis());
        let piece = self.pieces.iter().find(|piece| at <= piece.to);
        piece.map_or(RIGHT, |piece| {
            let share =
                at.saturating_sub(piece.from) as f64 / (piece.to - piece.from).max(1) as f64;
            piece.left + share * (piece.right - piece.left)
        })
    }

    /// Round times since the beginning.
    pub(super) fn ticks(&self) -> Vec<Tick> {
        let fits = |step: &&u64| **step as f64 * 1000.0 * self.per_milli >= BETWEEN_TICKS;
        let step = 1000 * STEPS.iter().find(fits).unwrap_or(&STEPS[STEPS.len() - 1]);
        let mut ticks: Vec<Tick> = Vec::new();
        for piece in self.pieces.iter().filter(|piece| !piece.is_cut) {
            for at in (piece.from.div_ceil(step)..=piece.to / step).map(|n| n * step) {
                let x = piece.left + (at - piece.from) as f64 * self.per_milli;
                if ticks.last().is_none_or(|last| x - last.x >= BETWEEN_TICKS / 2.0) {
                    ticks.push(Tick { x, label: clock(Duration::from_millis(at)) });
                }
            }
        }
        ticks
    }

    /// What is cut out: its edges, and how long it was.
    pub(super) fn cuts(&self) -> impl Iterator<Item = (f64, f64, String)> {
        let cuts = self.pieces.iter().filter(|piece| piece.is_cut);
        cuts.map(|it| (it.left, it.right, span(Duration::from_millis(it.to - it.from))))
    }
}

/// The times in which nobody was at work, of those that are sorted by their beginning.
fn idle(busy: &[(u64, u64)], length: u64) -> Vec<(u64, u64)> {
    let (mut idle, mut until) = (Vec::new(), 0);
    for (from, to) in busy.iter().copied().chain([(length, length)]) {
        if from > until {
            idle.push((until, from.min(length)));
        }
        until = until.max(to);
    }
    idle
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::sample::at;

    fn scale(length: f64, busy: &[(f64, f64)]) -> Scale {
        let busy = busy.iter().map(|(from, to)| (at(*from), at(*to)));
        Scale::new((at(0.0), at(length)), busy)
    }

    fn labels(scale: &Scale) -> Vec<String> {
        scale.ticks().into_iter().map(|tick| tick.label).collect()
    }

    #[test]
    fn a_run_fills_the_picture_and_its_axis_names_a_few_round_times() {
        for (length, expected) in [
            (3.0, vec!["0:00", "0:01", "0:02", "0:03"]),
            (
                100.0,
                vec![
                    "0:00", "0:10", "0:20", "0:30", "0:40", "0:50", "1:00", "1:10", "1:20", "1:30",
                    "1:40",
                ],
            ),
            (
                6_000.0,
                vec![
                    "0:00", "10:00", "20:00", "30:00", "40:00", "50:00", "1:00:00", "1:10:00",
                    "1:20:00", "1:30:00", "1:40:00",
                ],
            ),
        ] {
            let scale = scale(length, &[(0.0, length)]);
            assert_eq!((scale.x(at(0.0)), scale.x(at(length))), (LEFT, RIGHT));
            assert_eq!(labels(&scale), expected);
        }
    }

    #[test]
    fn a_night_in_which_nobody_was_at_work_is_cut_out_and_the_rest_keeps_its_measure() {
        let night = scale(36_060.0, &[(0.0, 30.0), (36_030.0, 36_060.0)]);
        let cuts: Vec<_> = night.cuts().collect();
        assert!(matches!(&cuts[..], [(_, _, long)] if long == "10:00:00"), "{cuts:?}");
        let width = |from, to| night.x(at(to)) - night.x(at(from));
        assert!((width(0.0, 30.0) - width(36_030.0, 36_060.0)).abs() < 0.01);
        assert!(width(0.0, 30.0) > 380.0);
        assert!((night.x(at(36_060.0)) - RIGHT).abs() < 0.01);
    }

    #[test]
    fn a_short_pause_stays() {
        assert_eq!(scale(100.0, &[(0.0, 30.0), (80.0, 100.0)]).cuts().count(), 0);
    }
}
