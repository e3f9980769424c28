//! Plays a run against a simulated fleet as the engine does, and watches over the invariants.

use std::collections::{BTreeMap, BTreeSet};

use super::super::{
    Drain, FRESH, GroupArn, Hook, Join, Obstacle, Outcome, Target, Verdict, drained, in_service,
};
use super::script::Script;
use super::world::{World, elsewhere};
use super::{
    Act, Dated, Fact, Failure, Plan, Rollout, Search, Snapshot, Step, TargetId, at, seconds,
};

/// No simulated run takes longer: a fleet of twelve, each with all its deadlines.
const LONGEST: u64 = 12 * 1_500;

#[derive(Debug, Clone)]
struct Flight {
    target: Target,
    step: Step,
    lands: u64,
}

/// A run under way.
#[derive(Debug, Clone)]
pub(super) struct Play<'a> {
    pub(super) script: &'a Script,
    pub(super) world: World,
    pub(super) rollout: Rollout,
    pub(super) facts: Vec<Dated>,
    flights: Vec<Flight>,
    /// What is run around a batch, and when it ends.
    hooks: Vec<(Hook, usize, u64)>,
    pub(super) snapshot: Snapshot,
    /// Who really served when each group was last looked at.
    pub(super) shown: BTreeMap<GroupArn, BTreeSet<TargetId>>,
    /// Targets on which work may have begun.
    pub(super) touched: BTreeSet<TargetId>,
    /// Targets that may be out since their deregister started.
    pub(super) away: BTreeSet<TargetId>,
    /// Those of them whose deregister really was carried out.
    taken: BTreeSet<TargetId>,
    /// The play right after each fact, if they are kept.
    pub(super) history: Option<Vec<Self>>,
}

impl<'a> Play<'a> {
    pub(super) fn of(script: &'a Script, plan: Plan) -> Self {
        Self {
            script,
            world: World::of(script),
            rollout: Rollout::new(plan, at(0)),
            facts: Vec::new(),
            flights: Vec::new(),
            hooks: Vec::new(),
            snapshot: Snapshot::new(),
            shown: BTreeMap::new(),
            touched: BTreeSet::new(),
            away: BTreeSet::new(),
            taken: BTreeSet::new(),
            history: None,
        }
    }

    pub(super) fn keeping_history(mut self) -> Self {
        self.history = Some(vec![self.clone()]);
        self
    }

    pub(super) fn finish(&mut self) -> Outcome {
        let latest = self.world.now + LONGEST;
        while self.world.now < latest {
            self.act();
            if let Some(outcome) = self.rollout.outcome() {
                assert!(self.flights.is_empty(), "over while {:?}", self.flights);
                assert!(self.hooks.is_empty(), "over while {:?}", self.hooks);
                match self.is_flip() {
                    true => self.assert_on_one_port(&outcome),
                    false => self.assert_accounted_for(&outcome),
                }
                return outcome;
            }
            if self.is_flip() {
                self.assert_somebody_serves();
            }
            self.world.pass_a_second(self.script);
            if self.script.crashes.contains(&self.world.now) {
                self.crash();
            }
            if self.script.interrupt == Some(self.world.now) {
                self.happens(Fact::Interrupted { signal: "SIGTERM".to_owned() });
            }
        }
        panic!("no end in sight: {:#?}", self.facts);
    }

    /// Whether a call that takes this target out is under way.
    pub(super) fn is_taking(&self, id: &TargetId) -> bool {
        let takes = |flight: &Flight| flight.step.act == Act::Deregister && flight.target.id == *id;
        self.flights.iter().any(takes)
    }

    fn is_flip(&self) -> bool {
        self.script.flipping.is_some()
    }

