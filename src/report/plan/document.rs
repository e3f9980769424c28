//! A plan as JSON, for programs. Fields are added over time; none changes its meaning without a new
//! `v`.

use serde_json::{Value, json};

use super::Planned;
use crate::rollout::{BatchOutlook, Capacity, Moment, Outlook, StepOutlook, TargetOutlook};

/// The version of the document.
const VERSION: u32 = 1;

/// The document.
pub fn document(planned: &Planned<'_>, at: Moment) -> String {
    let Planned { plan, outlook, jobs, given, notes } = *planned;
    let given =
        given.iter().map(|(key, value, from)| json!({"key": key, "value": value, "from": from}));
    let jobs = jobs.iter().map(|(name, command)| json!({"name": name, "command": command}));
    let mut document = json!({
        "v": VERSION,
        "at": at,
        "plan": plan,
        "jobs": jobs.collect::<Vec<_>>(),
        "given": given.collect::<Vec<_>>(),
        "notes": notes,
    });
    if let (Value::Object(all), Value::Object(more)) = (&mut document, outlook_in_json(outlook)) {
        all.extend(more);
    }
    format!("{document:#}\n")
}

/// What a plan comes to.
pub(in crate::report) fn outlook_in_json(outlook: &Outlook) -> Value {
    json!({
        "before": outlook.before.iter().map(capacity).collect::<Vec<_>>(),
        "batches": outlook.batches.iter().map(batch).collect::<Vec<_>>(),
        "least_ms": millis(outlook.least),
        "expected_ms": millis(outlook.expected),
    })
}

fn batch(batch: &BatchOutlook) -> Value {
    let target = |TargetOutlook { id, zone, places }: &TargetOutlook| {
        let place = |(registration, health): &(_, _)| json!({"registration": registration, "health": health});
        let places = places.iter().map(place).collect::<Vec<_>>();
        json!({"id": id, "zone": zone, "places": places})
    };
    json!({
        "targets": batch.targets.iter().map(target).collect::<Vec<_>>(),
        "steps": batch.steps.iter().map(step).collect::<Vec<_>>(),
        "during": batch.during.iter().map(capacity).collect::<Vec<_>>(),
    })
}

fn step(StepOutlook { step, takes, least, why }: &StepOutlook) -> Value {
    json!({"step": step, "takes_ms": takes.map(millis), "least_ms": millis(*least), "why": why})
}

fn capacity(at: &Capacity) -> Value {
    let Capacity { group, in_service, registered, floor } = at;
    json!({"group": group, "in_service": in_service, "registered": registered, "floor": floor})
}

fn millis(time: std::time::Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
