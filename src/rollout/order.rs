//! In which order targets are deployed.

use super::target::Target;

/// In which order targets are deployed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Order {
    /// Those that are out of service first: they cost no capacity, and mending them gives some. Then spread over
    /// the zones.
    #[default]
    Spread,
    /// As they were named, or else as the load balancer lists them.
    AsGiven,
}

/// The first of each zone, then the second of each, and so on: whom a batch takes out is not of one
/// zone. Within a zone they stay in their order; those of no known zone are of one.
pub(super) fn spread(targets: Vec<Target>) -> Vec<Target> {
    let mut zones: Vec<(Option<String>, usize)> = Vec::new();
    let mut turns = Vec::new();
    for target in &targets {
        let zone = target.zone();
        let known = zones.iter_mut().find(|(known, _)| known.as_deref() == zone);
        match known {
            Some((_, count)) => {
                turns.push(*count);
                *count += 1;
            }
            None => {
                turns.push(0);
                zones.push((zone.map(str::to_owned), 1));
            }
        }
    }
    let mut turned: Vec<_> = turns.into_iter().zip(targets).collect();
    turned.sort_by_key(|(turn, _)| *turn);
    turned.into_iter().map(|(_, target)| target).collect()
}