    /// Asks and acts until nothing happens any more in this second.
    fn act(&mut self) {
        for _ in 0..200 {
            let landed = self.land() | self.end_hooks();
            let next = self.rollout.next(&self.snapshot, at(self.world.now));
            let idle = next.start.is_empty()
                && !next.has_to_look()
                && next.give_up.is_empty()
                && next.hook.is_none();
            let is_stale = |group: &GroupArn| {
                let look = self.snapshot.get(group);
                look.is_none_or(|look| at(self.world.now).since(look.at) > FRESH)
            };
            let needless = !next.look.is_empty() && !next.look.iter().any(is_stale);
            assert!(!needless, "asks for another look at {:?}", next.look);
            for group in next.look {
                self.snapshot.insert(group.clone(), self.world.look(&group));
                self.shown.insert(group.clone(), self.world.serving(&group));
            }
            if next.search {
                let (group, began) = (elsewhere(), at(self.world.now));
                self.snapshot.insert(group.clone(), self.world.look(&group));
                self.snapshot.search = Some(Search { began, ended: began, groups: [group].into() });
            }
            for (target, step) in next.start {
                self.start(&target, step);
            }
            for (target, step, failure) in next.give_up {
                self.happens(Fact::Failed { target, step, failure });
            }
            if let Some((hook, batch)) = next.hook {
                self.happens(Fact::HookStarted { hook, batch });
                let ends = self.world.within(3);
                self.hooks.push((hook, batch, ends));
            }
            if idle && !landed {
                return;
            }
        }
        panic!("never comes to rest in second {}: {:#?}", self.world.now, self.facts);
    }

