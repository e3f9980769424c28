//! Which waits a step means, and since when they count. Nothing is waited for here.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::rollout::{
    Act, Began, Group, LEAVING_GRACE, Moment, Plan, Policy, Registration, Side, Snapshot, State,
    Step, Target, said_of,
};
use crate::watch::Wait;

/// A target that nobody has seen out is doubted for so long at least before it counts as back.
const DOUBT_LIMIT: Duration = Duration::from_secs(2 * LEAVING_GRACE.as_secs());

/// A step of one target, with all that its waits depend on.
pub(super) struct Waiting<'a, F> {
    pub(super) plan: &'a Plan,
    pub(super) target: &'a Target,
    pub(super) step: Step,
    /// When the latest step of a kind was finished.
    pub(super) finished: F,
    pub(super) now: Moment,
}

/// Since when registrations drain, by the latest look; `None` if none of them does.
pub(super) struct Drains(Option<Moment>);

impl Drains {
    pub(super) fn of(places: &[Registration], seen: &Snapshot) -> Self {
        let drains = |place: &&Registration| {
            said_of(seen, place).is_some_and(|health| health.state == State::Draining)
        };
        let place = places.iter().find(drains);
        Self(place.and_then(|place| seen.get(&place.group)).map(|look| look.at))
    }

    /// Whether they were seen to drain.
    fn is_known(&self) -> bool {
        self.0.is_some()
    }

    /// Whether they were seen to drain before this.
    fn since_before(&self, moment: Moment) -> bool {
        self.0.is_some_and(|seen| seen < moment)
    }
}

impl<F: Fn(Act) -> Option<Moment>> Waiting<'_, F> {
    /// The wait of a group, if the step means one. It counts from the end of the call before it, also
    /// when another process made that call; what drained before the call began to do so nobody knows
    /// when. Its limit counts from this try: it may be taken up long after the call.
    pub(super) fn on(
        &self,
        group: &Group,
        places: Vec<Registration>,
        drains: &Drains,
    ) -> Option<Wait> {
        let policy = &self.plan.policy;
        let wait = match self.step.act {
            Act::AwaitDrained => self.drained(group, places, drains),
            // What no listener uses never serves: it is back as it was, and cannot be seen to stay.
            Act::AwaitInService | Act::Bake | Act::StandBy if group.balancers.is_empty() => {
                return None;
            }
            Act::AwaitInService => self.in_service(group, places),
            Act::Register if !group.drain_first().is_zero() && drains.is_known() => {
                let at_once = Policy { settle: Some(Duration::ZERO), ..policy.clone() };
                Wait::drained(group, places, Began::Unknown(self.now), &at_once)
            }
            Act::Bake => Wait::steady(group, places, Began::Called(self.now), policy.gates.bake),
            Act::StandBy => {
                let began = Began::Called(self.since(Act::AwaitDrained));
                Wait::steady(group, self.new_in(group), began, policy.flip.stop_after)
            }
            _ => return None,
        };
        Some(Wait { deadline: wait.deadline + self.now.since(wait.began.at()), ..wait })
    }

    fn since(&self, call: Act) -> Moment {
        (self.finished)(call).unwrap_or(self.now)
    }

    fn drained(&self, group: &Group, places: Vec<Registration>, drains: &Drains) -> Wait {
        let called = self.since(Act::Deregister);
        let joined = drains.since_before(called);
        let began = if joined { Began::Unknown(called) } else { Began::Called(called) };
        let ids: BTreeSet<_> = places.iter().map(|place| place.id.clone()).collect();
        let wait = Wait::drained(group, places, began, &self.plan.policy);
        // What stays out is out with every port; what is deployed is looked at again then.
        let everywhere = if self.plan.strategy.puts_in() { BTreeSet::new() } else { ids };
        let everywhere = everywhere.into_iter().collect();
        Wait { everywhere, guarded: self.followers(group), ..wait }
    }

    /// What a flip puts in was seen registered nowhere; what it puts back has drained for a while at most.
    fn in_service(&self, group: &Group, places: Vec<Registration>) -> Wait {
        let registered = self.since(Act::Register);
        let policy = &self.plan.policy;
        let is_new = self.plan.strategy.overlaps() && !self.step.undo;
        if is_new || (self.finished)(Act::AwaitDrained).is_some() {
            return Wait::in_service(group, places, Began::Called(registered), policy);
        }
        let wait = Wait::in_service(group, places, Began::CalledAmid(registered), policy);
        Wait { deadline: wait.deadline.max(DOUBT_LIMIT), ..wait }
    }

    /// What has to serve while the old side drains: what follows it. The old side is needed again as
    /// soon as that has left service.
    fn followers(&self, group: &Group) -> Vec<Registration> {
        let leaves = self.plan.strategy.overlaps() && self.step.side == Side::Old;
        if leaves && !group.balancers.is_empty() { self.new_in(group) } else { Vec::new() }
    }

    fn new_in(&self, group: &Group) -> Vec<Registration> {
        self.target.new.iter().filter(|place| place.group == group.arn).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::sample;
    use crate::rollout::{Flip, Goal, Policy, Strategy, TargetId};

    const REST: Duration = Duration::from_secs(600);

    /// The wait of a flip's step in `web`, taken up 100 s after what was finished at noon.
    fn wait(step: Step) -> Wait {
        let place = |port| vec![sample::place("web", "i-0a", port)];
        let target = Target { id: TargetId::new("i-0a"), old: place(8081), new: place(8082) };
        let policy =
            Policy { flip: Flip { stop_after: REST, ..Flip::default() }, ..Policy::default() };
        let batches = vec![vec![target.clone()]];
        let plan = Plan { strategy: Strategy::Flip, batches, policy, ..sample::plan(&[&["i-0a"]]) };
        let (finished, now) = (|_| Some(sample::NOON), sample::at(100.0));
        let waiting = Waiting { plan: &plan, target: &target, step, finished, now };
        let places = target.side(step.side).to_vec();
        waiting.on(&plan.groups[0], places, &Drains(None)).unwrap()
    }

    #[test]
    fn what_is_left_running_is_so_from_the_end_of_its_drain_on_whoever_takes_that_up() {
        let wait = wait(Step::old(Act::StandBy));
        assert_eq!((wait.began.at(), wait.expected), (sample::NOON, REST));
        assert_eq!(wait.goal, Goal::Steady { lasts: REST });
        assert_eq!(wait.registrations[0].port, 8082, "the new one has to serve all the while");
        assert!(wait.deadline >= REST + Duration::from_secs(100));
    }

    #[test]
    fn the_new_port_is_guarded_while_the_old_one_drains_and_not_while_it_is_taken_out_itself() {
        let ports = |wait: Wait| wait.guarded.iter().map(|place| place.port).collect::<Vec<_>>();
        assert_eq!(ports(wait(Step::old(Act::AwaitDrained))), [8082]);
        assert_eq!(ports(wait(Step::new(Act::AwaitDrained))), [0; 0]);
    }
}
