//! The truth of a simulated fleet: what is registered, what serves, and what is deployed.

use std::collections::{BTreeMap, BTreeSet};

use super::super::FRESH;
use super::script::{Script, name};
use super::{
    GroupArn, Health, Look, Registration, State, Target, TargetId, arn, at, draining, place,
    unhealthy,
};

/// A source of delays that gives the same ones for the same seed (splitmix64).
#[derive(Debug, Clone)]
struct Noise(u64);

impl Noise {
    fn below(&mut self, limit: u64) -> u64 {
        if self.0 == 0 {
            return 0;
        }
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Is {
    Gone,
    Draining { until: u64 },
    Coming { until: u64 },
    Serving,
    Ill { until: u64 },
}

#[derive(Debug, Clone)]
struct Spot {
    registration: Registration,
    is: Is,
    meddled: Option<Meddled>,
}

/// Somebody else registered it at one second, and takes it out again at another.
#[derive(Debug, Clone, Copy)]
struct Meddled {
    since: u64,
    until: u64,
}

#[derive(Debug, Clone)]
pub(super) struct World {
    pub(super) now: u64,
    noise: Noise,
    spots: BTreeMap<(GroupArn, TargetId, u16), Spot>,
    pub(super) deployed: BTreeSet<TargetId>,
}

/// A group that gets traffic, and is not the run's.
pub(super) fn elsewhere() -> GroupArn {
    arn("elsewhere")
}

fn place_elsewhere(target: &TargetId) -> Registration {
    place("elsewhere", target.as_str(), 80)
}

fn key(place: &Registration) -> (GroupArn, TargetId, u16) {
    (place.group.clone(), place.id.clone(), place.port)
}

impl World {
    pub(super) fn of(script: &Script) -> Self {
        let spot = |(registration, ill): (Registration, bool)| {
            let is = if ill { Is::Ill { until: u64::MAX } } else { Is::Serving };
            (key(&registration), Spot { registration, is, meddled: None })
        };
        Self {
            now: 0,
            noise: Noise(script.seed),
            spots: script.registrations().into_iter().map(spot).collect(),
            deployed: BTreeSet::new(),
        }
    }

    pub(super) fn pass_a_second(&mut self, script: &Script) {
        self.now += 1;
        let now = self.now;
        for spot in self.spots.values_mut() {
            spot.is = match spot.is {
                Is::Draining { until } if until <= now => Is::Gone,
                Is::Coming { until } | Is::Ill { until } if until <= now => Is::Serving,
                same => same,
            };
            if spot.meddled.is_some_and(|meddled| meddled.until <= now) {
                (spot.is, spot.meddled) = (Is::Gone, None);
            }
        }
        for flap in script.flaps.iter().filter(|flap| flap.second == now) {
            for spot in self.of_target(&name(flap.target)).filter(|spot| spot.is == Is::Serving) {
                spot.is = Is::Ill { until: now + flap.lasts };
            }
        }
    }

    /// Somebody else registers what is gone of a target, and takes it out again later. For an odd time
    /// it is in a group that is not the run's.
    pub(super) fn meddle(&mut self, target: &TargetId, lasts: u64) {
        let meddled = Meddled { since: self.now, until: self.now + lasts };
        if lasts % 2 == 1 {
            let (is, meddled) = (Is::Serving, Some(meddled));
            let registration = place_elsewhere(target);
            self.spots.insert(key(&registration), Spot { registration, is, meddled });
            return;
        }
        for spot in self.of_target(target).filter(|spot| spot.is == Is::Gone) {
            (spot.is, spot.meddled) = (Is::Serving, Some(meddled));
        }
    }

    fn of_target(&mut self, id: &TargetId) -> impl Iterator<Item = &mut Spot> {
        self.spots.values_mut().filter(move |spot| spot.registration.id == *id)
    }

    /// Some second from now on, at most so many later.
    pub(super) fn within(&mut self, most: u64) -> u64 {
        self.now + self.noise.below(most + 1)
    }

    pub(super) fn flip_a_coin(&mut self) -> bool {
        self.noise.below(2) == 1
    }

    pub(super) fn deregister(&mut self, places: &[Registration]) {
        let until = self.now + 7;
        for place in places {
            if let Some(spot) = self.spots.get_mut(&key(place)).filter(|spot| spot.is != Is::Gone) {
                (spot.is, spot.meddled) = (Is::Draining { until }, None);
            }
        }
    }

    pub(super) fn register(&mut self, places: &[Registration]) {
        for place in places {
            let until = self.within(12);
            let is = if until == self.now { Is::Serving } else { Is::Coming { until } };
            let registration = place.clone();
            self.spots.insert(key(place), Spot { registration, is, meddled: None });
        }
    }

    pub(super) fn look(&self, group: &GroupArn) -> Look {
        let here = self.spots.values().filter(|spot| spot.registration.group == *group);
        let listed = here.filter(|spot| spot.is != Is::Gone);
        let seen = listed.map(|spot| (spot.registration.clone(), Self::told(spot))).collect();
        Look { at: at(self.now), seen }
    }

    fn told(spot: &Spot) -> Health {
        match spot.is {
            Is::Gone => Health::not_registered(),
            Is::Draining { .. } => draining(),
            Is::Coming { .. } => Health::of(State::Initial, None),
            Is::Serving => Health::healthy(),
            Is::Ill { .. } => unhealthy(),
        }
    }

    pub(super) fn health(&self, place: &Registration) -> Health {
        self.spots.get(&key(place)).map_or_else(Health::not_registered, Self::told)
    }

    /// The targets that receive traffic in a group.
    pub(super) fn serving(&self, group: &GroupArn) -> BTreeSet<TargetId> {
        let serves = |spot: &&Spot| spot.registration.group == *group && spot.is == Is::Serving;
        self.spots.values().filter(serves).map(|spot| spot.registration.id.clone()).collect()
    }

    /// Whether no registration of the target is left, nor on its way out. One that somebody made
    /// after the latest look that still counts as fresh could not be seen.
    pub(super) fn is_out(&self, target: &Target) -> bool {
        let unseen = |meddled: Meddled| meddled.since + FRESH.as_secs() >= self.now;
        let gone = |place: &Registration| {
            let meddled = self.spots.get(&key(place)).and_then(|spot| spot.meddled);
            self.health(place).is_not_registered() || meddled.is_some_and(unseen)
        };
        gone(&place_elsewhere(&target.id)) && target.old.iter().chain(&target.new).all(gone)
    }

    /// Whether every registration of the target is in, exactly as it was at first.
    pub(super) fn is_in_as_before(&self, target: &Target) -> bool {
        target.old.iter().all(|place| {
            let spot = self.spots.get(&key(place));
            spot.is_some_and(|spot| spot.registration == *place && Self::told(spot).can_receive())
        })
    }
}
