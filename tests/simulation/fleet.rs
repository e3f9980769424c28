//! A fleet behind the lab's model, and a run over it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use elb_deploy::balancer::Balancer;
use elb_deploy::clock::Clock;
use elb_deploy::engine::{Engine, Ports};
use elb_deploy::executor::{Briefing, Ended, Executor, ExecutorError, Occasion, OutputLine, Work};
use elb_deploy::lab::direct::Direct;
use elb_deploy::lab::faults::Faults;
use elb_deploy::lab::model::{
    self, CheckResult, DEREGISTRATION_DELAY, Instance, Lags, Model, Power, Protocol, TargetKey,
    TargetKind, TargetSpec,
};
use elb_deploy::lab::state::Lab;
use elb_deploy::pace::Pace;
use elb_deploy::report::{Event, Report};
use elb_deploy::rollout::{
    Act, Dated, Fact, Moment, Outcome, Plan, Policy, Request, Rollout, Target, TargetId,
};
use elb_deploy::watch::{Spread, Watch};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep};

pub const WEB: &str = "web";
const DRAIN: Duration = Duration::from_secs(300);
const DEPLOY_TIME: Duration = Duration::from_secs(5);

/// What the services behind the registrations do, and what was done to them.
#[derive(Default)]
struct World {
    deployed: Vec<String>,
    deployed_under_traffic: usize,
    failing: Vec<(Work, String)>,
    /// Every kind of work that was done, and to whom.
    worked: Vec<(Work, String)>,
    hooks: Vec<Occasion>,
    bad_releases: Vec<String>,
    broken: BTreeMap<String, (Duration, Duration)>,
    in_service: Vec<usize>,
    fewest_by_us: Option<usize>,
}

#[derive(Clone)]
pub struct Fleet {
    lab: Arc<Lab>,
    direct: Direct,
    groups: u16,
    world: Arc<Mutex<World>>,
    signals: mpsc::Sender<String>,
    received: Arc<tokio::sync::Mutex<mpsc::Receiver<String>>>,
}

pub struct Run {
    pub outcome: Outcome,
    pub facts: Vec<Dated>,
    pub took: Duration,
    pub holds: Vec<String>,
    pub groups: Vec<String>,
}

/// The first group is `web`.
fn name(number: u16) -> String {
    if number == 0 { WEB.to_owned() } else { format!("{WEB}-{number}") }
}

fn group(name: &str) -> model::Group {
    let mut group = model::Group::new(name, TargetKind::Instance, Protocol::Http, 8080, "vpc-1");
    group.attributes.set(DEREGISTRATION_DELAY, &DRAIN.as_secs().to_string()).unwrap();
    group.check.interval = Duration::from_secs(5);
    group
}

impl Fleet {
    pub fn of(size: usize) -> Self {
        Self::in_groups(size, 1)
    }

    /// Every target is in every group.
    pub fn in_groups(size: usize, groups: u16) -> Self {
        let mut model = Model::new(Lags { registration: Duration::from_millis(200), ..Lags::NONE });
        let zones = vec!["lab-1a".to_owned(), "lab-1b".to_owned()];
        let mut balancer =
            model::Balancer::new("lab", model::BalancerKind::Application, "vpc-1", zones);
        let mut arns = Vec::new();
        for number in 0..groups {
            let group = group(&name(number));
            balancer.listen(80 + number, Protocol::Http, group.arn.clone());
            arns.push(group.arn.clone());
            model.add_group(group);
        }
        model.add_balancer(balancer);
        for number in 1..=size {
            let zone = if number % 2 == 0 { "lab-1b" } else { "lab-1a" };
            let address = [127, 0, 1, u8::try_from(number).unwrap()].into();
            let instance = Instance { zone: zone.into(), address, power: Power::Running };
            model.add_instance(&format!("i-{number}"), instance);
            let spec = TargetSpec::id(&format!("i-{number}"));
            for arn in &arns {
                model.register(Duration::ZERO, arn, std::slice::from_ref(&spec)).unwrap();
            }
        }
        let lab = Arc::new(Lab::new(model, Faults::default()));
        let (signals, received) = mpsc::channel(8);
        let fleet = Self {
            direct: Direct::new(Arc::clone(&lab)),
            lab,
            groups,
            world: Arc::default(),
            signals,
            received: Arc::new(tokio::sync::Mutex::new(received)),
        };
        let checking = fleet.clone();
        tokio::spawn(async move {
            let answering = checking.clone();
            checking.direct.check(move |key, now| answering.answer(key, now)).await;
        });
        fleet
    }

