//! What bounded a run and surrounded it, as its options are typed: all that is not as usual. The order
//! of targets is in no journal, and not among them.

use std::time::Duration;

use humantime::format_duration;

use crate::executor::{Ask, Gate, Jobs, Statuses};
use crate::rollout::{Flip, Gates, OnFailure, Policy};

/// The options, each with its value.
pub(super) fn options(policy: &Policy, jobs: &Jobs) -> Vec<String> {
    let mut all = bounds(policy);
    all.extend(gates(&policy.gates, jobs));
    all.extend(failing(policy, jobs));
    all.extend(flip(&policy.flip));
    let hooks = [
        ("--before-batch", &jobs.before_batch),
        ("--after-batch", &jobs.after_batch),
        ("--on-finish", &jobs.on_finish),
    ];
    all.extend(hooks.into_iter().flat_map(|(flag, script)| said(flag, script.as_ref())));
    all
}

fn bounds(policy: &Policy) -> Vec<String> {
    let usual = Policy::default();
    let mut all = changed("--batch", &policy.batch, &usual.batch);
    all.extend(changed("--min-healthy", &policy.min_healthy, &usual.min_healthy));
    all.extend(policy.zone_floor.then(|| "--zone-floor".to_owned()));
    all.extend(unusual(("--capacity-timeout", policy.capacity_timeout, usual.capacity_timeout)));
    all.extend(unusual(("--deploy-timeout", policy.deploy_timeout, usual.deploy_timeout)));
    let limits = [
        ("--settle", policy.settle),
        ("--drain-timeout", policy.drain_timeout),
        ("--in-service-timeout", policy.in_service_timeout),
    ];
    all.extend(limits.into_iter().flat_map(|(flag, time)| said(flag, time.map(format_duration))));
    all.extend(said("--slow-start", (!policy.after_slow_start).then_some("ignore")));
    all.extend(said("--window", policy.window.as_ref().map(ToString::to_string)));
    all
}

fn gates(Gates { bake, .. }: &Gates, jobs: &Jobs) -> Vec<String> {
    let mut all = Vec::new();
    if let Some(gate) = &jobs.ready {
        all.extend(asked(gate, "--ready", "--ready-command"));
        let usual = Gate::ready(gate.ask.clone());
        all.extend(unusual(("--ready-interval", gate.interval, usual.interval)));
        all.extend(unusual(("--ready-timeout", gate.time_limit, usual.time_limit)));
    }
    if let Some(gate) = &jobs.verify {
        all.extend(asked(gate, "--verify-url", "--verify"));
        let usual = Gate::verify(gate.ask.clone()).time_limit;
        all.extend(unusual(("--verify-timeout", gate.time_limit, usual)));
    }
    all.extend(unusual(("--bake", *bake, Duration::ZERO)));
    all
}

fn asked(gate: &Gate, url_flag: &str, command_flag: &str) -> Vec<String> {
    match &gate.ask {
        Ask::Url { url, status, body } => {
            let mut all = said(url_flag, Some(url));
            all.extend(changed("--ready-status", status, &Statuses::default()));
            all.extend(said("--ready-body", body.as_ref()));
            all
        }
        Ask::Command(command) => said(command_flag, Some(command)),
        // Nobody has said it.
        Ask::Listens => Vec::new(),
    }
}

fn failing(policy: &Policy, jobs: &Jobs) -> Vec<String> {
    let what = match policy.on_failure {
        OnFailure::Hold => None,
        OnFailure::Rollback => Some("rollback"),
        OnFailure::Return => Some("return"),
    };
    let mut all = said("--on-failure", what);
    all.extend(said("--rollback", jobs.rollback.as_ref()));
    all.extend(changed("--max-failures", &policy.max_failures, &0));
    all
}

fn flip(flip: &Flip) -> Vec<String> {
    let mut all = Vec::new();
    all.extend((!flip.stops).then(|| "--keep-old".to_owned()));
    all.extend((!flip.starts).then(|| "--back".to_owned()));
    all.extend(unusual(("--stop-old-after", flip.stop_after, Duration::ZERO)));
    all
}

fn unusual((flag, time, usual): (&str, Duration, Duration)) -> Vec<String> {
    said(flag, (time != usual).then(|| format_duration(time)))
}

fn changed<T: std::fmt::Display + PartialEq>(flag: &str, value: &T, usual: &T) -> Vec<String> {
    said(flag, (value != usual).then_some(value))
}

fn said<T: ToString>(flag: &str, value: Option<T>) -> Vec<String> {
    value.map(|value| vec![flag.to_owned(), value.to_string()]).unwrap_or_default()
}
