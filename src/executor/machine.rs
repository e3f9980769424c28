//! Does all work for a target from this machine: by commands that run here, and by asking the
//! target over HTTP.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::mpsc;

use super::command::{self, CommandOptions, Job};
use super::gate::{self, Patience, Wanted};
use super::idle::{is_freed, is_taken, listens};
use super::{
    Ask, Briefing, DEFAULT_HOOK_TIME_LIMIT, Executor, ExecutorError, Gate, Hook, Jobs, Occasion,
    OutputLine, Work,
};
use crate::rollout::{Side, Target};

/// Runs the jobs of a run from this machine.
#[derive(Debug, Clone)]
pub struct Machine {
    jobs: Jobs,
    time_limit: Duration,
    options: CommandOptions,
}

impl Machine {
    /// Deploy and rollback may take so long each; gates have time limits of their own. Nothing is
    /// looked up or started yet.
    pub fn new(jobs: Jobs, time_limit: Duration, options: CommandOptions) -> Self {
        Self { jobs, time_limit, options }
    }

    /// Frees the port first: what an earlier try left there would answer in the place of the new
    /// release.
    async fn start(
        &self,
        target: &Target,
        output: mpsc::Sender<OutputLine>,
    ) -> Result<(), ExecutorError> {
        let Some(script) = &self.jobs.start else { return Ok(()) };
        for (address, port) in self.places(Side::New, target) {
            if !listens(address, port).await {
                continue;
            }
            self.tell_to_stop(Side::New, target, output.clone()).await?;
            if !is_freed(address, port, self.options.kill_grace).await {
                return Err(ExecutorError::PortTaken { address, port });
            }
        }
        let script = self.flipping(Work::Start, script, target);
        script.run(output).await
    }

    /// A command that ends too early, or finds nothing to stop, has stopped nothing.
    async fn stop(
        &self,
        side: Side,
        target: &Target,
        output: mpsc::Sender<OutputLine>,
    ) -> Result<(), ExecutorError> {
        if self.jobs.stop.is_none() {
            return Ok(());
        }
        self.tell_to_stop(side, target, output).await?;
        for (address, port) in self.places(side, target) {
            if !is_freed(address, port, self.options.kill_grace).await {
                return Err(ExecutorError::NotStopped { address, port });
            }
        }
        Ok(())
    }

    /// Where the release of a side listens, each place once, as far as that is known here.
    fn places(&self, side: Side, target: &Target) -> Vec<(IpAddr, u16)> {
        let address = self.jobs.address.or_else(|| target.id.as_str().parse().ok());
        let ports = target.side(side).iter().map(|place| place.port).collect::<BTreeSet<_>>();
        ports.into_iter().filter_map(|port| Some((address?, port))).collect()
    }

    async fn tell_to_stop(
        &self,
        side: Side,
        target: &Target,
        output: mpsc::Sender<OutputLine>,
    ) -> Result<(), ExecutorError> {
        match self.jobs.stop.as_ref().filter(|_| !target.side(side).is_empty()) {
            Some(script) => self.flipping(Work::Stop(side), script, target).run(output).await,
            None => Ok(()),
        }
    }

    fn flipping<'a>(&'a self, work: Work, script: &str, target: &'a Target) -> Job<'a> {
        command::flipping(work, script, target, self.time_limit, &self.options)
    }

    async fn listens(&self, target: &Target, limit: Duration) -> Result<(), ExecutorError> {
        for (address, port) in self.places(Side::New, target) {
            if !is_taken(address, port, limit).await {
                return Err(ExecutorError::NothingListens { address, port, limit });
            }
        }
        Ok(())
    }

    async fn pass(
        &self,
        work: Work,
        gate: &Gate,
        target: &Target,
        output: mpsc::Sender<OutputLine>,
    ) -> Result<(), ExecutorError> {
        let options = &self.options;
        match (&gate.ask, work) {
            (Ask::Url { url, status, body }, _) => {
                let patience = match work {
                    Work::Verify => Patience::WithNoAnswer,
                    _ => Patience::WithEveryAnswer,
                };
                let wanted = Wanted { status, body: body.as_deref() };
                gate::pass((url, wanted), gate, patience, target, &output).await
            }
            (Ask::Command(script), Work::Ready) => {
                gate::ready_by_command(script, gate, target, options, &output).await
            }
            (Ask::Listens, _) => self.listens(target, gate.time_limit).await,
            (Ask::Command(script), _) => {
                command::work(work, script, target, gate.time_limit, options).run(output).await
            }
        }
    }
}

#[async_trait]
impl Executor for Machine {
    async fn run(
        &self,
        work: Work,
        target: &Target,
        output: mpsc::Sender<OutputLine>,
    ) -> Result<(), ExecutorError> {
        let (limit, options) = (self.time_limit, &self.options);
        let gate = match work {
            Work::Deploy => {
                let Some((program, arguments)) = self.jobs.deploy.split_first() else {
                    return Ok(());
                };
                let job = command::deploy((program, arguments), target, limit, options);
                return job.run(output).await;
            }
            Work::Rollback => {
                let Some(script) = &self.jobs.rollback else { return Ok(()) };
                return command::work(work, script, target, limit, options).run(output).await;
            }
            Work::Start => return self.start(target, output).await,
            Work::Stop(side) => return self.stop(side, target, output).await,
            Work::Ready => &self.jobs.ready,
            Work::Verify => &self.jobs.verify,
        };
        match gate {
            Some(gate) => self.pass(work, gate, target, output).await,
            None => Ok(()),
        }
    }

    async fn hook(
        &self,
        occasion: Occasion,
        briefing: Briefing,
        output: mpsc::Sender<OutputLine>,
    ) -> Result<(), ExecutorError> {
        let command = match occasion {
            Occasion::BeforeBatch(_) => &self.jobs.before_batch,
            Occasion::AfterBatch(_) => &self.jobs.after_batch,
            Occasion::OnFinish => &self.jobs.on_finish,
        };
        let Some(command) = command.clone() else { return Ok(()) };
        let time_limit = DEFAULT_HOOK_TIME_LIMIT;
        Hook { occasion, command, briefing, time_limit }.run(&self.options, output).await
    }
}
