//! `lab`: a load balancer on loopback, to see the tool at work and to try things without an account.

mod demo;
mod load;
mod serve;

use clap::Subcommand;

use super::error::CliError;
use super::exit::Exit;
use crate::lab::app::{self, AppOptions};

/// A load balancer on loopback that speaks the ELBv2 API and carries real traffic
#[derive(Debug, Subcommand)]
pub(super) enum Lab {
    Serve(serve::Serve),
    Demo(demo::Demo),
    /// Run the sample service that the lab balances
    App(AppOptions),
    Load(load::Load),
}

impl Lab {
    pub(super) async fn run(self) -> Result<Exit, CliError> {
        match self {
            Self::Serve(serve) => serve.run().await,
            Self::Demo(demo) => demo.run().await,
            Self::Load(load) => load.run().await,
            Self::App(options) => {
                let failed =
                    |error| CliError::new(Exit::Unexpected, format!("failed to serve: {error}"));
                let stop = app::terminated().map_err(failed)?;
                app::serve(options, stop).await.map_err(failed)?;
                Ok(Exit::Done)
            }
        }
    }
}
