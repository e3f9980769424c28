//! Whether a flip is taken up where its commands have to run. What it starts and stops is on one machine, and
//! a state folder can be shared with others, or be copied. Commands of other runs reach their targets from
//! anywhere.

use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::journal::{Header, Process, RunId};
use crate::metadata::{self, MetadataError};
use crate::rollout::TargetId;

/// # Errors
/// This is another machine, or nobody tells which instance it is.
pub(super) async fn belongs_here(header: &Header) -> Result<(), CliError> {
    if !header.plan.strategy.overlaps() {
        return Ok(());
    }
    match &header.jobs.instance {
        Some(instance) => match metadata::ask().await {
            Ok(here) => is_instance(header.run, instance, &here.instance),
            // The name of the host has to do.
            Err(_) if is_host(header).is_ok() => Ok(()),
            Err(error) => Err(unknown(header.run, instance, &error)),
        },
        None => is_host(header),
    }
}

/// The name of a host says nothing where the instance is known: it can change.
fn is_instance(run: RunId, instance: &TargetId, here: &TargetId) -> Result<(), CliError> {
    if instance == here {
        return Ok(());
    }
    let what = format!(
        "run {run} starts and stops releases on {instance}, and this is {here}: it would do so here"
    );
    Err(CliError::new(Exit::Refused, what).hint(Some(format!("resume it on {instance}"))))
}

fn unknown(run: RunId, instance: &TargetId, error: &MetadataError) -> CliError {
    let what = format!(
        "run {run} starts and stops releases on {instance}, and whether this is it is not known: failed to {error}"
    );
    CliError::new(Exit::Refused, what).hint(Some(format!("resume it on {instance}")))
}

fn is_host(header: &Header) -> Result<(), CliError> {
    let (Header { run, host, .. }, here) = (header, Process::current().host);
    if *host == here {
        return Ok(());
    }
    let what = format!("the commands of run {run} are run on host {host}, and this is {here}");
    let gone =
        "if that host is no more: flip again from here, with --from PORT for the port that serves";
    let error = CliError::new(Exit::Refused, what).hint(Some(format!("resume it on {host}")));
    Err(error.hint(Some(gone)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::executor::Jobs;
    use crate::journal::sample;
    use crate::rollout::{Plan, Strategy};

    fn header(strategy: Strategy, host: &str) -> Header {
        let plan = Plan { strategy, ..sample::plan(&[&["i-0a"]]) };
        let header = Header::new(RunId::unique(), sample::NOON, plan);
        Header { host: host.to_owned(), ..header.deploying(Jobs::default()) }
    }

    #[tokio::test]
    async fn a_flip_goes_on_only_on_the_host_that_runs_its_commands_and_a_roll_anywhere() {
        let here = Process::current().host;
        belongs_here(&header(Strategy::Flip, &here)).await.unwrap();
        belongs_here(&header(Strategy::InPlace, "elsewhere")).await.unwrap();
        let error = belongs_here(&header(Strategy::Flip, "elsewhere")).await.unwrap_err();
        assert_eq!(error.kind, Exit::Refused);
        assert!(error.what[0].contains("are run on host elsewhere"), "{error}");
        assert_eq!(error.hints[0], "resume it on elsewhere");
    }
}
