//! What the latest flip of this machine has left on a port, for who finds something there.

use super::past::{Past, Told};
use crate::journal::RunId;
use crate::rollout::{Act, Fact, Registration, Side, Step, Target, TargetId};

/// What a flip has left on a port that it was about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeftThere {
    /// The release that was drained and left running, to go back to.
    Kept,
    /// Perhaps something: this run did not come to its end.
    Perhaps(RunId),
}

/// What the latest of these runs that flipped this target to or from a port has left there; nothing if it
/// was stopped, or if no flip was about it.
pub fn left_there(runs: &[Past], id: &TargetId, port: u16) -> Option<LeftThere> {
    let flip = |past: &Past| {
        let told = past.told.as_ref().ok()?;
        let target =
            told.header.plan.target(id).filter(|_| told.header.plan.strategy.overlaps())?;
        Some((told.header.at, left_by(told, target, port)?))
    };
    runs.iter().filter_map(flip).max_by_key(|(at, _)| *at)?.1
}

/// What a flip has left on a port of its target; none if everything there is as it was before.
fn left_by(told: &Told, target: &Target, port: u16) -> Option<Option<LeftThere>> {
    let at = |places: &[Registration]| places.iter().any(|place| place.port == port);
    let side = match (at(&target.old), at(&target.new)) {
        (true, _) => Side::Old,
        (false, true) => Side::New,
        (false, false) => return None,
    };
    let Told { header, rollout, .. } = told;
    if rollout.progress(&target.id).is_some_and(|progress| progress.is_done()) {
        let is_kept = side == Side::Old && !header.plan.policy.flip.stops;
        return Some(is_kept.then_some(LeftThere::Kept));
    }
    has_touched(told, &target.id, side).then_some(Some(LeftThere::Perhaps(header.run)))
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
    use super::*;
    use crate::journal::{Header, Journal, sample};
    use crate::rollout::{Dated, Flip, Plan, Policy, Strategy};

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