    fn answer(&self, key: &TargetKey, now: Duration) -> CheckResult {
        let world = self.world.lock().unwrap();
        let id = &*key.id;
        let deployed = world.deployed.iter().any(|done| done == id);
        let bad = deployed && world.bad_releases.iter().any(|bad| bad == id);
        let broken =
            world.broken.get(id).is_some_and(|(from, until)| (*from..*until).contains(&now));
        CheckResult::Code(if bad || broken { 503 } else { 200 })
    }

    pub fn fail_deploy_of(&self, id: &str) {
        self.fail(Work::Deploy, id);
    }

    pub fn fail(&self, work: Work, id: &str) {
        self.world.lock().unwrap().failing.push((work, id.to_owned()));
    }

    pub fn break_release_of(&self, id: &str) {
        self.world.lock().unwrap().bad_releases.push(id.to_owned());
    }

    pub fn break_between(&self, id: &str, from: Duration, until: Duration) {
        self.world.lock().unwrap().broken.insert(id.to_owned(), (from, until));
    }

    pub fn signal_after(&self, after: Duration, name: &'static str) {
        let signals = self.signals.clone();
        tokio::spawn(async move {
            sleep(after).await;
            signals.send(name.to_owned()).await.unwrap();
        });
    }

    pub fn register_after(&self, after: Duration, id: &'static str) {
        let lab = Arc::clone(&self.lab);
        tokio::spawn(async move {
            sleep(after).await;
            let arn = lab.with_model(|model, _| model.group_named(WEB).unwrap().arn.clone());
            lab.with_model(|model, now| model.register(now, &arn, &[TargetSpec::id(id)])).unwrap();
        });
    }

    pub async fn roll(&self, policy: Policy) -> Run {
        self.roll_of(usize::MAX, policy).await
    }

    /// Deploys the first `count` targets.
    pub async fn roll_of(&self, count: usize, policy: Policy) -> Run {
        sleep(Duration::from_secs(10)).await;
        let clock = Clock::starting_at(Moment::from_millis(1_000_000));
        let balancer: Arc<dyn Balancer> = Arc::new(self.direct.clone());
        let names: Vec<_> = (0..self.groups).map(name).collect();
        let groups = balancer.groups(&names).await.unwrap();
        let watch = Arc::new(Watch::new(
            Arc::clone(&balancer),
            clock,
            Arc::new(Pace::of_looks()),
            Spread::none(),
        ));
        watch.look_at(&groups.iter().map(|group| group.arn.clone()).collect()).await.unwrap();
        let targets = self.registrations().into_iter().take(count);
        let targets = targets.map(|(id, _, _)| TargetId::new(id)).collect();
        let (exclude, away) = (Vec::new(), Vec::new());
        let request = Request { groups, targets, exclude, away, policy, ..Request::default() };
        let plan = watch.decide(|seen| Plan::in_place(request, seen)).unwrap();
        let began = Instant::now();
        let mut rollout = Rollout::new(plan, clock.now());
        let mut facts: Vec<Dated> = Vec::new();
        let mut told = Told { fleet: self.clone(), holds: Vec::new() };
        let executor: Arc<dyn Executor> = Arc::new(self.clone());
        let ports = Ports { balancer, watch, executor, clock };
        let mut signals = self.received.lock().await;
        let engine = Engine::new(&mut rollout, ports, &mut facts, &mut told);
        let outcome = engine.run(&mut signals).await.unwrap();
        let groups = rollout.plan().groups.iter().map(|group| group.name.clone()).collect();
        Run { outcome, facts, took: began.elapsed(), holds: told.holds, groups }
    }

    /// Id, port and zone of everything registered.
    pub fn registrations(&self) -> Vec<(String, u16, Option<String>)> {
        self.health(|_| true)
    }

    pub fn in_service(&self) -> Vec<String> {
        self.health(model::TargetHealth::in_service).into_iter().map(|(id, _, _)| id).collect()
    }

