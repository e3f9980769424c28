//! The lab's model as a balancer in this process: no socket, so that it obeys paused time.
//! Health checks are answered by a function instead of a service.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;

use super::model::{BalancerKind, CheckResult, Refusal, TargetKey};
use super::model::{TargetHealth, TargetKind, TargetSpec};
use super::state::Lab;
use crate::balancer::{Balancer, BalancerError, ErrorKind};
use crate::rollout::{
    self, Group, GroupArn, Health, HealthCheck, Registration, TargetId, TargetType,
};

/// How often due health checks are made.
const CHECK_EVERY: Duration = Duration::from_millis(500);

/// The model of a lab, asked directly.
#[derive(Clone)]
pub struct Direct {
    lab: Arc<Lab>,
    calls: Arc<Mutex<BTreeMap<&'static str, usize>>>,
}

impl Direct {
    /// A balancer on this lab's model.
    pub fn new(lab: Arc<Lab>) -> Self {
        Self { lab, calls: Arc::default() }
    }

    /// Makes the lab's health checks for ever; `answer` is the service behind a registration.
    pub async fn check(&self, answer: impl Fn(&TargetKey, Duration) -> CheckResult) {
        loop {
            self.lab.with_model(|model, now| {
                for check in model.checks(now) {
                    model.checked(now, &check, answer(&check.target, now));
                }
            });
            tokio::time::sleep(CHECK_EVERY).await;
        }
    }

    /// How often each operation was called.
    pub fn calls(&self) -> BTreeMap<&'static str, usize> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn count(&self, operation: &'static str) {
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        *calls.entry(operation).or_default() += 1;
    }

    fn group(&self, name_or_arn: &str) -> Option<Group> {
        self.lab.with_model(|model, _| {
            let group = model.group(name_or_arn).or_else(|| model.group_named(name_or_arn))?;
            Some(Group {
                arn: GroupArn::new(&*group.arn),
                name: group.name.clone(),
                target_type: match group.kind {
                    TargetKind::Instance => TargetType::Instance,
                    TargetKind::Ip => TargetType::Ip,
                },
                kind: match group.family() {
                    BalancerKind::Application => rollout::BalancerKind::Application,
                    BalancerKind::Network => rollout::BalancerKind::Network,
                },
                balancers: model
                    .balancers_of(&group.arn)
                    .map(|user| user.arn.to_string())
                    .collect(),
                deregistration_delay: group.attributes.deregistration_delay(),
                health_check: HealthCheck {
                    interval: group.check.interval,
                    healthy_threshold: group.check.healthy_threshold,
                    unhealthy_threshold: group.check.unhealthy_threshold,
                },
            })
        })
    }
}

#[async_trait]
impl Balancer for Direct {
    async fn groups(&self, names_or_arns: &[String]) -> Result<Vec<Group>, BalancerError> {
        self.count("DescribeTargetGroups");
        let group = |wanted: &String| {
            self.group(wanted).ok_or_else(|| {
                BalancerError::new(ErrorKind::GroupNotFound, "DescribeTargetGroups", wanted)
            })
        };
        names_or_arns.iter().map(group).collect()
    }

    async fn look(
        &self,
        group: &GroupArn,
        named: &[Registration],
    ) -> Result<Vec<(Registration, Health)>, BalancerError> {
        self.count("DescribeTargetHealth");
        let asked: Vec<_> = named.iter().map(spec).collect();
        let answer = self.lab.with_model(|model, now| {
            model.target_health(now, group.as_str(), &asked, Duration::ZERO)
        });
        let seen = answer.map_err(|refusal| error("DescribeTargetHealth", &refusal))?;
        Ok(seen.into_iter().map(|health| described(group, health)).collect())
    }

    async fn register(
        &self,
        group: &GroupArn,
        registrations: &[Registration],
    ) -> Result<(), BalancerError> {
        self.count("RegisterTargets");
        let specs: Vec<_> = registrations.iter().map(spec).collect();
        let answer = self.lab.with_model(|model, now| model.register(now, group.as_str(), &specs));
        answer.map_err(|refusal| error("RegisterTargets", &refusal))
    }

    async fn deregister(
        &self,
        group: &GroupArn,
        registrations: &[Registration],
    ) -> Result<(), BalancerError> {
        self.count("DeregisterTargets");
        let specs: Vec<_> = registrations.iter().map(spec).collect();
        let answer =
            self.lab.with_model(|model, now| model.deregister(now, group.as_str(), &specs));
        answer.map_err(|refusal| error("DeregisterTargets", &refusal))
    }
}

fn spec(place: &Registration) -> TargetSpec {
    TargetSpec {
        id: place.id.to_string(),
        port: Some(place.port),
        zone: place.zone_to_register().map(str::to_owned),
        quic_server_id: place.quic_server_id.clone(),
    }
}

fn described(group: &GroupArn, said: TargetHealth) -> (Registration, Health) {
    let registration = Registration {
        group: group.clone(),
        id: TargetId::new(&*said.target.id),
        port: said.target.port,
        zone: said.zone,
        quic_server_id: said.quic_server_id,
    };
    let health = Health {
        state: said.health.state.as_str().to_owned().into(),
        reason: said.health.reason.map(|reason| reason.as_str().to_owned().into()),
        description: said.health.description,
        kept_away: said.shifted.then(|| "zonal_shift_active".to_owned()),
    };
    (registration, health)
}

fn error(operation: &'static str, refusal: &Refusal) -> BalancerError {
    let kind = match refusal {
        Refusal::GroupNotFound => ErrorKind::GroupNotFound,
        Refusal::InvalidTarget(_) => ErrorKind::InvalidTarget,
        _ => ErrorKind::Invalid,
    };
    BalancerError::new(kind, operation, refusal.to_string())
}
