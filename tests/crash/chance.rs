//! Runs of any kind, dying anywhere, one after the other, as chance has it: one restore puts
//! everything back.

use proptest::prelude::*;

use crate::process::{Death, Verb};
use crate::world::Kind;
use crate::{DELIVERIES, Script};

fn verb() -> impl Strategy<Value = Verb> {
    prop_oneof![
        (1..3usize).prop_map(|batch| Verb::Roll { batch }),
        (1..3usize).prop_map(|targets| Verb::Drain { targets }),
        Just(Verb::Restore),
        (0..3usize).prop_map(|ago| Verb::Resume { ago }),
    ]
}

fn death() -> impl Strategy<Value = Option<(Death, usize)>> {
    let death = (0..26usize, any::<bool>()).prop_map(|(at, is_kept)| Death { at, is_kept });
    let delivered = proptest::sample::select(&DELIVERIES[..]);
    proptest::option::weighted(0.8, (death, delivered))
}

fn kind() -> impl Strategy<Value = Kind> {
    prop_oneof![3 => Just(Kind::Instances), 1 => Just(Kind::Addresses)]
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: CASES,
        failure_persistence: None,
        max_shrink_iters: 500,
        ..ProptestConfig::default()
    })]

    #[test]
    fn whatever_runs_died_one_restore_puts_everything_back(
        kind in kind(),
        mut steps in proptest::collection::vec((verb(), death()), 1..8),
    ) {
        steps.push((Verb::Restore, None));
        Script { kind, size: 4, steps, is_wild: true }.play();
    }
}

/// Some seconds. 4,000 of them found the last mistake; 10,000 found no further one.
const CASES: u32 = 400;
