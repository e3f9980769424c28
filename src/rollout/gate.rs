//! Whether a step may start now, on the looks that there are.

use std::collections::BTreeSet;
use std::time::Duration;

use super::health::Health;
use super::moment::Moment;
use super::progress::Progress;
use super::snapshot::{Look, Snapshot, said_of};
use super::state::Rollout;
use super::step::{Act, Step};
use super::target::{GroupArn, Registration, Side, Target, TargetId};
use super::zone::emptied;

/// A look this old still counts as fresh: what is done on it follows at once.
pub const FRESH: Duration = Duration::from_secs(1);

const ASK_AGAIN: &str = "see that the load balancer can be asked, then run it again";

/// Whether a step may start.
pub(super) enum Gate {
    Open,
    LookAt(BTreeSet<GroupArn>),
    /// Only once all groups that are not the run's have been searched.
    Search,
    /// Not now; others may change that.
    Closed(Block),
    /// Not now; and not at all, if a list that may be stale says so for long.
    Missing(Block),
    /// Not at all, as things are.
    Never(Block),
    /// Not at all, because what was in service has left it.
    Lost(Block),
}

impl Gate {
    /// What is seen in one group counts more than that nothing speaks against it in another.
    fn weight(&self) -> u8 {
        match self {
            Self::Open => 0,
            Self::LookAt(_) | Self::Search => 1,
            Self::Closed(_) => 2,
            Self::Missing(_) => 3,
            Self::Never(_) => 4,
            Self::Lost(_) => 5,
        }
    }
}

/// Why a step may not start, and what a person can do about it.
pub(super) struct Block {
    pub(super) why: String,
    pub(super) hint: String,
}

impl Rollout {
    pub(super) fn gate(
        &self,
        target: &Target,
        step: Step,
        starting: &[(TargetId, Step)],
        seen: &Snapshot,
        now: Moment,
    ) -> Gate {
        let is_first = self.begins_flip(target);
        let check: &dyn Fn(&GroupArn, &Look) -> Gate = match step.act {
            Act::Deregister => {
                &|group, look| self.may_be_taken(target, step, starting, group, look)
            }
            act if act.changes_target() => &|group, look| {
                let overlaps = self.plan().strategy.overlaps();
                let is_needed = overlaps && step.act == Act::Stop && step.side == Side::Old;
                match lost(target, group, look).filter(|_| is_needed) {
                    Some(block) => Gate::Lost(block),
                    None => out_of_traffic(target, step, overlaps, look),
                }
            },
            _ if is_first => &|_, _| Gate::Open,
            _ => return Gate::Open,
        };
        let works = step.act.changes_target();
        if works && target.side(step.side).is_empty() {
            return Gate::Open;
        }
        let before = target.old.iter().filter(|_| is_first);
        let places = target.side(step.side).iter().chain(before).map(|place| &place.group);
        let all = self.plan().groups.iter().map(|group| &group.arn).filter(|_| works);
        let groups: BTreeSet<_> = places.chain(all).collect();
        let is_stale =
            |group: &&GroupArn| seen.get(group).is_none_or(|look| now.since(look.at) > FRESH);
        if groups.iter().any(is_stale) {
            return Gate::LookAt(groups.into_iter().cloned().collect());
        }
        if let Some(block) = self.left_in(target, step, seen) {
            return Gate::Never(block);
        }
        let looks = groups.into_iter().filter_map(|group| Some((group, seen.get(group)?)));
        let gates = looks.map(|(group, look)| {
            let taken = taken_by_others(target, Side::Old, group, look).filter(|_| is_first);
            taken.unwrap_or_else(|| check(group, look))
        });
        match gates.max_by_key(Gate::weight) {
            None | Some(Gate::Open) if works => self.stays_out_elsewhere(target, step, seen, now),
            gate => gate.unwrap_or(Gate::Open),
        }
    }

    /// Whether the next step would be the first that a flip does to a target, which nobody must have
    /// taken out on purpose by then.
    fn begins_flip(&self, target: &Target) -> bool {
        let is_begun = self.progress(&target.id).is_some_and(Progress::is_begun);
        self.plan().strategy.overlaps() && !is_begun
    }

    /// After a halt nobody is taken out whom an earlier try did not take out.
    fn left_in(&self, target: &Target, step: Step, seen: &Snapshot) -> Option<Block> {
        let is_in = |place: &Registration| said_of(seen, place).is_some_and(Health::can_receive);
        let is_due = self.is_halted() && step.act == Act::Deregister && !step.undo;
        let is_due = is_due && !self.plan().strategy.overlaps();
        if !is_due || !target.side(step.side).iter().all(is_in) {
            return None;
        }
        let why = format!("{} is registered, and the run takes nothing more out", target.id);
        let hint = "nothing is to be put back; go on with the run, or begin another".to_owned();
        Some(Block { why, hint })
    }

