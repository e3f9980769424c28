//! A status as JSON, for programs. Fields are added over time; none changes its meaning without a
//! new `v`.

use std::time::Duration;

use serde::Serialize;

use super::{GroupStatus, HeldOut, Status, TargetStatus};
use crate::report::ndjson::millis;
use crate::rollout::{Front, Group, Health, HealthCheck, Moment, Registration};

/// The version of the document.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Document<'a> {
    v: u32,
    /// In milliseconds since the Unix epoch, as in the journal.
    at: Moment,
    groups: Vec<GroupObject<'a>>,
}

#[derive(Serialize)]
struct GroupObject<'a> {
    #[serde(flatten)]
    group: &'a Group,
    drainable: bool,
    in_service: usize,
    total: usize,
    can_be_taken_out: usize,
    fails_open_below: Option<usize>,
    #[serde(rename = "expected_drain_ms", serialize_with = "millis")]
    expected_drain: Duration,
    #[serde(rename = "expected_in_service_ms", serialize_with = "millis")]
    expected_in_service: Duration,
    #[serde(rename = "unhealthy_to_healthy_ms", serialize_with = "millis")]
    unhealthy_to_healthy: Duration,
    #[serde(rename = "healthy_to_unhealthy_ms", serialize_with = "millis")]
    healthy_to_unhealthy: Duration,
    /// `null` if listeners cannot be read.
    fronts: Option<&'a [Front]>,
    targets: Vec<TargetObject<'a>>,
    put_back: &'a [String],
}

#[derive(Serialize)]
struct TargetObject<'a> {
    registration: &'a Registration,
    health: &'a Health,
    in_service: bool,
    why: Option<&'a str>,
    held_out: Option<HeldOutObject<'a>>,
}

#[derive(Serialize)]
struct HeldOutObject<'a> {
    run: String,
    since: Moment,
    what: &'a str,
    user: &'a str,
    under_way: bool,
}

/// A status as one line of JSON, without its end.
pub fn document(status: &Status) -> String {
    let groups = status.groups.iter().map(group).collect();
    let document = Document { v: VERSION, at: status.at, groups };
    // No map with keys that are not text, and no writer that fails: it always has a JSON form.
    serde_json::to_string(&document).unwrap_or_default()
}

fn group(status: &GroupStatus) -> GroupObject<'_> {
    let group = &status.group;
    let HealthCheck { interval, healthy_threshold, unhealthy_threshold, .. } = group.health_check;
    GroupObject {
        group,
        drainable: status.is_drainable(),
        in_service: status.in_service(),
        total: status.targets.len(),
        can_be_taken_out: status.can_be_taken_out,
        fails_open_below: status.fails_open_below,
        expected_drain: group.expected_drain(group.default_settle()),
        expected_in_service: group.expected_in_service(),
        unhealthy_to_healthy: interval * healthy_threshold,
        healthy_to_unhealthy: interval * unhealthy_threshold,
        fronts: status.fronts.as_deref(),
        targets: status.targets.iter().map(target).collect(),
        put_back: &status.put_back,
    }
}

fn target(status: &TargetStatus) -> TargetObject<'_> {
    TargetObject {
        registration: &status.place,
        health: &status.health,
        in_service: status.health.is_in_service(),
        why: status.why.as_deref(),
        held_out: status.held_out.as_ref().map(held_out),
    }
}

fn held_out(held: &HeldOut) -> HeldOutObject<'_> {
    let HeldOut { run, since, what, user, under_way, .. } = held;
    HeldOutObject { run: run.to_string(), since: *since, what, user, under_way: *under_way }
}
