//! What the traffic met, as data.
//! Says nothing about whether that is good.

use std::collections::BTreeMap;

use serde::Serialize;

/// What the traffic met.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LoadReport {
    /// Time since the start, in seconds.
    pub elapsed_seconds: f64,
    /// Requests whose outcome is known.
    pub requests: u64,
    /// Answered 2xx to the last byte.
    pub succeeded: u64,
    /// All others.
    pub failed: u64,
    /// The failed ones by kind.
    pub failures: BTreeMap<String, u64>,
    /// The succeeded ones by the version that answered; empty when the answer named none.
    pub versions: BTreeMap<String, u64>,
    /// Latency of the succeeded ones.
    pub latency: Latency,
    /// Second by second, by the time at which a request should have been sent.
    pub seconds: Vec<Second>,
    /// The first failures, with the words of their causes.
    pub samples: Vec<Sample>,
}

/// Latency in milliseconds, from the time at which a request should have been sent to the end of its answer.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Latency {
    /// Half of the answers came within this.
    pub p50_ms: f64,
    /// 99 of 100 came within this.
    pub p99_ms: f64,
    /// The slowest.
    pub max_ms: f64,
}

/// One second of the traffic.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Second {
    /// Requests answered 2xx by each version.
    pub versions: BTreeMap<String, u64>,
    /// Requests that failed.
    pub failures: u64,
}

/// One failure with its words.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Sample {
    /// When the request should have been sent, in seconds since the start.
    pub seconds: f64,
    /// Its kind, named as in [`LoadReport::failures`].
    pub kind: String,
    /// Why, in the words of whoever noticed.
    pub detail: String,
}