    fn may_be_taken(
        &self,
        target: &Target,
        step: Step,
        starting: &[(TargetId, Step)],
        group: &GroupArn,
        look: &Look,
    ) -> Gate {
        let is_begun = self.progress(&target.id).is_some_and(Progress::is_begun);
        let overlaps = self.plan().strategy.overlaps();
        // What a flip takes out of the way first is to be gone.
        let is_cleared = overlaps && step.side == Side::New;
        let is_ours = is_begun || is_cleared || !self.plan().strategy.puts_in();
        if let Some(gate) = taken_by_others(target, step.side, group, look).filter(|_| !is_ours) {
            return gate;
        }
        if serves_elsewhere(target, step.side, look) {
            return Gate::Open;
        }
        if overlaps && step.side == Side::Old {
            let was_tried = self.progress(&target.id).is_some_and(Progress::was_tried);
            return waits_for_new(target, was_tried, group, look);
        }
        let serves = |place: &Registration| look.health(place).is_some_and(Health::is_in_service);
        if overlaps && !target.new.iter().any(serves) {
            return Gate::Open;
        }
        self.keeps_floor(target, starting, group, look)
    }

    /// Whether taking this target out, beside all that is out or being taken out, leaves the
    /// group its floor. What this run holds out never counts, however old the look is; a target
    /// that does not serve costs nothing. This one may count as held out because an earlier try
    /// may have arrived; where the look shows that it did not, taking it out does cost it.
    fn keeps_floor(
        &self,
        target: &Target,
        starting: &[(TargetId, Step)],
        group: &GroupArn,
        look: &Look,
    ) -> Gate {
        let floor = self.plan().floors.get(group).copied().unwrap_or(1);
        let leaving =
            starting.iter().filter(|(_, step)| step.act == Act::Deregister).map(|(id, _)| id);
        let others = |id: &&TargetId| **id != target.id;
        let leaving = leaving.chain(self.leaving_alone(group, look));
        let away: BTreeSet<_> = self.held_out().chain(leaving).filter(others).collect();
        let serving: BTreeSet<_> = look.serving().filter(|id| !away.contains(id)).collect();
        if !serving.contains(&target.id) {
            return Gate::Open;
        }
        if serving.len() > floor {
            return self.keeps_zone(target, &away, group, look);
        }
        let why = format!(
            "{} of group {} in service, and the floor is {floor}: {} has to wait",
            serving.len(),
            group.name(),
            target.id
        );
        let ours = self.given_up(group);
        let may_come_back = |id: &TargetId| !serving.contains(id) && !ours.contains(&id);
        if !ours.is_empty() && !look.registered().any(may_come_back) {
            let ours = ours.into_iter().map(TargetId::as_str).collect::<Vec<_>>().join(", ");
            let why = format!("{why} for {ours}, which this run has failed on and holds out");
            let hint =
                "put that right and resume the run; or begin anew with a lower --min-healthy";
            return Gate::Never(Block { why, hint: hint.to_owned() });
        }
        let hint = "bring the group's other targets back into service, then run it again";
        Gate::Closed(Block { why, hint: hint.to_owned() })
    }
}

impl Rollout {
    /// Whom the run holds out of a group and does nothing more about.
    fn given_up(&self, group: &GroupArn) -> Vec<&TargetId> {
        let is_left = |(target, progress): &(&Target, &Progress)| {
            progress.is_at_rest() && progress.is_held_out() && target.groups().contains(&group)
        };
        self.targets().filter(is_left).map(|(target, _)| &target.id).collect()
    }

    /// Those of a flip whose new release alone serves, by a look that may be from before it was taken
    /// out: since they never served before, the run does not hold them out.
    fn leaving_alone(&self, group: &GroupArn, look: &Look) -> impl Iterator<Item = &TargetId> {
        let is_taken = |progress: &Progress, step: Step| match step.act {
            Act::Deregister => {
                progress.is_running() || (progress.is_at_rest() && progress.was_tried())
            }
            act => act == Act::AwaitDrained,
        };
        let serves = |place: &Registration| {
            place.group == *group && look.health(place).is_some_and(Health::is_in_service)
        };
        let is_leaving = move |(target, progress): &(&Target, &Progress)| {
            let mut step = progress.step().into_iter().filter(|step| step.side == Side::New);
            step.any(|step| is_taken(progress, step)) && !target.old.iter().any(serves)
        };
        let overlapping = self.plan().strategy.overlaps();
        self.targets().filter(move |it| overlapping && is_leaving(it)).map(|(target, _)| &target.id)
    }

    /// The same for the target's zone, if that is asked for.
    fn keeps_zone(
        &self,
        target: &Target,
        away: &BTreeSet<&TargetId>,
        group: &GroupArn,
        look: &Look,
    ) -> Gate {
        let is_asked_for = self.plan().policy.zone_floor;
        let out = self.plan().targets().filter(|target| away.contains(&target.id));
        let out = out.flat_map(|target| &target.old).filter(|place| place.group == *group);
        let zone = emptied(look, &out.collect::<Vec<_>>(), &target.id, away);
        let Some(zone) = zone.filter(|_| is_asked_for) else {
            return Gate::Open;
        };
        let (id, name) = (&target.id, group.name());
        let why =
            format!("{id} is the last of group {name} in service in zone {zone}: it has to wait");
        let hint = format!("bring another target of {zone} back into service, then run it again");
        Gate::Closed(Block { why, hint })
    }
}

