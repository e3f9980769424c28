//! What flips of this machine have been about, for who finds something on a port.

use super::past::Past;
use crate::rollout::TargetId;

/// Whether one of these runs has flipped this target to or from this port: what is found there may be what
/// it has left.
pub fn has_flipped(runs: &[Past], id: &TargetId, port: u16) -> bool {
    let told = runs.iter().filter_map(|past| past.told.as_ref().ok());
    let plans = told.map(|told| &told.header.plan).filter(|plan| plan.strategy.overlaps());
    let mut targets = plans.filter_map(|plan| plan.target(id));
    targets.any(|target| target.old.iter().chain(&target.new).any(|place| place.port == port))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::{Header, Journal, RunId, sample};
    use crate::rollout::{Plan, Strategy, Target};

    #[test]
    fn only_a_flip_of_the_same_target_knows_its_ports() {
        let state = tempfile::tempdir().unwrap();
        let known =
            |port| has_flipped(&Past::all(state.path()).unwrap(), &TargetId::new("i-0a"), port);
        let begin = |strategy, id: &str| {
            let place = |port| sample::place("web", id, port);
            let (old, new) = (vec![place(8081)], vec![place(8082)]);
            let batches = vec![vec![Target { id: TargetId::new(id), old, new }]];
            let plan = Plan { strategy, batches, ..sample::plan(&[&[id]]) };
            let header = Header::new(RunId::unique(), sample::NOON, plan);
            drop(Journal::create(state.path(), &header).unwrap());
        };
        begin(Strategy::InPlace, "i-0a");
        begin(Strategy::Flip, "i-0b");
        assert!(!known(8081));
        begin(Strategy::Flip, "i-0a");
        assert!(known(8081) && known(8082));
        assert!(!known(9000));
    }
}
