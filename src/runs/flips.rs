//! What the latest flip of this machine has left on a port, for who finds something there; and which
//! one only waits to stop what served before.

use std::collections::BTreeMap;

use super::past::{Past, Told};
use crate::journal::RunId;
use crate::rollout::{Act, Fact, Moment, Progress, Registration, Side, Step, Target, TargetId};

/// What a flip has left on a port that it was about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeftThere {
    /// The release that was drained and left running, to go back to.
    Kept,
    /// Perhaps something: this run did not come to its end.
    Perhaps(RunId),
}

/// A port of a target.
pub(super) type TargetPort = (TargetId, u16);

/// What the latest of these runs that flipped this target to or from a port has left there; nothing if it
/// was stopped, or if no flip was about it.
pub fn left_there(runs: &[Past], id: &TargetId, port: u16) -> Option<LeftThere> {
    let flip = |past: &Past| {
        let left = left_by(past).remove(&(id.clone(), port))?;
        Some((past.began(), left))
    };
    runs.iter().filter_map(flip).max_by_key(|(began, _)| *began)?.1
}

/// Each port to or from which a run flipped a target, with what it has left there; not those on which
/// everything is as it was before.
pub(super) fn left_by(past: &Past) -> BTreeMap<TargetPort, Option<LeftThere>> {
    let told = past.told.as_ref().ok();
    let Some(told) = told.filter(|told| told.header.plan.strategy.overlaps()) else {
        return BTreeMap::new();
    };
    let on = |target: &Target, side: Side| {
        let left = left_on(told, target, side);
        let ports = target.side(side).iter().map(|place| (target.id.clone(), place.port));
        ports.filter_map(|port| Some((port, left?))).collect::<Vec<_>>()
    };
    let targets = told.header.plan.targets();
    targets
        .flat_map(|target| [Side::New, Side::Old].map(|side| on(target, side)))
        .flatten()
        .collect()
}

/// What a flip has left on the port of a side of its target; none if everything there is as it was before.
fn left_on(told: &Told, target: &Target, side: Side) -> Option<Option<LeftThere>> {
    let Told { header, rollout, .. } = told;
    let progress = rollout.progress(&target.id);
    let stands_by = progress.is_some_and(Progress::stands_by);
    if stands_by || progress.is_some_and(Progress::is_done) {
        let is_kept = side == Side::Old && (stands_by || !header.plan.policy.flip.stops);
        return Some(is_kept.then_some(LeftThere::Kept));
    }
    has_touched(told, &target.id, side).then_some(Some(LeftThere::Perhaps(header.run)))
}

/// What a run does that leaves old releases running for a while, and nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandsBy {
    /// Where those served before.
    pub places: Vec<Registration>,
    /// When the last of them is stopped.
    pub until: Moment,
}

/// What this run waits for, if it is nothing but that.
pub fn stands_by(told: &Told) -> Option<StandsBy> {
    let rests = told.header.plan.policy.flip.stop_after;
    let running: Vec<_> = told.rollout.targets().filter(|(_, at)| at.is_running()).collect();
    let until = |(_, at): &(&Target, &Progress)| {
        let drained = at.finished_at(Act::AwaitDrained).filter(|_| at.stands_by());
        drained.map(|drained| drained.after(rests))
    };
    let until = running.iter().map(until).collect::<Option<Vec<_>>>()?.into_iter().max()?;
    let places = running.iter().flat_map(|(target, _)| &target.old).cloned().collect();
    Some(StandsBy { places, until })
}