impl Block {
    pub(super) fn not_seen(groups: &BTreeSet<GroupArn>) -> Self {
        let names: Vec<_> = groups.iter().map(GroupArn::name).collect();
        let why = format!("the load balancer says nothing of group {}", names.join(", "));
        Self { why, hint: ASK_AGAIN.to_owned() }
    }

    pub(super) fn not_searched() -> Self {
        let why = "the load balancer does not say where else the target is registered".to_owned();
        Self { why, hint: ASK_AGAIN.to_owned() }
    }
}

/// A target that somebody took out after the run was planned must not be put back by it. One that
/// a look merely does not list is waited for: lists can be stale.
fn taken_by_others(target: &Target, side: Side, group: &GroupArn, look: &Look) -> Option<Gate> {
    let here = |place: &&Registration| look.health(place).is_some_and(Health::can_receive);
    let mut planned = target.side(side).iter().filter(|place| place.group == *group);
    let gone = planned.find(|place| !here(place))?;
    let named = look.health(gone);
    let health = named.cloned().unwrap_or_else(Health::not_registered);
    let id = &target.id;
    let block = Block {
        why: format!("{gone} was taken out by somebody else since the run was planned: {health}"),
        hint: format!("put it back, or leave it alone with --exclude {id}, then run it again"),
    };
    Some(if named.is_some() { Gate::Never(block) } else { Gate::Missing(block) })
}

/// Whether the target is in service here through places that the step leaves alone: it costs the
/// group nothing then.
fn serves_elsewhere(target: &Target, side: Side, look: &Look) -> bool {
    let leaving = target.side(side);
    let stays = |place: &&Registration| !leaving.iter().any(|other| other.same_place(place));
    let mut staying = target.old.iter().chain(&target.new).filter(stays);
    staying.any(|place| look.health(place).is_some_and(Health::is_in_service))
}

/// What serves is left in until what is to follow it does. It may have been taken out by an earlier try
/// whose end nobody has seen: then it is needed again.
fn waits_for_new(target: &Target, was_tried: bool, group: &GroupArn, look: &Look) -> Gate {
    let new = target.new.iter().find(|place| place.group == *group);
    let said = new.map(|place| (place, look.health(place).cloned()));
    let what = said.map_or_else(String::new, |(place, health)| {
        format!("{place} is {}", health.unwrap_or_else(Health::not_registered))
    });
    let leaves = |place: &&Registration| {
        let is_leaving = look.health(place).map_or(was_tried, Health::is_leaving);
        place.group == *group && is_leaving
    };
    if let Some(old) = target.old.iter().find(leaves) {
        return Gate::Lost(Block {
            why: format!("{what}, so {old} is needed, and has been taken out"),
            hint: "find out why the new port left service; the old one is put back".to_owned(),
        });
    }
    Gate::Closed(Block {
        why: format!("{what}, so the port that serves is not taken out"),
        hint: "find out why the new port left service; the old one serves on".to_owned(),
    })
}

/// Why what served before is needed again: what was to follow it has left service meanwhile. A zonal
/// shift keeps traffic from either of them.
fn lost(target: &Target, group: &GroupArn, look: &Look) -> Option<Block> {
    let serves = |health: &Health| health.is_in_service() || health.kept_away.is_some();
    let is_in = |place: &&Registration| look.health(place).is_some_and(serves);
    let gone =
        target.new.iter().filter(|place| place.group == *group).find(|place| !is_in(place))?;
    let health = look.health(gone).cloned().unwrap_or_else(Health::not_registered);
    let why = format!("{gone} is {health}, so what served before it is not stopped");
    let hint = "find out why the new release left service; the old one is put back".to_owned();
    Some(Block { why, hint })
}

/// Nobody is deployed while one of its registrations can still receive traffic, also one that the
/// plan does not know. One that drains again may, because the data plane lags behind. Of a flip each
/// release stands alone, on its port.
fn out_of_traffic(target: &Target, step: Step, stands_alone: bool, look: &Look) -> Gate {
    let here = target.side(step.side);
    let is_of = |side: &[Registration], place: &Registration| {
        side.iter().any(|other| other.same_place(place))
    };
    let elsewhere = |place: &Registration| {
        let is_planned = is_of(&target.old, place) || is_of(&target.new, place);
        let is_other_port = here.iter().all(|here| here.port != place.port);
        !is_of(here, place) && (is_planned || (stands_alone && is_other_port))
    };
    let back = look.seen.iter().find(|(place, health)| {
        place.id == target.id && !health.is_not_registered() && !elsewhere(place)
    });
    back.map_or(Gate::Open, |(place, health)| {
        Gate::Closed(Block {
            why: format!("{place} was registered again by somebody else: {health}"),
            hint: "find out who registers it: another deploy, or an Auto Scaling group".to_owned(),
        })
    })
}
