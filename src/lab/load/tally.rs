//! Counts outcomes as they come in: by kind, by version, by second, and their latency.
//! What it remembers is bounded however long the traffic runs and whatever the service answers.

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use hdrhistogram::Histogram;

use super::options::MAX_DURATION;
use super::report::{Latency, LoadReport, Sample, Second};
use super::{Failure, FailureKind};

/// Versions told apart; a service that says more of them says nonsense.
const MAX_VERSIONS: usize = 32;

/// What the versions beyond [`MAX_VERSIONS`] are counted as.
const OTHER_VERSIONS: &str = "(other)";

/// Failures kept with their words: enough to see the cause, few enough to read.
const MAX_SAMPLES: usize = 20;

/// The longest latency told apart, in microseconds; longer ones count as this.
const MAX_LATENCY: u64 = 120_000_000;

/// Significant digits of a latency: a thousandth is finer than anybody asks.
const DIGITS: u8 = 3;

#[derive(Debug)]
pub(super) struct Tally {
    succeeded: u64,
    failures: BTreeMap<FailureKind, u64>,
    versions: BTreeMap<String, u64>,
    seconds: Vec<Second>,
    samples: Vec<Sample>,
    latency: Histogram<u64>,
}

impl Tally {
    pub(super) fn new() -> io::Result<Self> {
        let latency = Histogram::new_with_bounds(1, MAX_LATENCY, DIGITS);
        Ok(Self {
            succeeded: 0,
            failures: BTreeMap::new(),
            versions: BTreeMap::new(),
            seconds: Vec::new(),
            samples: Vec::new(),
            latency: latency.map_err(io::Error::other)?,
        })
    }

    /// A request that should have been sent at `offset` was answered by `version`, `latency` after that time.
    pub(super) fn served(&mut self, offset: Duration, version: &str, latency: Duration) {
        let is_new = !self.versions.contains_key(version);
        let version =
            if is_new && self.versions.len() >= MAX_VERSIONS { OTHER_VERSIONS } else { version };
        self.succeeded += 1;
        count(&mut self.versions, version);
        count(&mut self.second(offset).versions, version);
        let micros = u64::try_from(latency.as_micros()).unwrap_or(MAX_LATENCY);
        self.latency.saturating_record(micros);
    }

    /// A request that should have been sent at `offset` failed.
    pub(super) fn failed(&mut self, offset: Duration, failure: Failure) {
        *self.failures.entry(failure.kind).or_default() += 1;
        self.second(offset).failures += 1;
        if self.samples.len() < MAX_SAMPLES {
            self.samples.push(Sample {
                seconds: offset.as_secs_f64(),
                kind: failure.kind.to_string(),
                detail: failure.detail,
            });
        }
    }

    pub(super) fn report(&self, elapsed: Duration) -> LoadReport {
        let failed = self.failures.values().sum();
        let kinds = self.failures.iter();
        LoadReport {
            elapsed_seconds: elapsed.as_secs_f64(),
            requests: self.succeeded + failed,
            succeeded: self.succeeded,
            failed,
            failures: kinds.map(|(kind, n)| (kind.to_string(), *n)).collect(),
            versions: self.versions.clone(),
            latency: Latency {
                p50_ms: millis(self.latency.value_at_quantile(0.50)),
                p99_ms: millis(self.latency.value_at_quantile(0.99)),
                max_ms: millis(self.latency.max()),
            },
            seconds: self.seconds.clone(),
            samples: self.samples.clone(),
        }
    }

    fn second(&mut self, offset: Duration) -> &mut Second {
        let last = MAX_DURATION.as_secs();
        let index = usize::try_from(offset.as_secs().min(last)).unwrap_or(0);
        if self.seconds.len() <= index {
            self.seconds.resize_with(index + 1, Second::default);
        }
        &mut self.seconds[index]
    }
}

fn count(versions: &mut BTreeMap<String, u64>, version: &str) {
    match versions.get_mut(version) {
        Some(count) => *count += 1,
        None => {
            versions.insert(version.to_owned(), 1);
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "at most two minutes in microseconds")]
fn millis(micros: u64) -> f64 {
    micros as f64 / 1000.0
}