    /// Ends the hooks that are over; whether there were any.
    fn end_hooks(&mut self) -> bool {
        let now = self.world.now;
        let (over, open): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.hooks).into_iter().partition(|(.., ends)| *ends <= now);
        self.hooks = open;
        for (hook, batch, _) in &over {
            let (hook, batch) = (*hook, *batch);
            let failure = Failure::new("run it", None, true);
            self.happens(match self.script.extras.bad_hooks.contains(&(hook, batch)) {
                true => Fact::HookFailed { hook, batch, failure },
                false => Fact::HookFinished { hook, batch },
            });
        }
        !over.is_empty()
    }

    /// As the engine does it: journalled first, then applied.
    fn happens(&mut self, fact: Fact) {
        let dated = Dated { at: at(self.world.now), fact };
        self.facts.push(dated.clone());
        self.rollout.apply(&dated).unwrap_or_else(|error| panic!("{error}"));
        let held_out: BTreeSet<_> = self.rollout.held_out().cloned().collect();
        assert!(self.taken.is_subset(&held_out), "{:?} in {held_out:?}", self.taken);
        if self.is_flip() {
            self.assert_only_lost(&held_out);
        }
        if let Some(mut history) = self.history.take() {
            history.push(self.clone());
            self.history = Some(history);
        }
    }

    fn start(&mut self, id: &TargetId, step: Step) {
        let target = self.rollout.plan().target(id).expect("a target of the plan").clone();
        if self.rollout.is_halted() {
            assert!(self.touched.contains(id), "{id} is begun after the halt");
        }
        match step.act {
            _ if self.is_flip() => self.assert_flip_may(&target, step),
            Act::Deregister => self.assert_floor_allows(&target),
            Act::Deploy | Act::Rollback => {
                let places = target.old.iter().chain(&target.new);
                assert!(self.world.is_out(places), "{id} is worked on while it serves");
                assert!(
                    self.world.is_out_elsewhere(id),
                    "{id} is worked on while it serves elsewhere"
                );
            }
            _ => {}
        }
        self.touched.insert(id.clone());
        if step.act == Act::Deregister && (!self.is_flip() || self.leaves_nothing(&target, step)) {
            self.away.insert(id.clone());
        }
        self.happens(Fact::Started { target: id.clone(), step });
        let longest = if step.act.changes_target() { 20 } else { 2 };
        let lands = match step.act {
            Act::Bake => self.world.now + self.script.extras.gates.bake.as_secs(),
            _ => self.world.within(longest),
        };
        self.flights.push(Flight { target, step, lands });
    }

    /// Ends the steps that are over; whether there were any.
    fn land(&mut self) -> bool {
        let mut landed = false;
        for flight in std::mem::take(&mut self.flights) {
            match self.ending(&flight) {
                Some(fact) => {
                    self.happens(fact);
                    landed = true;
                }
                None => self.flights.push(flight),
            }
        }
        landed
    }

    fn ending(&mut self, flight: &Flight) -> Option<Fact> {
        if self.world.now < flight.lands {
            return None;
        }
        let (id, step) = (flight.target.id.clone(), flight.step);
        if self.is_flip() && self.loses_new(&flight.target, step) {
            let failure = Failure { left_service: true, ..Failure::new("serve", None, true) };
            return Some(Fact::Failed { target: id, step, failure });
        }
        if let Some(broken) = self.script.broken(&id, step.act) {
            let may_have_acted = broken.acts_before;
            if may_have_acted && self.world.flip_a_coin() {
                self.carry_out(flight);
            }
            if step.act == Act::Deregister && !self.taken.contains(&id) {
                self.away.remove(&id);
            }
            return Some(Self::failure(id, step, may_have_acted));
        }
        match self.wait(flight) {
            Verdict::NotYet(_) => None,
            Verdict::Never(_) => Some(Self::failure(id, step, true)),
            Verdict::Reached => {
                self.carry_out(flight);
                Some(Fact::Finished { target: id, step, waited: None })
            }
        }
    }

    fn failure(target: TargetId, step: Step, may_have_acted: bool) -> Fact {
        let failure = Failure::new("do it", None, may_have_acted);
        Fact::Failed { target, step, failure }
    }

    fn carry_out(&mut self, Flight { target, step, .. }: &Flight) {
        match step.act {
            Act::Deregister => {
                if !self.is_flip() {
                    self.taken.insert(target.id.clone());
                }
                self.world.deregister(target.side(step.side));
            }
            Act::Deploy => {
                self.world.deployed.insert(target.id.clone());
            }
            Act::Register if self.is_flip() => {
                self.world.register_releases(target.side(step.side));
            }
            Act::Register => self.world.register(&target.new),
            Act::AwaitInService => {
                self.away.remove(&target.id);
                self.taken.remove(&target.id);
            }
            Act::AwaitDrained => {
                if let Some(lasts) = self.script.meddling(&target.id) {
                    self.world.meddle(&target.id, lasts);
                }
            }
            Act::Rollback => drop(self.world.deployed.remove(&target.id)),
            Act::Start => self.world.start(target.side(step.side)),
            Act::Stop => self.world.stop(target.side(step.side)),
            Act::AwaitReady | Act::StandBy | Act::Verify | Act::Bake => {}
        }
    }

    /// Whether what the step waits for has come true everywhere.
    fn wait(&self, Flight { target, step, .. }: &Flight) -> Verdict {
        let progress = self.rollout.progress(&target.id).expect("a target of the plan");
        let since = |act| {
            at(self.world.now).since(progress.finished_at(act).expect("the call before the wait"))
        };
        let verdicts = target.side(step.side).iter().map(|place| {
            let health = self.world.health(place);
            let (verdict, elapsed) = match step.act {
                Act::AwaitDrained => {
                    let elapsed = since(Act::Deregister);
                    let settle = seconds(3);
                    let drain = Drain {
                        elapsed,
                        settle,
                        staying: None,
                        seen_leaving: true,
                        only_elsewhere: false,
                    };
                    (drained(&health, &drain), elapsed)
                }
                Act::AwaitInService => {
                    let elapsed = since(Act::Register);
                    (in_service(&health, &Join { standing: elapsed, ..Join::default() }), elapsed)
                }
                Act::Bake if !health.is_in_service() => {
                    return Verdict::Never(Obstacle::Flapped);
                }
                _ => return Verdict::Reached,
            };
            let is_late = elapsed > seconds(200) && matches!(verdict, Verdict::NotYet(_));
            if is_late { Verdict::Never(Obstacle::NotRegistered) } else { verdict }
        });
        let worst = |verdict: &Verdict| match verdict {
            Verdict::Never(_) => 0,
            Verdict::NotYet(_) => 1,
            Verdict::Reached => 2,
        };
        // The first deploy of a target has nothing to take out.
        verdicts.min_by_key(worst).unwrap_or(Verdict::Reached)
    }

    /// The process dies: calls that were under way may have arrived or not, and another process
    /// takes over with nothing but the journal.
    pub(super) fn crash(&mut self) {
        for flight in std::mem::take(&mut self.flights) {
            let is_call = matches!(flight.step.act, Act::Deregister | Act::Register);
            if (is_call || flight.step.act.changes_target()) && self.world.flip_a_coin() {
                self.carry_out(&flight);
            }
        }
        self.hooks.clear();
        self.snapshot = Snapshot::new();
        let journal = serde_json::to_string(&self.facts).expect("facts as JSON");
        let facts: Vec<Dated> = serde_json::from_str(&journal).expect("facts from JSON");
        let plan = self.rollout.plan().clone();
        let recovered = Rollout::recover(plan, at(0), &facts).expect("a journal that is possible");
        assert_eq!(recovered, self.rollout);
        self.rollout = recovered;
        self.happens(Fact::Resumed { by: None });
    }
}
