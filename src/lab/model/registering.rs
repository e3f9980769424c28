//! Registering and deregistering: idempotent, all or nothing, and never heard of at once.
//! Where the real behaviour is not documented, the choice made here says so.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::time::Duration;

use super::Model;
use super::balancer::{Balancer, BalancerKind};
use super::group::{Group, TargetKind};
use super::instance::Power;
use super::refusal::Refusal;
use super::target::{Leaving, Registration, TargetKey, TargetSpec};

/// AWS's default quota of targets in a group.
pub const MOST_TARGETS: usize = 1000;
/// How the ARN of a function begins.
const FUNCTION: &str = "arn:aws:lambda:";

impl Model {
    /// Registers targets. One that is registered already stays as it is; a draining instance comes back at once.
    ///
    /// # Errors
    /// Nothing is registered if the group does not exist, is full, or one target is not valid.
    pub fn register(
        &mut self,
        now: Duration,
        group: &str,
        targets: &[TargetSpec],
    ) -> Result<(), Refusal> {
        self.forget(now);
        let known = self.groups.get(group).ok_or(Refusal::GroupNotFound)?;
        for spec in targets {
            self.admit(now, known, spec)?;
        }
        known.has_room_for(targets)?;
        if let Some(known) = self.groups.get_mut(group) {
            known.remember(now, self.memory);
        }
        for spec in targets {
            self.register_one(now, group, spec);
        }
        self.revision += 1;
        Ok(())
    }

    /// Deregisters targets. One that is not registered, also because its port is another one, is no error.
    ///
    /// # Errors
    /// [`Refusal::GroupNotFound`].
    pub fn deregister(
        &mut self,
        now: Duration,
        group: &str,
        targets: &[TargetSpec],
    ) -> Result<(), Refusal> {
        self.forget(now);
        let known = self.groups.get(group).ok_or(Refusal::GroupNotFound)?;
        let reach = self.reach(known);
        let routed: BTreeSet<_> =
            self.routed(now, known, &reach).map(|(key, _)| key.clone()).collect();
        let (lag, memory) = (self.lags.deregister, self.memory);
        if let Some(known) = self.groups.get_mut(group) {
            known.remember(now, memory);
            for key in targets.iter().map(|spec| known.key(spec)).collect::<Vec<_>>() {
                let until = routed.contains(&key).then(|| now + lag);
                known.let_go(now, &key, until);
            }
        }
        self.revision += 1;
        Ok(())
    }

    fn register_one(&mut self, now: Duration, group: &str, spec: &TargetSpec) {
        let Some(key) = self.groups.get(group).map(|group| group.key(spec)) else {
            return;
        };
        self.cut_before_replacing(now, group, &key);
        let Some(group) = self.groups.get_mut(group).filter(|group| !group.holds(&key)) else {
            return;
        };
        self.serial += 1;
        let mut fresh = Registration::new(self.serial, now, now + self.lags.registration);
        fresh.zone.clone_from(&spec.zone);
        fresh.quic_server_id.clone_from(&spec.quic_server_id);
        fresh.routed_until = group.registrations.get(&key).and_then(|before| before.routed_until);
        group.registrations.insert(key, fresh);
    }

    fn admit(&self, now: Duration, group: &Group, spec: &TargetSpec) -> Result<(), Refusal> {
        match group.kind {
            TargetKind::Instance => self.admit_instance(spec)?,
            TargetKind::Ip => group.admit_address(now, spec)?,
            TargetKind::Lambda => admit_function(spec)?,
            TargetKind::Alb => self.admit_balancer(spec)?,
        }
        group.admit_quic(spec)
    }

    fn admit_instance(&self, spec: &TargetSpec) -> Result<(), Refusal> {
        let invalid = |sentence: &str| {
            Err(Refusal::InvalidTarget(format!("The following targets {sentence}: '{}'", spec.id)))
        };
        if spec.zone.is_some() {
            return Err(Refusal::Validation(format!(
                "You cannot specify an Availability Zone for the target '{}' because the target type is instance",
                spec.id
            )));
        }
        match self.instances.get(&spec.id).map(|each| each.power) {
            Some(Power::Running) => Ok(()),
            Some(_) => invalid("are not in a running state and cannot be registered"),
            None => invalid("are not valid instances"),
        }
    }

