//! Keeps the limit on the size of a file (`ulimit -f`) from ending this process without a word.

use rustix::process::Signal;
use tokio::signal::unix::{SignalKind, signal};

/// From here on, a write past the limit fails as on a full disk (EFBIG), so that a run names what
/// is out. To be called within a runtime.
///
/// The signal is caught, not ignored: a deploy command would inherit it ignored. Once caught it
/// stays so, as tokio documents; if it cannot be, only the words at such an end are lost.
pub(super) fn fail_past_file_limit() {
    signal(SignalKind::from_raw(Signal::XFSZ.as_raw())).ok();
}
