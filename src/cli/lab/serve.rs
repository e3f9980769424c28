//! `lab serve`: the lab as a server.

use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::signals::stop_signals;
use crate::lab::fleet::Fleet;
use crate::lab::metadata::MetadataAddress;
use crate::lab::server::{LabServer, ServerOptions};
use crate::metadata::ENDPOINT;

/// How long a target may be silent before its client gets a 504, as on an application load balancer.
const IDLE_TIMEOUT: Duration = Duration::from_secs(60);

/// Serve the lab until it is interrupted
///
/// Prints the `export` lines that point any AWS tool at it, then one line per instance with the
/// `export` for a shell that is to be on it, and one line per listener. Faults are read and changed
/// while it runs by GET and PUT on /lab/faults of the API's address.
#[derive(Debug, Args)]
pub(in crate::cli) struct Serve {
    /// A TOML file with groups, balancers, instances and faults [default: one ALB, two groups, four instances]
    #[arg(long, value_name = "FILE", env = "ELB_DEPLOY_LAB_FLEET", hide_env_values = true)]
    fleet: Option<PathBuf>,
    /// The API's address; port 0 takes a free one
    #[arg(
        long,
        value_name = "ADDRESS",
        default_value = "127.0.0.1:4566",
        env = "ELB_DEPLOY_LAB_LISTEN",
        hide_env_values = true
    )]
    listen: SocketAddr,
    /// Take free ports for the listeners and the metadata, whatever is usual
    #[arg(long, env = "ELB_DEPLOY_LAB_FREE_PORTS", hide_env_values = true)]
    free_ports: bool,
    /// Print the ready-made fleet, to start one's own from, and end
    #[arg(long)]
    print_fleet: bool,
}

impl Serve {
    pub(super) async fn run(self) -> Result<Exit, CliError> {
        if self.print_fleet {
            say(Fleet::default_text());
            return Ok(Exit::Done);
        }
        let fleet = self.fleet()?;
        let options = ServerOptions {
            api: self.listen,
            listeners: IpAddr::V4(Ipv4Addr::LOCALHOST),
            free_ports: self.free_ports,
            idle_timeout: IDLE_TIMEOUT,
        };
        let mut signals = stop_signals()?;
        let server =
            LabServer::start(fleet.model(), fleet.faults(), options).await.map_err(|error| {
                CliError::new(Exit::Unexpected, format!("failed to start the lab: {error}"))
                    .hint(Some("name another address with --listen, or use --free-ports"))
            })?;
        say(&server.exports());
        for service in server.metadata() {
            let MetadataAddress { instance, address } = service;
            say(&format!("# metadata of {instance}: export {ENDPOINT}=http://{address}\n"));
        }
        for listener in server.listeners() {
            say(&format!("# {} listens on http://{}\n", listener.balancer, listener.address));
        }
        signals.recv().await;
        server.stop().await;
        Ok(Exit::Done)
    }

    fn fleet(&self) -> Result<Fleet, CliError> {
        let text = match &self.fleet {
            Some(path) => std::fs::read_to_string(path).map_err(|error| {
                CliError::new(Exit::Usage, format!("failed to read {}: {error}", path.display()))
            })?,
            None => Fleet::default_text().to_owned(),
        };
        text.parse().map_err(|error| {
            CliError::new(Exit::Usage, format!("failed to read the fleet: {error}"))
                .hint(Some("compare it with elb-deploy lab serve --print-fleet"))
        })
    }
}

/// A reader that has enough is no error.
fn say(text: &str) {
    let mut stdout = std::io::stdout();
    stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).ok();
}
