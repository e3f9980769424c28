//! Does all work for a target from this machine: by commands that run here, and by asking the
//! target over HTTP.

use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::mpsc;

use super::command::{self, CommandOptions};
use super::gate::{self, Patience, Wanted};
use super::{
    Ask, Briefing, DEFAULT_HOOK_TIME_LIMIT, Executor, ExecutorError, Gate, Hook, Jobs, Occasion,
    OutputLine, Work,
};
use crate::rollout::Target;

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
