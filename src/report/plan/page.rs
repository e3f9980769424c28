//! A plan as people read it.

use std::time::Duration;

use super::Planned;
use crate::report::span::span;
use crate::rollout::{
    Act, BatchOutlook, Capacity, Failure, Group, Health, OnFailure, Outlook, Plan, Registration,
    Step, StepOutlook, TargetId, TargetOutlook,
};

/// Of a hundred targets or batches nobody reads more than the first.
const NAMED: usize = 10;

/// The page.
pub fn page(planned: &Planned<'_>) -> String {
    let Planned { plan, outlook, jobs, given, notes } = *planned;
    let mut lines = outlook_lines(plan, outlook);
    lines.extend(jobs.iter().map(|(name, command)| format!("{name}: {command}")));
    if !given.is_empty() {
        lines.push("given:".to_owned());
        let given = given.iter().map(|(key, value, from)| format!("  {key} = {value} ({from})"));
        lines.extend(given);
    }
    lines.extend(notes.iter().map(|note| format!("note: {note}")));
    lines.join("\n") + "\n"
}

/// What a plan comes to: as a run begins with it, and as it is asked for.
pub(in crate::report) fn outlook_lines(plan: &Plan, outlook: &Outlook) -> Vec<String> {
    let mut lines: Vec<_> = plan.groups.iter().map(|group| group_line(plan, group)).collect();
    let now = in_service(&outlook.before);
    lines.extend((!now.is_empty()).then(|| format!("now {now}")));
    let mut told: (usize, &[StepOutlook]) = (0, &[]);
    let all = outlook.batches.len();
    for (number, batch) in (1..).zip(outlook.batches.iter().take(NAMED)) {
        lines.push(batch_line(number, all, batch));
        lines.extend(targets(plan, batch));
        if batch.steps == told.1 {
            lines.push(format!("  the steps of batch {}", told.0));
        } else {
            lines.extend(batch.steps.iter().map(step));
            told = (number, &batch.steps);
        }
    }
    if all > NAMED {
        lines.push(format!("and {} more batches", all - NAMED));
    }
    lines.push(format!("if a target fails: {}", on_failure(plan)));
    lines.push(format!(
        "least possible {}, expected {}{}",
        span(outlook.least),
        span(outlook.expected),
        beside(&outlook.batches),
    ));
    lines
}

fn group_line(plan: &Plan, group: &Group) -> String {
    let floor = plan.floors.get(&group.arn).copied().unwrap_or_default();
    let time = humantime::format_duration;
    let check = &group.health_check;
    format!(
        "{}: floor {floor}, deregistration delay {}, settle {}, checks every {}",
        group.name,
        time(group.deregistration_delay),
        time(plan.policy.settle(group)),
        time(check.interval),
    )
}

fn in_service(groups: &[Capacity]) -> String {
    let group = |Capacity { group, in_service, registered, .. }: &Capacity| {
        format!("{in_service} of {registered} in service in {}", group.name())
    };
    groups.iter().map(group).collect::<Vec<_>>().join(", ")
}

fn batch_line(number: usize, all: usize, batch: &BatchOutlook) -> String {
    let targets = batch.targets.len();
    let of = if targets == 1 { "1 target".to_owned() } else { format!("{targets} targets") };
    let during = in_service(&batch.during);
    let meanwhile = if during.is_empty() { during } else { format!(", meanwhile {during}") };
    format!("batch {number} of {all}: {of}{meanwhile}")
}

fn targets(plan: &Plan, batch: &BatchOutlook) -> Vec<String> {
    let target = |TargetOutlook { id, zone, places }: &TargetOutlook| {
        let zone = zone.as_deref().unwrap_or("-");
        let places = places.iter().map(place).collect::<Vec<_>>().join("; ");
        format!("  {id}  {zone}  {places}{}", next_port(plan, id))
    };
    let mut lines: Vec<_> = batch.targets.iter().take(NAMED).map(target).collect();
    if batch.targets.len() > NAMED {
        lines.push(format!("  and {} more", batch.targets.len() - NAMED));
    }
    lines
}

/// Where a flip goes.
fn next_port(plan: &Plan, id: &TargetId) -> String {
    let target = plan.target(id).filter(|_| plan.strategy.overlaps());
    let next = target.and_then(|target| target.new.first());
    next.map_or_else(String::new, |place| format!(" -> {}", place.port))
}

fn place((place, health): &(Registration, Health)) -> String {
    format!("{}:{} {health}", place.group.name(), place.port)
}

fn step(StepOutlook { step, takes, why, .. }: &StepOutlook) -> String {
    let takes = match takes {
        Some(Duration::ZERO) => "at once".to_owned(),
        Some(takes) => span(*takes),
        None => "?".to_owned(),
    };
    let why = if why.is_empty() { String::new() } else { format!("  {why}") };
    format!("  {:<16}  {takes:>7}{why}", step.name())
}

fn on_failure(plan: &Plan) -> String {
    let failure = Failure::new(String::new(), None, true);
    let stays_registered = plan.undo(Step::new(Act::AwaitInService), &failure).is_empty();
    let what = match plan.policy.on_failure {
        OnFailure::Hold if plan.strategy.overlaps() => {
            "what served and failed is taken out and left running, what failed before is stopped"
        }
        _ if plan.strategy.overlaps() => "what failed is taken out and stopped",
        OnFailure::Hold if stays_registered => {
            "it is left out of service (registered, if it does not come into service)"
        }
        OnFailure::Hold => "it is left out of service",
        OnFailure::Rollback => "it is rolled back and put back",
        OnFailure::Return => "it is put back as it is",
    };
    // A first deploy has nothing to go back to.
    let is_beside = plan.strategy.overlaps() && plan.targets().any(|target| !target.old.is_empty());
    let before = if is_beside { "the old port serves on; " } else { "" };
    let what = format!("{before}{what}");
    match plan.policy.max_failures {
        0 => format!("{what}, and nothing more is taken out"),
        more => format!("{what}, and with more than {more} nothing more is taken out"),
    }
}

fn beside(batches: &[BatchOutlook]) -> String {
    let steps = || batches.iter().flat_map(|batch| &batch.steps);
    let is_unknown = |act| steps().any(|step| step.takes.is_none() && step.step.act == act);
    let all = [
        (Act::Deploy, "the deploys"),
        (Act::Start, "the starts"),
        (Act::AwaitReady, "getting ready"),
        (Act::Verify, "the verifications"),
    ];
    let unknown: Vec<_> =
        all.into_iter().filter(|(act, _)| is_unknown(*act)).map(|(_, what)| what).collect();
    if unknown.is_empty() { String::new() } else { format!(", and {}", unknown.join(" and ")) }
}
