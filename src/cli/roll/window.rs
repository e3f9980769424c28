//! `--window`: when targets may be taken out. A run that would begin outside of it is refused and does not
//! wait: what starts it on a schedule wants an end, and an answer.

use clap::Args;

use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::typed::{Example, Mistakes, Typed};
use crate::rollout::{Moment, Policy, Window};
use crate::utc;

#[derive(Debug, Args)]
pub(in crate::cli) struct InWindow {
    /// Begin with targets only at these times of the day, such as 02:00-05:00@Asia/Seoul: outside of them
    /// the run is refused, and where they end it goes no further [default: at any time]
    #[arg(long, value_name = "FROM-UNTIL@ZONE", env = "ELB_DEPLOY_WINDOW", hide_env_values = true)]
    window: Option<Typed<Window>>,
}

impl InWindow {
    /// What it means; a mistake is noted.
    pub(in crate::cli) fn meant(&self, mistakes: &mut Mistakes) -> Option<Window> {
        self.window.as_ref().and_then(|window| mistakes.meant("--window", window))
    }
}

impl Example for Window {
    const EXAMPLE: &str = "window such as 02:00-05:00@Asia/Seoul or 22:00-01:30@Europe/Berlin";
}

/// Why a run may not begin now, and when it may, if that is so.
pub(in crate::cli) fn shut(policy: &Policy, now: Moment) -> Option<CliError> {
    let window = policy.window.as_ref().filter(|window| !window.is_open(now))?;
    let what = format!("the window {window} is not open now");
    Some(CliError::new(Exit::Refused, what).hint(opening(window, now)))
}

/// When a window opens next, in words.
pub(in crate::cli) fn opening(window: &Window, now: Moment) -> Option<String> {
    let opens = window.opens(now)?;
    let (there, here) = (window.clock(opens), utc::date_and_time(opens));
    Some(format!("it opens at {there} there, which is {here}"))
}

/// Until when a run that begins now begins with targets, if that has an end.
pub(in crate::cli) fn closing(policy: &Policy, now: Moment) -> Option<String> {
    let window = policy.window.as_ref()?;
    let closes = window.closes(now)?;
    let (there, here) = (window.clock(closes), utc::date_and_time(closes));
    Some(format!("the window {window} closes at {there} there, which is {here}"))
}
