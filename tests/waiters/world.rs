//! A group as it is over time, one scene after the other, and a balancer that tells of it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use elb_deploy::balancer::{Balancer, BalancerError};
use elb_deploy::rollout::{Front, Group, GroupArn, Health, Hold, Registration};
use tokio::time::Instant;

use crate::answer::{Answer, Asked, Refused, place};

/// One registration in one scene.
#[derive(Debug, Clone)]
pub struct Entry {
    pub place: Registration,
    pub health: Health,
    /// It stands in no answer: answers can be stale, or cut.
    pub left_out: bool,
}

/// What is so for a while.
#[derive(Debug, Clone, Default)]
pub struct Scene {
    pub entries: Vec<Entry>,
    /// How every call fails.
    pub refused: Option<Refused>,
}

impl Entry {
    pub fn of(number: usize, health: Health) -> Self {
        Self { place: place(number), health, left_out: false }
    }
}

impl Scene {
    pub fn of(entries: Vec<Entry>) -> Self {
        Self { entries, refused: None }
    }

    pub fn refused(refused: Refused) -> Self {
        Self { entries: Vec::new(), refused: Some(refused) }
    }

    /// What AWS's waiter is answered.
    pub fn answer(&self, asked: Asked, waited: &[Registration]) -> Answer {
        match (self.refused, asked) {
            (Some(refused), _) => Answer::Refused(refused),
            (None, Asked::ByName) => Answer::Told(self.named(waited)),
            (None, Asked::WholeGroup) => Answer::Told(self.listed()),
        }
    }

    fn listed(&self) -> Vec<(Registration, Health)> {
        let listed =
            self.entries.iter().filter(|each| !each.left_out && !each.health.is_not_registered());
        listed.map(|each| (each.place.clone(), each.health.clone())).collect()
    }

    /// What is not registered is answered as such.
    fn named(&self, named: &[Registration]) -> Vec<(Registration, Health)> {
        let known = |place: &Registration| self.entries.iter().find(|each| each.place == *place);
        let answered = named.iter().filter(|place| !known(place).is_some_and(|each| each.left_out));
        answered
            .map(|place| {
                let health = known(place).map(|each| each.health.clone());
                (place.clone(), health.unwrap_or_else(Health::not_registered))
            })
            .collect()
    }
}

/// The scenes, each as long as the others; the last stays.
pub struct World {
    scenes: Vec<Scene>,
    each: Duration,
    began: Instant,
    calls: AtomicUsize,
}

impl World {
    /// Begins now.
    pub fn new(scenes: Vec<Scene>, each: Duration) -> Self {
        Self { scenes, each, began: Instant::now(), calls: AtomicUsize::new(0) }
    }

    pub fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }

    /// The number of the scene that is on.
    pub fn scene(&self) -> usize {
        let number = self.began.elapsed().as_millis() / self.each.as_millis();
        usize::try_from(number).unwrap().min(self.scenes.len() - 1)
    }
}

#[async_trait]
impl Balancer for World {
    async fn look(
        &self,
        _: &GroupArn,
        named: &[Registration],
    ) -> Result<Vec<(Registration, Health)>, BalancerError> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        let scene = &self.scenes[self.scene()];
        match scene.refused {
            Some(refused) => {
                let code = refused.code().unwrap_or("reset");
                Err(BalancerError::new(refused.kind(), "DescribeTargetHealth", code))
            }
            None if named.is_empty() => Ok(scene.listed()),
            None => Ok(scene.named(named)),
        }
    }

    async fn groups(&self, _: &[String]) -> Result<Vec<Group>, BalancerError> {
        unreachable!("a wait asks for health only")
    }

    async fn all_groups(&self) -> Result<Vec<Group>, BalancerError> {
        unreachable!("a wait asks for health only")
    }

    async fn fronts(&self, _: &[String]) -> Result<Vec<Front>, BalancerError> {
        unreachable!("a wait asks for health only")
    }

    async fn holds(&self, _: &[GroupArn]) -> Result<Vec<Hold>, BalancerError> {
        unreachable!("a wait asks for health only")
    }

    async fn register(&self, _: &GroupArn, _: &[Registration]) -> Result<(), BalancerError> {
        unreachable!("a wait changes nothing")
    }

    async fn deregister(&self, _: &GroupArn, _: &[Registration]) -> Result<(), BalancerError> {
        unreachable!("a wait changes nothing")
    }
}
