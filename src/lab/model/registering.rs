//! Registering and deregistering: idempotent, all or nothing, and never heard of at once.
//! Where the real behaviour is not documented, the choice made here says so.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::time::Duration;

use super::Model;
use super::group::{Group, TargetKind};
use super::instance::Power;
use super::refusal::Refusal;
use super::target::{Leaving, Registration, TargetKey, TargetSpec};

/// AWS's default quota of targets in a group.
pub const MOST_TARGETS: usize = 1000;

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

    /// Drops what has left for good, so that the model does not grow with every deployment.
    fn forget(&mut self, now: Duration) {
        let now = now.saturating_sub(self.memory);
        for group in self.groups.values_mut() {
            group.registrations.retain(|_, registration| !registration.forgotten(now));
        }
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
        if held.count() + added.len() > MOST_TARGETS {
            return Err(Refusal::TooManyTargets(MOST_TARGETS));
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
