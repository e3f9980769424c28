//! How late waits ended, and with how many calls.

use std::time::Duration;

/// One wait that ended.
#[derive(Debug, Clone)]
pub struct Ended {
    /// Seconds after the moment at which it came true; below nothing if it ended before.
    pub late: f64,
    /// From the moment at which the wait was begun until it came true.
    pub took: Duration,
    pub calls: u64,
    /// What it said if it did not end as it should.
    pub wrong: Option<String>,
}

impl Ended {
    fn fault(&self) -> Option<String> {
        let early = || (self.late < EARLY).then(|| format!("{:.2} s too early", -self.late));
        self.wrong.clone().or_else(early)
    }
}

/// Several of one kind.
#[derive(Debug)]
pub struct Lateness {
    sorted: Vec<f64>,
    pub calls: u64,
    /// Why some are not right.
    pub wrong: Vec<String>,
}

impl Lateness {
    pub fn of(ended: &[Ended]) -> Self {
        let mut sorted: Vec<_> = ended.iter().map(|each| each.late).collect();
        sorted.sort_by(f64::total_cmp);
        Self {
            sorted,
            calls: ended.iter().map(|each| each.calls).max().unwrap_or(0),
            wrong: ended.iter().filter_map(Ended::fault).collect(),
        }
    }

    /// The least value that so many percent of the runs do not exceed.
    pub fn percentile(&self, percent: usize) -> f64 {
        let rank = (self.sorted.len() * percent).div_ceil(100);
        self.sorted[rank.saturating_sub(1)]
    }

    pub fn in_words(&self) -> String {
        format!(
            "late p50 {:5.2} s, p95 {:5.2} s, max {:5.2} s; calls at most {:>3}",
            self.percentile(50),
            self.percentile(95),
            self.percentile(100),
            self.calls
        )
    }
}

/// The bench notes a moment and then acts; so much earlier a wait may seem to end.
const EARLY: f64 = -0.05;
