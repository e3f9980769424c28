//! What the traffic of a demo met, as text.

use std::fmt::Write;
use std::time::Duration;

use super::ways::Way;
use crate::lab::load::{LoadReport, Second};

/// One way of deploying, and what it did to the traffic.
pub(super) struct Tally {
    pub(super) way: Way,
    pub(super) took: Duration,
    pub(super) traffic: LoadReport,
}

/// The traffic as a person reads it: the counts, and one character a second for who answered.
pub(super) fn traffic(report: &LoadReport) -> String {
    let strip: String = report.seconds.iter().map(second).collect();
    format!(
        "{report}\ntime      {strip}\n          one character a second: 1 or 2 for the version, + for both, ! for failures"
    )
}

fn second(second: &Second) -> char {
    match (second.failures, second.versions.contains_key("v1"), second.versions.contains_key("v2"))
    {
        (1.., _, _) => '!',
        (0, true, true) => '+',
        (0, true, false) => '1',
        (0, false, true) => '2',
        (0, false, false) => '.',
    }
}

/// The ways beside each other.
pub(super) fn comparison(tallies: &[Tally]) -> String {
    let width = tallies.iter().map(|tally| tally.way.to_string().len()).max().unwrap_or_default();
    let mut text = format!("\n{:width$}  failed  of requests  worst wait  deployed in", "");
    for Tally { way, took, traffic } in tallies {
        let (failed, requests) = (traffic.failed, traffic.requests);
        let worst = format!("{:.0} ms", traffic.latency.max_ms);
        let took = format!("{:.0} s", took.as_secs_f64());
        write!(text, "\n{way:width$}  {failed:>6}  {requests:>11}  {worst:>10}  {took:>11}").ok();
    }
    text
}