    fn health(
        &self,
        counts: impl Fn(&model::TargetHealth) -> bool,
    ) -> Vec<(String, u16, Option<String>)> {
        let arn = self.lab.with_model(|model, _| model.group_named(WEB).unwrap().arn.clone());
        let seen = self
            .lab
            .with_model(|model, now| model.target_health(now, &arn, &[], Duration::ZERO).unwrap());
        let mut places: Vec<_> = seen
            .into_iter()
            .filter(|health| counts(health))
            .map(|health| (health.target.id.to_string(), health.target.port, health.zone))
            .collect();
        places.sort_by_key(|(id, ..)| id.trim_start_matches("i-").parse::<usize>().ok());
        places
    }

    pub fn deployed(&self) -> Vec<String> {
        self.world.lock().unwrap().deployed.clone()
    }

    /// Every kind of work that was done to a target, in order.
    pub fn worked(&self, id: &str) -> Vec<Work> {
        let world = self.world.lock().unwrap();
        world.worked.iter().filter(|(_, target)| target == id).map(|(work, _)| *work).collect()
    }

    /// What was run around batches, in order.
    pub fn hooks(&self) -> Vec<Occasion> {
        self.world.lock().unwrap().hooks.clone()
    }

    pub fn deployed_under_traffic(&self) -> usize {
        self.world.lock().unwrap().deployed_under_traffic
    }

    pub fn fewest_in_service(&self) -> usize {
        self.world.lock().unwrap().in_service.iter().copied().min().unwrap()
    }

    /// The fewest in service right after the run itself took something out.
    pub fn fewest_in_service_by_us(&self) -> usize {
        self.world.lock().unwrap().fewest_by_us.unwrap()
    }

    pub fn calls(&self, operation: &str) -> usize {
        self.direct.calls().get(operation).copied().unwrap_or_default()
    }

    pub fn looks(&self) -> usize {
        self.calls("DescribeTargetHealth")
    }
}

#[async_trait]
impl Executor for Fleet {
    async fn run(
        &self,
        work: Work,
        target: &Target,
        _: mpsc::Sender<OutputLine>,
    ) -> Result<(), ExecutorError> {
        let id = target.id.as_str();
        let port = target.old[0].port;
        let routed = self.lab.with_model(|model, now| {
            let endpoints = model.route(now, 80, "/");
            endpoints.iter().any(|at| &*at.target.id == id && at.target.port == port)
        });
        let failing = {
            let mut world = self.world.lock().unwrap();
            let is_worked_on = matches!(work, Work::Deploy | Work::Rollback);
            world.deployed_under_traffic += usize::from(routed && is_worked_on);
            world.worked.push((work, id.to_owned()));
            match work {
                Work::Deploy => world.deployed.push(id.to_owned()),
                Work::Rollback => world.deployed.retain(|deployed| deployed != id),
                Work::Start | Work::Stop(_) | Work::Ready | Work::Verify => {}
            }
            world.failing.iter().any(|failing| *failing == (work, id.to_owned()))
        };
        sleep(DEPLOY_TIME).await;
        if failing {
            let (program, log) = (work.to_string(), format!("{work}.log").into());
            let ended = Ended { program, took: DEPLOY_TIME, last_lines: Vec::new(), log };
            return Err(ExecutorError::Exited { code: 1, ended });
        }
        Ok(())
    }

    async fn hook(
        &self,
        occasion: Occasion,
        _: Briefing,
        _: mpsc::Sender<OutputLine>,
    ) -> Result<(), ExecutorError> {
        self.world.lock().unwrap().hooks.push(occasion);
        Ok(())
    }
}

struct Told {
    fleet: Fleet,
    holds: Vec<String>,
}

impl Report for Told {
    fn event(&mut self, _: Moment, event: &Event<'_>) {
        let serving = self.fleet.in_service().len();
        let mut world = self.fleet.world.lock().unwrap();
        world.in_service.push(serving);
        if let Event::Holding { why } = event {
            self.holds.push((*why).to_owned());
        }
        if let Event::Fact(Fact::Finished { step, .. }) = event
            && step.act == Act::Deregister
        {
            world.fewest_by_us = Some(world.fewest_by_us.map_or(serving, |few| few.min(serving)));
        }
    }
}
