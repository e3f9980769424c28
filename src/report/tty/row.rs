//! One live row. It is taken off the screen when it is dropped, so none is left behind.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressState, ProgressStyle};

use crate::report::Sight;
use crate::report::span::clock;

/// Often enough for a clock that shows seconds not to skip one, and for a change that the limit
/// of drawings passed over.
const TICK: Duration = Duration::from_millis(500);
const SPINNER: &str = "|/-\\ ";

/// A live row.
pub(super) struct Row {
    bar: ProgressBar,
    rows: Option<MultiProgress>,
    time: Arc<Time>,
}

/// What the row's clock counts on from: the bar itself knows the time since the last look.
#[derive(Default)]
struct Time {
    millis_before_look: AtomicU64,
    expected_millis: AtomicU64,
}

impl Row {
    /// One that nobody sees.
    pub(super) fn hidden() -> Self {
        Self { bar: ProgressBar::hidden(), rows: None, time: Arc::default() }
    }

    /// The row that stands below all others, without a clock.
    pub(super) fn standing(rows: &MultiProgress) -> Self {
        Self { bar: rows.add(unseen()), rows: Some(rows.clone()), time: Arc::default() }
            .styled("{wide_msg}")
    }

    /// A new row above another one.
    pub(super) fn above(rows: &MultiProgress, other: &Self) -> Self {
        let bar = rows.insert_before(&other.bar, unseen());
        Self { bar, rows: Some(rows.clone()), time: Arc::default() }
            .styled("{spinner} {prefix}  {time}  {wide_msg}")
    }

    fn styled(self, template: &str) -> Self {
        let time = Arc::clone(&self.time);
        let tell = move |state: &ProgressState, to: &mut dyn fmt::Write| {
            // A row that cannot be drawn is drawn again at the next tick.
            let _ = time.tell(state.elapsed(), to);
        };
        let style = ProgressStyle::with_template(template)
            .unwrap_or_else(|_| ProgressStyle::default_spinner());
        self.bar.set_style(style.tick_chars(SPINNER).with_key("time", tell));
        self.bar.enable_steady_tick(TICK);
        self
    }

    /// Shows the step that begins now.
    pub(super) fn begin(&self, name: String) {
        self.time.set(Duration::ZERO, Duration::ZERO);
        self.bar.reset_elapsed();
        self.bar.set_prefix(name);
        self.bar.set_message("");
    }

    /// Shows what a wait sees.
    pub(super) fn see(&self, sight: &Sight, seen: &str) {
        self.time.set(sight.elapsed, sight.expected);
        self.bar.reset_elapsed();
        self.bar.set_message(seen.to_owned());
    }

    /// Shows text.
    pub(super) fn say(&self, text: &str) {
        self.bar.set_message(text.to_owned());
    }
}

impl Drop for Row {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
        if let Some(rows) = &self.rows {
            rows.remove(&self.bar);
        }
    }
}

impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Row").field("prefix", &self.bar.prefix()).finish_non_exhaustive()
    }
}

/// A bar that draws nothing before it belongs to the rows.
fn unseen() -> ProgressBar {
    ProgressBar::with_draw_target(None, indicatif::ProgressDrawTarget::hidden())
}

impl Time {
    fn set(&self, elapsed: Duration, expected: Duration) {
        let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        self.millis_before_look.store(millis(elapsed), Ordering::Relaxed);
        self.expected_millis.store(millis(expected), Ordering::Relaxed);
    }

    fn tell(&self, since_look: Duration, to: &mut dyn fmt::Write) -> fmt::Result {
        let read = |millis: &AtomicU64| Duration::from_millis(millis.load(Ordering::Relaxed));
        let elapsed = read(&self.millis_before_look).saturating_add(since_look);
        to.write_str(&clock(elapsed))?;
        match read(&self.expected_millis) {
            Duration::ZERO => Ok(()),
            expected => write!(to, " of {}", clock(expected)),
        }
    }
}
