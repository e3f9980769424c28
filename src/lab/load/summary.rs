//! A report of the traffic in a few lines for a person.
//! Everything that it leaves out is in the report's JSON.

use std::fmt;

use super::LoadReport;

/// Failures shown with their words: the first ones tell the cause, the rest repeat it.
const SHOWN: usize = 3;

impl fmt::Display for LoadReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { requests, failed, elapsed_seconds, latency, .. } = self;
        write!(f, "requests  {requests} in {elapsed_seconds:.1} s, {failed} failed")?;
        if !self.versions.is_empty() {
            write!(f, "\nversions  {}", counts(&self.versions))?;
            write!(
                f,
                "\nlatency   p50 {:.1} ms, p99 {:.1} ms, max {:.1} ms",
                latency.p50_ms, latency.p99_ms, latency.max_ms
            )?;
        }
        if !self.failures.is_empty() {
            write!(f, "\nfailures  {}", counts(&self.failures))?;
        }
        for sample in self.samples.iter().take(SHOWN) {
            let (at, kind, detail) = (sample.seconds, &sample.kind, &sample.detail);
            write!(f, "\n          at {at:.1} s {kind}: {detail}")?;
        }
        Ok(())
    }
}

fn counts<'a>(of: impl IntoIterator<Item = (&'a String, &'a u64)>) -> String {
    let named = |name: &'a String| if name.is_empty() { "(none)" } else { name };
    of.into_iter()
        .map(|(name, count)| format!("{} {count}", named(name)))
        .collect::<Vec<_>>()
        .join(", ")
}
