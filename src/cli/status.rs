//! `status`: how groups and their targets fare, once or again and again. It changes nothing.

mod post;
mod reader;
#[cfg(test)]
mod tests;

use std::time::Duration;

use clap::Args;
use tokio::time::{Instant, sleep};

use self::post::Post;
use self::reader::{Reader, Told};
use super::Global;
use super::error::CliError;
use super::exit::Exit;
use super::format::Format;
use super::reach::Reach;
use super::signals::stop_signals;
use crate::state_dir::known_state_dir;

/// Show how groups and their targets fare, and who is held out
///
/// For each group: how many targets are in service and how many of them can be taken out before the
/// last one, how long a drain takes and what its health check means in time, and which listeners and
/// rules forward to it. Then its targets, those out of service first, each with the reason. What runs of
/// this machine hold out is marked, with the run and the way back.
///
/// The JSON is one line: {"v":1, "at":…, "groups":[…]}, each group with its settings, "fronts" and "targets".
#[derive(Debug, Args)]
pub(super) struct Status {
    /// Target groups, by name or ARN [default: all, those out of service first]
    #[arg(value_name = "GROUP")]
    groups: Vec<String>,
    /// Look again 5s after each pass, later after one that took longer: a terminal shows the latest, other readers get each change
    #[arg(long, env = "ELB_DEPLOY_WATCH", hide_env_values = true)]
    watch: bool,
    /// How it is written
    #[arg(
        long,
        value_name = "HOW",
        value_enum,
        default_value = "table",
        env = "ELB_DEPLOY_FORMAT",
        hide_env_values = true
    )]
    format: Format,
    /// End with 5 unless every target that is shown is in service, and no group is without any
    #[arg(long, env = "ELB_DEPLOY_STATUS_EXIT_CODE", hide_env_values = true)]
    exit_code: bool,
}

/// Between two passes at least. Drains and checks take longer than that, and a screen that is left open
/// must not use up the account's request rate.
const PAUSE: Duration = Duration::from_secs(5);

/// As long as the pass took, because one over a hundred groups keeps the account's share busy for 20 s;
/// in whole seconds, because it is shown.
fn pause_after(pass: Duration) -> Duration {
    PAUSE.max(Duration::from_secs(pass.as_secs() + u64::from(pass.subsec_nanos() > 0)))
}

impl Status {
    pub(super) async fn run(self, global: &Global) -> Result<Exit, CliError> {
        if self.watch && self.exit_code {
            let what = "--watch does not end by itself, so --exit-code would never be told";
            return Err(CliError::new(Exit::Usage, what).hint(Some("leave out one of them")));
        }
        let mut signals = stop_signals()?;
        tokio::select! {
            ended = self.show(global) => ended,
            // Whoever ends it has seen enough.
            Some(signal) = signals.recv() => Ok(Exit::interrupted_by(&signal)),
        }
    }

    async fn show(&self, global: &Global) -> Result<Exit, CliError> {
        let mut post = Post::find(Reach::new(global).await?, &self.groups).await?;
        post.state_dir = known_state_dir(global.state_dir.clone());
        post.access = global.access();
        let mut reader = Reader::of(self.format, self.watch);
        let began = Instant::now();
        let status = post.first().await?;
        let pause = pause_after(began.elapsed());
        let in_service = status.is_in_service();
        let told = reader.tell(status, post.take_notes(), None, pause).await?;
        match told {
            Told::Heard if self.watch => follow(&mut post, &mut reader, pause).await,
            _ if self.exit_code && !in_service => Ok(Exit::HaltedOut),
            _ => Ok(Exit::Done),
        }
    }
}

/// Looks again and again, until nobody reads any more or asking is refused for good.
async fn follow(
    post: &mut Post,
    reader: &mut Reader,
    mut pause: Duration,
) -> Result<Exit, CliError> {
    loop {
        sleep(pause).await;
        let began = Instant::now();
        let trouble = post.look_again().await?;
        pause = pause_after(began.elapsed());
        let status = post.status();
        if reader.tell(status, post.take_notes(), trouble, pause).await? == Told::Gone {
            return Ok(Exit::Done);
        }
    }
}