/// Whether it has done anything to the release on its port, or has taken it out to do so. What is put in and
/// taken out again, as by a failed `--back`, runs on as it did.
fn has_touched(told: &Told, id: &TargetId, side: Side) -> bool {
    let touches = |step: &Step| match step.act {
        Act::Start | Act::Stop => step.side == side,
        Act::Deregister => step.side == side && !step.undo,
        _ => false,
    };
    told.facts.iter().any(|dated| match &dated.fact {
        Fact::Started { target, step } => target == id && touches(step),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::journal::{Header, Journal, sample};
    use crate::rollout::{Dated, Flip, Plan, Policy, Strategy};
    use crate::runs::{KEPT_FOR, prune};

    /// A run from port 8081 to port 8082, which began at this second and went through so many steps.
    fn ran(state: &std::path::Path, began: f64, plan: Plan, steps: usize) -> RunId {
        let header = Header::new(RunId::unique(), sample::at(began), plan);
        let mut journal = Journal::create(state, &header).unwrap();
        let target = TargetId::new("i-0a");
        for step in header.plan.steps().into_iter().take(steps) {
            let target = || target.clone();
            let facts = [
                Fact::Started { target: target(), step },
                Fact::Finished { target: target(), step, waited: None },
            ];
            let dated = facts.map(|fact| Dated { at: sample::at(began + 1.0), fact });
            dated.iter().for_each(|fact| journal.append(fact).unwrap());
        }
        header.run
    }

    fn plan(strategy: Strategy, stops: bool) -> Plan {
        let place = |port| sample::place("web", "i-0a", port);
        let (old, new) = (vec![place(8081)], vec![place(8082)]);
        let batches = vec![vec![Target { id: TargetId::new("i-0a"), old, new }]];
        let flip = Flip { stops, ..Flip::default() };
        let policy = Policy { flip, ..Policy::default() };
        Plan { strategy, batches, policy, ..sample::plan(&[&["i-0a"]]) }
    }

    const ALL: usize = usize::MAX;

    #[test]
    fn a_flip_that_leaves_the_old_release_running_and_does_nothing_else_is_known() {
        let state = tempfile::tempdir().unwrap();
        let usual = plan(Strategy::Flip, true);
        let flip = Flip { stop_after: Duration::from_secs(60), ..Flip::default() };
        let plan = Plan { policy: Policy { flip, ..usual.policy.clone() }, ..usual };
        let header = Header::new(RunId::unique(), sample::NOON, plan);
        let mut journal = Journal::create(state.path(), &header).unwrap();
        let told = || Past::all(state.path()).unwrap().pop().unwrap().told.unwrap();
        for (second, step) in (0u32..).zip(header.plan.steps()) {
            let (target, seconds) = (TargetId::new("i-0a"), f64::from(second));
            let fact = Fact::Started { target: target.clone(), step };
            journal.append(&Dated { at: sample::at(seconds), fact }).unwrap();
            // The old port was drained half a second ago.
            let until = sample::at(seconds - 0.5 + 60.0);
            let places = vec![sample::place("web", "i-0a", 8081)];
            let expected = StandsBy { places, until };
            let stands_by = stands_by(&told());
            let is_meant = step.act == Act::StandBy;
            assert_eq!(stands_by, is_meant.then_some(expected), "{step}");
            let left = left_there(&Past::all(state.path()).unwrap(), &target, 8081);
            assert_eq!(left == Some(LeftThere::Kept), is_meant, "{step}");
            let fact = Fact::Finished { target, step, waited: None };
            journal.append(&Dated { at: sample::at(seconds + 0.5), fact }).unwrap();
        }
        assert_eq!(stands_by(&told()), None);
    }

    #[test]
    fn the_latest_flip_tells_what_is_left_on_its_ports() {
        let state = tempfile::tempdir().unwrap();
        let left =
            |port| left_there(&Past::all(state.path()).unwrap(), &TargetId::new("i-0a"), port);
        ran(state.path(), 0.0, plan(Strategy::InPlace, true), 1);
        assert_eq!(left(8081), None);
        let run = ran(state.path(), 10.0, plan(Strategy::Flip, true), 1);
        let perhaps = Some(LeftThere::Perhaps(run));
        assert_eq!([8081, 8082, 9000].map(left), [None, perhaps, None]);
        let run = ran(state.path(), 20.0, plan(Strategy::Flip, true), 4);
        let perhaps = Some(LeftThere::Perhaps(run));
        assert_eq!([8081, 8082].map(left), [perhaps, perhaps]);
        ran(state.path(), 30.0, plan(Strategy::Flip, false), ALL);
        assert_eq!([8081, 8082].map(left), [Some(LeftThere::Kept), None]);
        ran(state.path(), 40.0, plan(Strategy::Flip, true), ALL);
        assert_eq!([8081, 8082].map(left), [None, None]);
    }

    #[test]
    fn what_is_left_running_is_known_however_long_ago_that_was() {
        let state = tempfile::tempdir().unwrap();
        let left = || left_there(&Past::all(state.path()).unwrap(), &TargetId::new("i-0a"), 8081);
        let much_later = sample::NOON.after(2 * KEPT_FOR);
        ran(state.path(), 10.0, plan(Strategy::Flip, false), ALL);
        assert_eq!(prune(state.path(), much_later), [""; 0]);
        assert_eq!(left(), Some(LeftThere::Kept));
        ran(state.path(), 20.0, plan(Strategy::Flip, true), ALL);
        assert_eq!(prune(state.path(), much_later), [""; 0]);
        assert_eq!(Past::all(state.path()).unwrap().len(), 0, "nothing is left there any more");
    }

    #[test]
    fn a_flip_that_has_done_nothing_on_a_port_leaves_there_what_was_left() {
        let state = tempfile::tempdir().unwrap();
        let left = || left_there(&Past::all(state.path()).unwrap(), &TargetId::new("i-0a"), 8081);
        ran(state.path(), 10.0, plan(Strategy::Flip, false), ALL);
        // It is refused by a hook; the other one goes back, is put in, and fails its checks.
        let away = plan(Strategy::Flip, true);
        ran(state.path(), 20.0, away.clone(), 0);
        assert_eq!(left(), Some(LeftThere::Kept));
        let Target { id, old, new } = away.batches[0][0].clone();
        let flip = Flip { starts: false, ..Flip::default() };
        let policy = Policy { flip, ..Policy::default() };
        let batches = vec![vec![Target { id, old: new, new: old }]];
        let back = Plan { policy, batches, ..away };
        ran(state.path(), 30.0, back.clone(), 2);
        assert_eq!(left(), Some(LeftThere::Kept));
        // One that takes out what serves may have stopped it.
        ran(state.path(), 40.0, back, ALL);
        assert_eq!(left(), None);
    }
}
