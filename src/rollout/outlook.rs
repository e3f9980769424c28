//! What a plan comes to: what each batch waits for and why, how long all of it takes, and how much
//! capacity is there meanwhile. Nothing is known of deploys but what is told.

use std::collections::BTreeSet;
use std::time::Duration;

use super::group::Group;
use super::health::Health;
use super::plan::Plan;
use super::snapshot::Snapshot;
use super::step::{Act, Step};
use super::target::{GroupArn, Registration, Target, TargetId};

/// The end of a drain is noticed about so late: a look comes within half a second of it, and the settle time
/// is over then.
const NOTICED_LATE: Duration = Duration::from_millis(500);
/// Of a wait whose end nobody knows, a look comes after a tenth of the time passed; half of that is
/// lost, and half a second at least.
const NOTICED_LATE_SHARE: u32 = 20;

/// What a plan comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outlook {
    /// Its batches, in order.
    pub batches: Vec<BatchOutlook>,
    /// The least that the waits take; the deploys come on top unless they are known.
    pub least: Duration,
    /// That, with the first health checks, what is lost until the end of a wait is noticed, and the
    /// deploys if they are known.
    pub expected: Duration,
    /// How many targets serve before the run, in each group.
    pub before: Vec<Capacity>,
}

/// What a batch comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchOutlook {
    /// Whom it takes out.
    pub targets: Vec<TargetOutlook>,
    /// What is done to them.
    pub steps: Vec<StepOutlook>,
    /// How many targets serve while it is out, in each group.
    pub during: Vec<Capacity>,
}

/// Whom a batch takes out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetOutlook {
    /// The target.
    pub id: TargetId,
    /// Its zone, if the load balancer tells it.
    pub zone: Option<String>,
    /// How each of its registrations fares now, as far as that was looked at.
    pub places: Vec<(Registration, Health)>,
}

/// What a step comes to, for the slowest target of its batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepOutlook {
    /// Which.
    pub step: Step,
    /// How long it takes if all goes well; none if nobody can know.
    pub takes: Option<Duration>,
    /// What of that has to pass in any case.
    pub least: Duration,
    /// Why so long.
    pub why: String,
}

/// How much capacity a group has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capacity {
    /// The group.
    pub group: GroupArn,
    /// How many targets are in service.
    pub in_service: usize,
    /// Of how many.
    pub registered: usize,
    /// How many have to be.
    pub floor: usize,
}

impl Outlook {
    /// What a plan comes to as things are, if a deploy takes so long.
    pub fn of(plan: &Plan, seen: &Snapshot, deploy: Option<Duration>) -> Self {
        let batches = plan.batches.iter().map(|batch| BatchOutlook::of(plan, batch, seen, deploy));
        let batches: Vec<_> = batches.collect();
        let steps = || batches.iter().flat_map(|batch| &batch.steps);
        let least = steps().map(|step| step.least).sum();
        let takes: Duration = steps().filter_map(|step| step.takes).sum();
        let lost: Duration = steps().map(StepOutlook::noticed_late).sum();
        let before = capacity(plan, seen, &BTreeSet::new());
        Self { batches, least, expected: takes + lost, before }
    }
}

impl BatchOutlook {
    fn of(plan: &Plan, batch: &[Target], seen: &Snapshot, deploy: Option<Duration>) -> Self {
        let places = |target: &Target| {
            let health = |place: &Registration| {
                let health = seen.get(&place.group)?.health(place)?;
                Some((place.clone(), health.clone()))
            };
            target.old.iter().filter_map(health).collect()
        };
        let told = |target: &Target| TargetOutlook {
            id: target.id.clone(),
            zone: target.zone().map(str::to_owned),
            places: places(target),
        };
        // Some may have more to do than the others, and only before that.
        let steps = batch.iter().map(|target| plan.steps_of(&target.id)).max_by_key(Vec::len);
        let steps = steps.unwrap_or_default().into_iter().map(|step| {
            let of = batch.iter().map(|target| takes(plan, target, step.act, deploy));
            let (takes, why) = of.max().unwrap_or_default();
            let least = batch.iter().map(|target| least(plan, target, step.act, takes));
            StepOutlook { step, takes, least: least.max().unwrap_or_default(), why }
        });
        let is_away = |_: &&TargetId| !plan.strategy.overlaps();
        let away = batch.iter().map(|target| &target.id).filter(is_away).collect();
        Self {
            targets: batch.iter().map(told).collect(),
            steps: steps.collect(),
            during: capacity(plan, seen, &away),
        }
    }
}

