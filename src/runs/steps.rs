//! What was done to each target, step by step, with the times.

use crate::rollout::{Dated, Fact, Failure, GroupArn, Moment, Plan, Step, TargetId, Waited};

/// What was done to one target, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Course {
    /// Which target.
    pub target: TargetId,
    /// Its steps; one that was done again after a crash stands there twice.
    pub tried: Vec<Tried>,
    /// What others did about its being out, in order.
    pub settled: Vec<Settled>,
}

/// Others have seen to a target that was held out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// When.
    pub at: Moment,
    /// What they did.
    pub how: Settling,
    /// Only in these of its groups; empty means in all.
    pub groups: Vec<GroupArn>,
}

/// What others did about a target that was held out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settling {
    /// This other run has put it back.
    PutBack(String),
    /// This person has given it up.
    Forgotten(String),
}

/// One try of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    /// Which step.
    pub step: Step,
    /// When it was started; `None` if it was given up without that.
    pub began: Option<Moment>,
    /// When that was known.
    pub ended: Option<Moment>,
    /// What became of it.
    pub how: How,
}

/// What became of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum How {
    /// It did what it should.
    Finished(Option<Waited>),
    /// It did not.
    Failed(Failure),
    /// A person said that it was done.
    Skipped,
    /// Nothing more is recorded: it is under way, or was when its process ended.
    Unknown,
}

/// What these facts say of each target of the plan, in its order.
pub fn courses(plan: &Plan, facts: &[Dated]) -> Vec<Course> {
    let course = |target: &TargetId| {
        let mut course = Course { target: target.clone(), tried: Vec::new(), settled: Vec::new() };
        facts.iter().for_each(|dated| course.take_in(dated));
        course
    };
    plan.targets().map(|target| course(&target.id)).collect()
}

impl Course {
    fn take_in(&mut self, Dated { at, fact }: &Dated) {
        match fact {
            Fact::Started { target, step } if *target == self.target => {
                let tried = Tried { step: *step, began: Some(*at), ended: None, how: How::Unknown };
                self.tried.push(tried);
            }
            Fact::Finished { target, step, waited } if *target == self.target => {
                self.end(*step, *at, How::Finished(*waited));
            }
            Fact::Failed { target, step, failure } if *target == self.target => {
                self.end(*step, *at, How::Failed(failure.clone()));
            }
            Fact::Skipped { target, step } if *target == self.target => {
                let (step, ended, how) = (*step, Some(*at), How::Skipped);
                self.tried.push(Tried { step, began: None, ended, how });
            }
            Fact::PutBack { target, by, groups } if *target == self.target => {
                let (how, groups) = (Settling::PutBack(by.clone()), groups.clone());
                self.settled.push(Settled { at: *at, how, groups });
            }
            Fact::Forgotten { target, by, groups } if *target == self.target => {
                let (how, groups) = (Settling::Forgotten(by.clone()), groups.clone());
                self.settled.push(Settled { at: *at, how, groups });
            }
            // What happened to others, or to the run.
            _ => {}
        }
    }

    fn end(&mut self, step: Step, at: Moment, how: How) {
        let open = |tried: &&mut Tried| tried.step == step && tried.ended.is_none();
        match self.tried.last_mut().filter(open) {
            Some(tried) => (tried.ended, tried.how) = (Some(at), how),
            None => self.tried.push(Tried { step, began: None, ended: Some(at), how }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::sample;
    use crate::rollout::Act;

    fn of(facts: &[Dated]) -> Vec<(Act, Option<f64>, &'static str)> {
        let plan = sample::plan(&[&["i-0a"], &["i-0b"]]);
        let course = courses(&plan, facts).remove(0);
        let took = |tried: &Tried| Some(tried.ended?.since(tried.began?).as_secs_f64());
        let how = |tried: &Tried| match tried.how {
            How::Finished(_) => "finished",
            How::Failed(_) => "failed",
            How::Skipped => "skipped",
            How::Unknown => "unknown",
        };
        course.tried.iter().map(|tried| (tried.step.act, took(tried), how(tried))).collect()
    }

    #[test]
    fn every_step_has_its_time_and_its_end() {
        let mut facts = sample::undisturbed(0.0, "i-0a")[..4].to_vec();
        facts.push(sample::started(20.1, "i-0a", Act::Deploy));
        facts.push(sample::failed(23.1, "i-0a", Act::Deploy, true));
        let expected = [
            (Act::Deregister, Some(0.1), "finished"),
            (Act::AwaitDrained, Some(20.0), "finished"),
            (Act::Deploy, Some(3.0), "failed"),
        ];
        assert_eq!(of(&facts), expected);
    }

    #[test]
    fn a_step_that_was_cut_off_and_done_again_is_told_twice() {
        let facts = [
            sample::started(0.0, "i-0a", Act::Deregister),
            Dated { at: sample::at(9.0), fact: Fact::Resumed { by: None } },
            sample::started(10.0, "i-0a", Act::Deregister),
            sample::finished(10.5, "i-0a", Act::Deregister),
        ];
        let expected =
            [(Act::Deregister, None, "unknown"), (Act::Deregister, Some(0.5), "finished")];
        assert_eq!(of(&facts), expected);
    }

    #[test]
    fn a_step_given_up_before_its_start_has_no_length() {
        let facts = [sample::failed(600.0, "i-0a", Act::Deregister, false)];
        assert_eq!(of(&facts), [(Act::Deregister, None, "failed")]);
    }
}
