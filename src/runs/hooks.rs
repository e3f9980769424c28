//! What was run around the batches, with the times.

use super::steps::How;
use crate::rollout::{Dated, Fact, Hook, Moment};

/// One try of what is run around a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookRun {
    /// Which.
    pub hook: Hook,
    /// Around which batch; the first one is 1.
    pub batch: usize,
    /// When it was started.
    pub began: Moment,
    /// When its end was known.
    pub ended: Option<Moment>,
    /// What became of it.
    pub how: How,
}

/// What these facts say was run around batches, in order; what was run again stands there twice.
pub fn hooks(facts: &[Dated]) -> Vec<HookRun> {
    let mut runs = Vec::new();
    for Dated { at, fact } in facts {
        match fact {
            Fact::HookStarted { hook, batch } => {
                let (hook, batch, began) = (*hook, *batch, *at);
                runs.push(HookRun { hook, batch, began, ended: None, how: How::Unknown });
            }
            Fact::HookFinished { hook, batch } => {
                end(&mut runs, (*hook, *batch), *at, How::Finished(None));
            }
            Fact::HookFailed { hook, batch, failure } => {
                end(&mut runs, (*hook, *batch), *at, How::Failed(failure.clone()));
            }
            // What happened to targets, or to the run.
            _ => {}
        }
    }
    runs
}

fn end(runs: &mut [HookRun], which: (Hook, usize), at: Moment, how: How) {
    let open = runs.iter_mut().rev().find(|run| (run.hook, run.batch) == which);
    if let Some(run) = open {
        (run.ended, run.how) = (Some(at), how);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::sample::at;
    use crate::rollout::Failure;

    #[test]
    fn what_was_cut_off_and_run_again_is_told_twice_with_how_it_ended() {
        let (hook, batch) = (Hook::AfterBatch, 2);
        let failure = Failure::new("run it", None, true);
        let facts = [
            Fact::HookStarted { hook, batch },
            Fact::Resumed { by: None },
            Fact::HookStarted { hook, batch },
            Fact::HookFailed { hook, batch, failure: failure.clone() },
            Fact::Resumed { by: None },
            Fact::HookStarted { hook, batch },
            Fact::HookFinished { hook, batch },
        ];
        let facts = facts.into_iter().zip([0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        let facts: Vec<_> = facts.map(|(fact, seconds)| Dated { at: at(seconds), fact }).collect();
        let run = |began, ended: Option<f64>, how| HookRun {
            hook,
            batch,
            began: at(began),
            ended: ended.map(at),
            how,
        };
        let expected = [
            run(0.0, None, How::Unknown),
            run(2.0, Some(3.0), How::Failed(failure)),
            run(5.0, Some(6.0), How::Finished(None)),
        ];
        assert_eq!(hooks(&facts), expected);
    }
}
