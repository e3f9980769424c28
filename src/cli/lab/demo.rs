//! `lab demo`: a deploy under load, to watch.

use std::io::Write;
use std::path::{PathBuf, absolute};

use clap::Args;

use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::signals::stop_signals;
use crate::lab::demo::{self, DemoError, DemoOptions, Strategy};

/// Watch a deploy on the lab under load, and count what got lost
///
/// Starts the lab, four processes of the sample service and a steady stream of requests, then
/// replaces the four one by one with `elb-deploy roll`. With --strategy flip it is one process, which
/// `elb-deploy flip` replaces by one on another port. Ends with exit code 0 if not one request failed.
#[derive(Debug, Args)]
pub(in crate::cli) struct Demo {
    /// How it is deployed
    #[arg(
        long,
        value_name = "HOW",
        value_enum,
        default_value = "roll",
        env = "ELB_DEPLOY_DEMO_STRATEGY",
        hide_env_values = true
    )]
    strategy: Strategy,
    /// Requests a second
    #[arg(long, value_name = "N", default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..=5000), env = "ELB_DEPLOY_DEMO_RATE", hide_env_values = true)]
    rate: u32,
    /// At least so many requests
    #[arg(
        long,
        value_name = "N",
        default_value_t = 20_000,
        env = "ELB_DEPLOY_DEMO_REQUESTS",
        hide_env_values = true
    )]
    requests: u64,
    /// Then deploy the same in two old ways, and compare
    #[arg(long, env = "ELB_DEPLOY_DEMO_COMPARE", hide_env_values = true)]
    compare: bool,
    /// Draw the run of this tool into this file, as `runs show --svg` does
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
}

impl Demo {
    pub(super) async fn run(self) -> Result<Exit, CliError> {
        let Self { strategy, rate, requests, compare, svg } = self;
        // What draws it may have another folder.
        let svg = svg.map(|path| absolute(&path).unwrap_or(path));
        let options = DemoOptions { strategy, rate, requests, compare, svg };
        let mut signals = stop_signals()?;
        match demo::run(&options, &mut signals, say).await {
            Ok(true) => Ok(Exit::Done),
            Ok(false) => Ok(Exit::Unexpected),
            Err(DemoError::Interrupted { signal }) => {
                say(&format!("\n{signal}: everything that the demo started has ended"));
                Ok(Exit::interrupted_by(&signal))
            }
            Err(error) => Err(CliError::new(Exit::Unexpected, format!("failed to {error}"))),
        }
    }
}

/// A reader that has enough is no error.
fn say(text: &str) {
    writeln!(std::io::stdout(), "{text}").ok();
}
