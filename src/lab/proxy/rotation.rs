//! Whose turn it is: round robin within each group, less often for a target in slow start.
//! Groups turn separately, or requests that alternate between two of them would always meet the same targets.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::lab::model::{Arn, Endpoint};

/// The turns taken in each group so far.
#[derive(Debug, Default)]
pub(super) struct Rotation {
    turns: Mutex<HashMap<Arn, u64>>,
}

impl Rotation {
    /// The endpoint that gets the next request; all of `routed` are of one group.
    pub(super) fn choose(&self, mut routed: Vec<Endpoint>) -> Option<Endpoint> {
        let turn = self.turn(&routed.first()?.group);
        let count = routed.len() as u64;
        let first = usize::try_from(turn % count).unwrap_or(0);
        let round = turn / count;
        let chosen = (0..routed.len())
            .map(|step| (first + step) % routed.len())
            .find(|index| takes_part(round, routed[*index].share))
            .unwrap_or(first);
        Some(routed.swap_remove(chosen))
    }

    fn turn(&self, group: &Arn) -> u64 {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        match turns.get_mut(group) {
            Some(turn) => {
                *turn += 1;
                *turn
            }
            None => {
                turns.insert(group.clone(), 0);
                0
            }
        }
    }
}

/// Whether a target with this share (in percent) serves in this round; spread evenly over the rounds.
fn takes_part(round: u64, share: u8) -> bool {
    let share = u64::from(share.min(100));
    let round = round % 100;
    (round + 1) * share / 100 > round * share / 100
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::model::TargetKey;

    fn endpoint(group: &str, id: &str, share: u8) -> Endpoint {
        Endpoint {
            group: group.into(),
            target: TargetKey::new(id, 80),
            serial: 1,
            address: ([127, 0, 0, 1], 80).into(),
            share,
        }
    }

    fn chosen(rotation: &Rotation, routed: &[Endpoint]) -> String {
        let chosen = rotation.choose(routed.to_vec()).unwrap();
        chosen.target.id.to_string()
    }

    #[test]
    fn every_target_of_a_group_gets_its_turn() {
        let rotation = Rotation::default();
        let routed = [endpoint("g", "a", 100), endpoint("g", "b", 100), endpoint("g", "c", 100)];
        let turns: String = (0..6).map(|_| chosen(&rotation, &routed)).collect();
        assert_eq!(turns, "abcabc");
    }

    #[test]
    fn groups_turn_separately() {
        let rotation = Rotation::default();
        let one = [endpoint("one", "a", 100), endpoint("one", "b", 100)];
        let two = [endpoint("two", "c", 100), endpoint("two", "d", 100)];
        let turns: String =
            (0..4).map(|_| chosen(&rotation, &one) + &chosen(&rotation, &two)).collect();
        assert_eq!(turns, "acbdacbd");
    }

    #[test]
    fn a_target_in_slow_start_gets_its_share_of_its_turns() {
        let rotation = Rotation::default();
        let routed = [endpoint("g", "old", 100), endpoint("g", "new", 10)];
        let turns = (0..2000).map(|_| chosen(&rotation, &routed));
        let to_new = turns.filter(|id| id == "new").count();
        assert_eq!(to_new, 100, "a tenth of its 1000 turns");
    }

    #[test]
    fn alone_in_slow_start_it_gets_everything() {
        let rotation = Rotation::default();
        for _ in 0..10 {
            assert_eq!(chosen(&rotation, &[endpoint("g", "new", 1)]), "new");
        }
    }

    #[test]
    fn nobody_routed_is_nobody_chosen() {
        assert_eq!(Rotation::default().choose(Vec::new()), None);
    }
}
