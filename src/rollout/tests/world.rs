//! The truth of a simulated fleet: what is registered, what serves, and what is deployed.

use std::collections::{BTreeMap, BTreeSet};

use super::super::FRESH;
use super::script::{PORTS, Script, name};
use super::{
    GroupArn, Health, Look, Registration, State, TargetId, arn, at, draining, place, unhealthy,
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
    releases: Releases,
}

/// The releases of a flip, each on its port.
#[derive(Debug, Clone)]
struct Releases {
    running: BTreeSet<(TargetId, u16)>,
    /// Those that never get healthy.
    ill: BTreeSet<(TargetId, u16)>,
}

impl Releases {
    /// What runs at first: what is registered; with a flip that goes back, also where it goes.
    fn of(script: &Script) -> Self {
        let spots = |registrations: Vec<(Registration, bool)>| {
            registrations.into_iter().map(|(place, _)| (place.id, place.port)).collect::<Vec<_>>()
        };
        let (ill, well): (Vec<_>, Vec<_>) =
            script.registrations().into_iter().partition(|(_, ill)| *ill);
        let (ill, well) = (spots(ill), spots(well));
        let mut running: BTreeSet<_> = ill.iter().chain(&well).cloned().collect();
        if script.flipping.as_ref().is_some_and(|flipping| !flipping.flip.starts) {
            let both = [PORTS.blue, PORTS.green];
            let all = (0..script.members.len()).map(name);
            running.extend(all.flat_map(|id| both.map(|port| (id.clone(), port))));
        }
        Self { running, ill: ill.into_iter().collect() }
    }
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
            releases: Releases::of(script),
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
            let is_hit = |spot: &&mut Spot| {
                let is_port = flap.port.is_none_or(|port| port == spot.registration.port);
                is_port && spot.is == Is::Serving
            };
            for spot in self.of_target(&name(flap.target)).filter(is_hit) {
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

    /// What is put in of a flip serves if something runs there that can get healthy.
    pub(super) fn register_releases(&mut self, places: &[Registration]) {
        self.register(places);
        let Releases { running, ill } = &self.releases;
        for place in places {
            let release = (place.id.clone(), place.port);
            let spot = self.spots.get_mut(&key(place)).expect("what was registered");
            if !running.contains(&release) || ill.contains(&release) {
                spot.is = Is::Ill { until: u64::MAX };
            }
        }
    }

    pub(super) fn start(&mut self, places: &[Registration]) {
        self.releases.running.extend(places.iter().map(|place| (place.id.clone(), place.port)));
    }

    pub(super) fn stop(&mut self, places: &[Registration]) {
        for place in places {
            self.releases.running.remove(&(place.id.clone(), place.port));
        }
    }

    pub(super) fn runs(&self, place: &Registration) -> bool {
        self.releases.running.contains(&(place.id.clone(), place.port))
    }

    /// Whether none of these is left, nor on its way out. One that somebody made
    /// after the latest look that still counts as fresh could not be seen.
    pub(super) fn is_out<'a>(&self, places: impl IntoIterator<Item = &'a Registration>) -> bool {
        let unseen = |meddled: Meddled| meddled.since + FRESH.as_secs() >= self.now;
        let gone = |place: &Registration| {
            let meddled = self.spots.get(&key(place)).and_then(|spot| spot.meddled);
            self.health(place).is_not_registered() || meddled.is_some_and(unseen)
        };
        places.into_iter().all(gone)
    }

    /// Whether nobody has put it into a group that is not the run's.
    pub(super) fn is_out_elsewhere(&self, target: &TargetId) -> bool {
        self.is_out([&place_elsewhere(target)])
    }

    /// Whether all of these are in, exactly as they are given.
    pub(super) fn is_in(&self, places: &[Registration]) -> bool {
        places.iter().all(|place| {
            let spot = self.spots.get(&key(place));
            spot.is_some_and(|spot| spot.registration == *place && Self::told(spot).can_receive())
        })
    }

    /// Whether the run has left none of these in; what somebody else has put in does not count.
    pub(super) fn is_left_by_us(&self, places: &[Registration]) -> bool {
        let ours = |place: &Registration| {
            let spot = self.spots.get(&key(place)).filter(|spot| spot.meddled.is_none());
            spot.is_some_and(|spot| Self::told(spot).can_receive())
        };
        !places.iter().any(ours)
    }
}
