//! `lab load`: traffic at a fixed rate, and what it met.

use std::io::{self, Write};

use clap::Args;

use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::signals::stop_signals;
use crate::lab::load::{self, LoadOptions, LoadReport};

/// Send requests at a fixed rate to a loopback address, and count what got lost
///
/// The rate never gives way to a slow service: a stall shows as latency and as failures. Ends
/// after --duration, or when interrupted, and reports then. Ends with exit code 0 if not one
/// request failed, otherwise with 1.
#[derive(Debug, Args)]
pub(in crate::cli) struct Load {
    #[command(flatten)]
    options: LoadOptions,
    /// Report everything as JSON: failures and versions second by second too
    #[arg(long, env = "ELB_DEPLOY_LOAD_JSON", hide_env_values = true)]
    json: bool,
}

impl Load {
    pub(super) async fn run(self) -> Result<Exit, CliError> {
        let mut signals = stop_signals()?;
        let mut traffic = load::Load::start(self.options).map_err(failed)?;
        let report = tokio::select! {
            report = traffic.finished() => report,
            _ = signals.recv() => traffic.stop().await,
        };
        say(&if self.json { json(&report)? } else { report.to_string() });
        Ok(if report.failed == 0 { Exit::Done } else { Exit::Unexpected })
    }
}

fn failed(error: io::Error) -> CliError {
    let kind = match error.kind() {
        io::ErrorKind::InvalidInput => Exit::Usage,
        _ => Exit::Unexpected,
    };
    CliError::new(kind, format!("failed to send traffic: {error}"))
}

fn json(report: &LoadReport) -> Result<String, CliError> {
    serde_json::to_string(report).map_err(|error| {
        CliError::new(Exit::Unexpected, format!("failed to write the report: {error}"))
    })
}

/// A reader that has enough is no error.
fn say(text: &str) {
    writeln!(io::stdout(), "{text}").ok();
}
