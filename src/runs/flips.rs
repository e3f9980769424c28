//! What the latest flip of this machine has left on a port, for who finds something there.

use std::collections::BTreeMap;

use super::past::{Past, Told};
use crate::rollout::{Registration, Target, TargetId};

/// What a flip has left on a port that it was about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeftThere {
    /// The release that was drained and left running, to go back to.
    Kept,
    /// Perhaps something: it did not come to its end.
    Perhaps,
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

/// Each port that a run flipped a target to or from, with what it has left there.
pub(super) fn left_by(past: &Past) -> BTreeMap<TargetPort, Option<LeftThere>> {
    let told = past.told.as_ref().ok();
    let Some(Told { header, rollout, .. }) =
        told.filter(|told| told.header.plan.strategy.overlaps())
    else {
        return BTreeMap::new();
    };
    let of = |target: &Target| {
        let is_done = rollout.progress(&target.id).is_some_and(|progress| progress.is_done());
        let id = target.id.clone();
        let left = move |place: &Registration, is_kept: bool| {
            let left = match (is_done, is_kept) {
                (false, _) => Some(LeftThere::Perhaps),
                (true, true) => Some(LeftThere::Kept),
                (true, false) => None,
            };
            ((id.clone(), place.port), left)
        };
        let new = target.new.iter().map(|place| left(place, false));
        let old = target.old.iter().map(|place| left(place, !header.plan.policy.flip.stops));
        new.chain(old).collect::<Vec<_>>()
    };
    header.plan.targets().flat_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::{Header, Journal, RunId, sample};
    use crate::rollout::{Dated, Fact, Flip, Plan, Policy, Strategy};
    use crate::runs::{KEPT_FOR, prune};

    /// A run from port 8081 to port 8082, which began at this second and is done or has done nothing.
    fn ran(state: &std::path::Path, began: f64, plan: Plan, is_done: bool) {
        let header = Header::new(RunId::unique(), sample::at(began), plan);
        let mut journal = Journal::create(state, &header).unwrap();
        let target = TargetId::new("i-0a");
        for step in header.plan.steps().into_iter().filter(|_| is_done) {
            let target = || target.clone();
            let facts = [
                Fact::Started { target: target(), step },
                Fact::Finished { target: target(), step, waited: None },
            ];
            let dated = facts.map(|fact| Dated { at: sample::at(began + 1.0), fact });
            dated.iter().for_each(|fact| journal.append(fact).unwrap());
        }
    }

    fn plan(strategy: Strategy, stops: bool) -> Plan {
        let place = |port| sample::place("web", "i-0a", port);
        let (old, new) = (vec![place(8081)], vec![place(8082)]);
        let batches = vec![vec![Target { id: TargetId::new("i-0a"), old, new }]];
        let flip = Flip { stops, ..Flip::default() };
        let policy = Policy { flip, ..Policy::default() };
        Plan { strategy, batches, policy, ..sample::plan(&[&["i-0a"]]) }
    }

    #[test]
    fn the_latest_flip_tells_what_is_left_on_its_ports() {
        let state = tempfile::tempdir().unwrap();
        let left =
            |port| left_there(&Past::all(state.path()).unwrap(), &TargetId::new("i-0a"), port);
        ran(state.path(), 0.0, plan(Strategy::InPlace, true), false);
        assert_eq!(left(8081), None);
        ran(state.path(), 10.0, plan(Strategy::Flip, true), false);
        assert_eq!(
            [8081, 8082, 9000].map(left),
            [Some(LeftThere::Perhaps), Some(LeftThere::Perhaps), None]
        );
        ran(state.path(), 20.0, plan(Strategy::Flip, false), true);
        assert_eq!([8081, 8082].map(left), [Some(LeftThere::Kept), None]);
        ran(state.path(), 30.0, plan(Strategy::Flip, true), true);
        assert_eq!([8081, 8082].map(left), [None, None]);
    }

    #[test]
    fn what_is_left_running_is_known_however_long_ago_that_was() {
        let state = tempfile::tempdir().unwrap();
        let left = || left_there(&Past::all(state.path()).unwrap(), &TargetId::new("i-0a"), 8081);
        let much_later = sample::NOON.after(2 * KEPT_FOR);
        ran(state.path(), 10.0, plan(Strategy::Flip, false), true);
        assert_eq!(prune(state.path(), much_later), [""; 0]);
        assert_eq!(left(), Some(LeftThere::Kept));
        ran(state.path(), 20.0, plan(Strategy::Flip, true), true);
        assert_eq!(prune(state.path(), much_later), [""; 0]);
        assert_eq!(Past::all(state.path()).unwrap().len(), 0, "nothing is left there any more");
    }
}
