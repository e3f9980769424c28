//! A load balancer that answers as a test says.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use tokio::time::Instant;

use super::*;
use crate::rollout::{Front, Group, Hold};

type Answer = dyn Fn(Duration, &Registration) -> Result<Option<Health>, ErrorKind> + Send + Sync;

/// Answers by a function of the time since the start; `None` is a registration that is gone.
pub(super) struct Scripted {
    pub(super) began: Instant,
    answer: Box<Answer>,
    known: Vec<Registration>,
    pub(super) calls: AtomicUsize,
    pub(super) named: AtomicUsize,
    pub(super) times: Mutex<Vec<Duration>>,
}

impl Scripted {
    pub(super) fn new(
        known: &[Registration],
        answer: impl Fn(Duration, &Registration) -> Result<Option<Health>, ErrorKind>
        + Send
        + Sync
        + 'static,
    ) -> Arc<Self> {
        Arc::new(Self {
            began: Instant::now(),
            answer: Box::new(answer),
            known: known.to_vec(),
            calls: AtomicUsize::new(0),
            named: AtomicUsize::new(0),
            times: Mutex::default(),
        })
    }

    pub(super) fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl Balancer for Scripted {
    async fn groups(&self, _: &[String]) -> Result<Vec<Group>, BalancerError> {
        Ok(Vec::new())
    }

    async fn all_groups(&self) -> Result<Vec<Group>, BalancerError> {
        Ok(Vec::new())
    }

    async fn fronts(&self, _: &[String]) -> Result<Vec<Front>, BalancerError> {
        Ok(Vec::new())
    }

    async fn holds(&self, _: &[GroupArn]) -> Result<Vec<Hold>, BalancerError> {
        Ok(Vec::new())
    }

    async fn look(
        &self,
        _: &GroupArn,
        named: &[Registration],
    ) -> Result<Vec<(Registration, Health)>, BalancerError> {
        let now = self.began.elapsed();
        self.calls.fetch_add(1, Ordering::SeqCst);
        self.named.fetch_add(named.len(), Ordering::SeqCst);
        self.times.lock().unwrap().push(now);
        let mut seen = Vec::new();
        for place in if named.is_empty() { &self.known } else { named } {
            match (self.answer)(now, place) {
                Ok(Some(health)) => seen.push((place.clone(), health)),
                Ok(None) if named.is_empty() => {}
                Ok(None) => seen.push((place.clone(), Health::not_registered())),
                Err(kind) => {
                    return Err(BalancerError::new(kind, "DescribeTargetHealth", "scripted"));
                }
            }
        }
        Ok(seen)
    }

    async fn register(&self, _: &GroupArn, _: &[Registration]) -> Result<(), BalancerError> {
        Ok(())
    }

    async fn deregister(&self, _: &GroupArn, _: &[Registration]) -> Result<(), BalancerError> {
        Ok(())
    }
}