    fn admit_balancer(&self, spec: &TargetSpec) -> Result<(), Refusal> {
        let is_application = |each: &&Balancer| each.kind == BalancerKind::Application;
        let mut known = self.balancers.iter().filter(is_application);
        match known.any(|each| *each.arn == *spec.id) {
            true => Ok(()),
            false => Err(Refusal::InvalidTarget(format!(
                "The following targets are not application load balancers: '{}'",
                spec.id
            ))),
        }
    }

    /// Drops what has left for good, so that the model does not grow with every deployment.
    fn forget(&mut self, now: Duration) {
        let now = now.saturating_sub(self.memory);
        for group in self.groups.values_mut() {
            group.registrations.retain(|_, registration| !registration.forgotten(now));
        }
    }
}

fn admit_function(spec: &TargetSpec) -> Result<(), Refusal> {
    let wrong = |sentence: &str| Err(Refusal::Validation(format!("{sentence}: '{}'", spec.id)));
    match (spec.id.starts_with(FUNCTION), spec.port) {
        (true, None) => Ok(()),
        (true, Some(_)) => wrong("You cannot specify a port for a Lambda function"),
        (false, _) => wrong("The target is not the ARN of a Lambda function"),
    }
}

impl Group {
    /// An address that is still draining is refused: a real application load balancer makes it wait
    /// until the delay is over, but with which answer is unverified.
    fn admit_address(&self, now: Duration, spec: &TargetSpec) -> Result<(), Refusal> {
        if spec.id.parse::<IpAddr>().is_err() {
            return Err(Refusal::Validation(format!(
                "The IP address '{}' is not a valid IPv4 or IPv6 address",
                spec.id
            )));
        }
        let drains = self.registrations.get(&self.key(spec)).is_some_and(|each| each.drains(now));
        if drains && self.protocol.is_http() {
            return Err(Refusal::InvalidTarget(format!(
                "The following targets are draining and cannot be registered until deregistration is complete: '{}'",
                spec.id
            )));
        }
        Ok(())
    }

    fn admit_quic(&self, spec: &TargetSpec) -> Result<(), Refusal> {
        let key = self.key(spec);
        let changed = self.registrations.get(&key).is_some_and(|each| {
            each.stays()
                && spec.quic_server_id.is_some()
                && each.quic_server_id != spec.quic_server_id
        });
        if changed {
            return Err(Refusal::InvalidTarget(format!(
                "The QUIC server id of the registered target '{}' cannot be changed",
                spec.id
            )));
        }
        Ok(())
    }

    fn has_room_for(&self, targets: &[TargetSpec]) -> Result<(), Refusal> {
        let held = self.registrations.values().filter(|each| each.stays());
        let added: BTreeSet<_> =
            targets.iter().map(|spec| self.key(spec)).filter(|key| !self.holds(key)).collect();
        let most = match self.kind {
            TargetKind::Instance | TargetKind::Ip => MOST_TARGETS,
            // One function or one balancer is all that a group can hold.
            TargetKind::Lambda | TargetKind::Alb => 1,
        };
        if held.count() + added.len() > most {
            return Err(Refusal::TooManyTargets(most));
        }
        Ok(())
    }

    fn let_go(&mut self, now: Duration, key: &TargetKey, routed_until: Option<Duration>) {
        let until = now + self.attributes.deregistration_delay();
        let cut = self.attributes.cuts_connections(self.family());
        let Some(registration) = self.registrations.get_mut(key) else {
            return;
        };
        if registration.stays() {
            registration.routed_until = routed_until;
            registration.leaving = Some(Leaving { until, cut, done: false });
        }
    }
}
