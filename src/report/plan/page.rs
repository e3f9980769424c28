//! A plan as people read it.

use std::time::Duration;

use super::Planned;
use crate::report::span::span;
use crate::rollout::{
    Act, BatchOutlook, Capacity, Group, Health, OnFailure, Plan, Registration, StepOutlook,
    TargetOutlook,
};

/// Of a batch of a hundred nobody reads more than the first.
const NAMED: usize = 10;

/// The page.
pub fn page(planned: &Planned<'_>) -> String {
    let Planned { plan, outlook, jobs, given, notes } = *planned;
    let mut lines: Vec<_> = plan.groups.iter().map(|group| group_line(plan, group)).collect();
    lines.extend(outlook.before.iter().map(|now| format!("  now: {}", capacity(now))));
    for (number, batch) in (1..).zip(&outlook.batches) {
        lines.push(String::new());
        lines.extend(batch_lines(number, outlook.batches.len(), batch));
    }
    lines.push(String::new());
    lines.push(format!("if a target fails: {}", on_failure(plan)));
    lines.extend(jobs.iter().map(|(name, command)| format!("{name}: {command}")));
    if !given.is_empty() {
        lines.push("given:".to_owned());
        let given = given.iter().map(|(key, value, from)| format!("  {key} = {value} ({from})"));
        lines.extend(given);
    }
    lines.extend(notes.iter().map(|note| format!("note: {note}")));
    lines.push(String::new());
    lines.push(format!(
        "least possible {}, expected {}{}",
        span(outlook.least),
        span(outlook.expected),
        without_deploys(&outlook.batches),
    ));
    lines.join("\n") + "\n"
}

fn group_line(plan: &Plan, group: &Group) -> String {
    let floor = plan.floors.get(&group.arn).copied().unwrap_or_default();
    let time = humantime::format_duration;
    let check = &group.health_check;
    format!(
        "{}: deregistration delay {}, settle {}, checks every {}, floor {floor}",
        group.name,
        time(group.deregistration_delay),
        time(plan.policy.settle(group)),
        time(check.interval),
    )
}

fn capacity(at: &Capacity) -> String {
    let Capacity { group, in_service, registered, floor } = at;
    format!("{in_service} of {registered} in service in {}, floor {floor}", group.name())
}

fn batch_lines(number: usize, count: usize, batch: &BatchOutlook) -> Vec<String> {
    let targets = batch.targets.len();
    let of = if targets == 1 { "1 target".to_owned() } else { format!("{targets} targets") };
    let mut lines = vec![format!("batch {number} of {count}: {of}")];
    let named = batch.targets.iter().take(NAMED);
    lines.extend(named.map(|TargetOutlook { id, zone, places }| {
        let zone = zone.as_deref().unwrap_or("-");
        format!("  {id}  {zone}  {}", places.iter().map(place).collect::<Vec<_>>().join("; "))
    }));
    if targets > NAMED {
        lines.push(format!("  and {} more", targets - NAMED));
    }
    lines.extend(batch.steps.iter().map(step));
    lines.extend(batch.during.iter().map(|during| format!("  meanwhile: {}", capacity(during))));
    lines
}

fn place((place, health): &(Registration, Health)) -> String {
    format!("{}:{} {health}", place.group.name(), place.port)
}

fn step(StepOutlook { step, takes, why }: &StepOutlook) -> String {
    let takes = match takes {
        Some(Duration::ZERO) => "at once".to_owned(),
        Some(takes) => span(*takes),
        None => "?".to_owned(),
    };
    let why = if why.is_empty() { String::new() } else { format!("  {why}") };
    format!("  {:<16}  {takes:>7}{why}", step.name())
}

fn on_failure(plan: &Plan) -> String {
    let what = match plan.policy.on_failure {
        OnFailure::Hold => "it is left out of service",
        OnFailure::Rollback => "it is rolled back and put back",
        OnFailure::Return => "it is put back as it is",
    };
    match plan.policy.max_failures {
        0 => format!("{what}, and nothing more is taken out"),
        more => format!("{what}, and with more than {more} nothing more is taken out"),
    }
}

fn without_deploys(batches: &[BatchOutlook]) -> &'static str {
    let is_unknown = |step: &StepOutlook| step.takes.is_none() && step.step.act == Act::Deploy;
    let is_unknown = batches.iter().flat_map(|batch| &batch.steps).any(is_unknown);
    if is_unknown { ", and the deploys" } else { "" }
}