impl StepOutlook {
    fn noticed_late(&self) -> Duration {
        let takes = self.takes.unwrap_or_default();
        match self.step.act {
            Act::AwaitDrained | Act::Bake | Act::StandBy => NOTICED_LATE,
            Act::AwaitInService => (takes / NOTICED_LATE_SHARE).max(NOTICED_LATE),
            _ => Duration::ZERO,
        }
    }
}

fn capacity(plan: &Plan, seen: &Snapshot, away: &BTreeSet<&TargetId>) -> Vec<Capacity> {
    let of = |group: &Group| {
        let look = seen.get(&group.arn)?;
        Some(Capacity {
            group: group.arn.clone(),
            in_service: look.in_service().filter(|id| !away.contains(id)).count(),
            registered: look.registered().count(),
            floor: plan.floors.get(&group.arn).copied().unwrap_or_default(),
        })
    };
    plan.groups.iter().filter_map(of).collect()
}

/// How long a step takes one target, and why.
fn takes(
    plan: &Plan,
    target: &Target,
    act: Act,
    deploy: Option<Duration>,
) -> (Option<Duration>, String) {
    let time = |time: Duration| humantime::format_duration(time).to_string();
    match act {
        Act::AwaitDrained => slowest(plan, target, |group| {
            let (settle, delay) = (plan.policy.settle(group), group.deregistration_delay);
            let name = &group.name;
            let why = match delay >= settle {
                true => format!(
                    "the deregistration delay of {name}; requests settle for {}",
                    time(settle)
                ),
                false => format!(
                    "requests settle; the deregistration delay of {name} is {}",
                    time(delay)
                ),
            };
            (group.expected_drain(settle), why)
        }),
        Act::AwaitInService => slowest(plan, target, |group| {
            let warm_up = plan.policy.warm_up(group);
            let interval = time(group.health_check.interval);
            let slow =
                (!warm_up.is_zero()).then(|| format!(", and slow start for {}", time(warm_up)));
            let why = format!(
                "one passed check of {}, every {interval}{}",
                group.name,
                slow.unwrap_or_default()
            );
            (plan.policy.expected_in_service(group), why)
        }),
        Act::Bake => (Some(plan.policy.gates.bake), "it has to stay in service".to_owned()),
        Act::Deploy | Act::Start => {
            let limit = time(plan.policy.deploy_timeout);
            let known = deploy.map_or("nobody knows", |_| "as in earlier runs here");
            (deploy, format!("{known}; at most {limit}"))
        }
        Act::StandBy => {
            let why = match plan.policy.flip.stops {
                true => "the old release runs on out of service, to go back to",
                false => "the new one has to serve; the old release runs on, to go back to",
            };
            (Some(plan.policy.flip.stop_after), why.to_owned())
        }
        Act::AwaitReady => (None, "until it answers as it should".to_owned()),
        Act::Verify => (None, "once it is in service".to_owned()),
        Act::Rollback | Act::Deregister | Act::Register | Act::Stop => {
            (Some(Duration::ZERO), String::new())
        }
    }
}

/// The first check may come at once, and what comes after it takes its time.
fn least(plan: &Plan, target: &Target, act: Act, takes: Option<Duration>) -> Duration {
    match act {
        Act::AwaitInService => {
            plan.groups_of(target).map(|group| plan.policy.warm_up(group)).max().unwrap_or_default()
        }
        _ => takes.unwrap_or_default(),
    }
}

fn slowest(
    plan: &Plan,
    target: &Target,
    time: impl Fn(&Group) -> (Duration, String),
) -> (Option<Duration>, String) {
    let slowest = plan.groups_of(target).map(time).max();
    slowest.map_or((None, String::new()), |(takes, why)| (Some(takes), why))
}
