use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use clap::Parser;

use super::*;
use crate::balancer::Balancer;
use crate::clock::Clock;
use crate::journal::sample::{group, place};
use crate::pace::Pace;
use crate::rollout::GroupArn;
use crate::rollout::preflight::Level;
use crate::watch::{Spread, Watch};

/// A load balancer that answers some operations with an error, and notes what it is asked.
#[derive(Default)]
struct Refusing {
    operations: BTreeSet<&'static str>,
    kind: Option<ErrorKind>,
    asked: Mutex<Vec<&'static str>>,
    target_type: Option<TargetType>,
}

impl Refusing {
    fn answer<T>(&self, operations: &[&'static str], answer: T) -> Result<T, BalancerError> {
        self.asked.lock().unwrap().extend(operations);
        let refused = operations.iter().find(|operation| self.operations.contains(*operation));
        let kind = self.kind.unwrap_or(ErrorKind::Denied);
        refused.map_or(Ok(answer), |operation| Err(BalancerError::new(kind, operation, "no")))
    }
}

#[async_trait]
impl Balancer for Refusing {
    async fn groups(&self, _: &[String]) -> Result<Vec<Group>, BalancerError> {
        let target_type = self.target_type.unwrap_or(TargetType::Instance);
        let groups = vec![Group { target_type, ..group("web") }];
        self.answer(&["DescribeTargetGroups", "DescribeTargetGroupAttributes"], groups)
    }

    async fn all_groups(&self) -> Result<Vec<Group>, BalancerError> {
        self.answer(&["DescribeTargetGroups"], Vec::new())
    }

    async fn fronts(&self, _: &[String]) -> Result<Vec<Front>, BalancerError> {
        self.answer(&["DescribeLoadBalancers", "DescribeListeners", "DescribeRules"], Vec::new())
    }

    async fn holds(&self, _: &[GroupArn]) -> Result<Vec<Hold>, BalancerError> {
        self.answer(&["DescribeTags"], Vec::new())
    }

    async fn look(
        &self,
        _: &GroupArn,
        _: &[Registration],
    ) -> Result<Vec<(Registration, Health)>, BalancerError> {
        let seen = vec![(place("web", "i-0a", 8080), Health::healthy())];
        self.answer(&["DescribeTargetHealth"], seen)
    }

    async fn register(&self, _: &GroupArn, _: &[Registration]) -> Result<(), BalancerError> {
        self.answer(&["RegisterTargets"], ())
    }

    async fn deregister(&self, _: &GroupArn, _: &[Registration]) -> Result<(), BalancerError> {
        self.answer(&["DeregisterTargets"], ())
    }
}

async fn asked(balancer: Arc<Refusing>) -> Result<Known, CliError> {
    asked_with(balancer, &[]).await
}

#[derive(Debug, clap::Parser)]
struct Line {
    #[command(flatten)]
    chosen: Chosen,
}

async fn asked_with(balancer: Arc<Refusing>, options: &[&str]) -> Result<Known, CliError> {
    let Line { chosen } = Line::parse_from([&["verify", "web"], options].concat());
    let clock = Clock::system();
    let looks_at = Arc::<Refusing>::clone(&balancer);
    let watch = Watch::new(looks_at, clock, Arc::new(Pace::of_looks()), Spread::none());
    let region = String::new();
    ask(&Reach { balancer, watch: Arc::new(watch), clock, region }, &chosen).await
}

async fn denying(operation: &'static str) -> Known {
    let operations = BTreeSet::from([operation]);
    asked(Arc::new(Refusing { operations, ..Refusing::default() })).await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn what_is_allowed_is_known_and_nothing_is_changed() {
    let balancer = Arc::new(Refusing::default());
    let known = asked(Arc::clone(&balancer)).await.unwrap();
    assert_eq!((known.groups.len(), known.seen.len()), (1, 1));
    assert_eq!(known.fronts, Some(Vec::new()));
    assert_eq!(known.unasked, []);
    let asked = balancer.asked.lock().unwrap();
    assert!(asked.iter().all(|operation| operation.starts_with("Describe")), "{asked:?}");
}

#[tokio::test(start_paused = true)]
async fn each_denied_call_is_a_finding_and_the_rest_is_asked_all_the_same() {
    for (operation, level, groups, looks, fronts) in [
        ("DescribeTargetGroups", Level::Fail, 0, 0, false),
        ("DescribeTargetGroupAttributes", Level::Fail, 0, 0, false),
        ("DescribeTargetHealth", Level::Fail, 1, 0, true),
        ("DescribeLoadBalancers", Level::Warn, 1, 1, false),
        ("DescribeTags", Level::Fail, 1, 1, true),
        ("DescribeListeners", Level::Warn, 1, 1, false),
        ("DescribeRules", Level::Warn, 1, 1, false),
    ] {
        let known = denying(operation).await;
        let denied: Vec<_> =
            known.unasked.iter().map(|finding| (finding.level, finding.check)).collect();
        assert_eq!(denied, [(level, "permissions")], "{operation}");
        assert_eq!((known.groups.len(), known.seen.len()), (groups, looks), "{operation}");
        assert_eq!(known.fronts.is_some(), fronts, "{operation}");
    }
}

#[tokio::test(start_paused = true)]
async fn two_denied_calls_are_two_findings() {
    let operations = BTreeSet::from(["DescribeTargetHealth", "DescribeListeners"]);
    let known = asked(Arc::new(Refusing { operations, ..Refusing::default() })).await.unwrap();
    let levels: Vec<_> = known.unasked.iter().map(|finding| finding.level).collect();
    assert_eq!(levels, [Level::Fail, Level::Warn]);
}

#[tokio::test(start_paused = true)]
async fn another_error_of_what_a_run_needs_is_an_error() {
    for operation in ["DescribeTargetGroups", "DescribeTargetHealth", "DescribeTags"] {
        let (operations, kind) = (BTreeSet::from([operation]), Some(ErrorKind::Unexpected));
        let ended = asked(Arc::new(Refusing { operations, kind, ..Refusing::default() })).await;
        assert!(ended.err().unwrap().to_string().contains(operation));
    }
}

#[tokio::test(start_paused = true)]
async fn functions_are_not_looked_at() {
    let target_type = Some(TargetType::Lambda);
    let balancer = Arc::new(Refusing { target_type, ..Refusing::default() });
    let known = asked(Arc::clone(&balancer)).await.unwrap();
    assert_eq!(known.seen.len(), 0);
    assert!(!balancer.asked.lock().unwrap().contains(&"DescribeTargetHealth"));
}

#[tokio::test(start_paused = true)]
async fn another_error_of_what_only_checks_need_is_a_finding() {
    let (operations, kind) = (BTreeSet::from(["DescribeRules"]), Some(ErrorKind::Unavailable));
    let known =
        asked(Arc::new(Refusing { operations, kind, ..Refusing::default() })).await.unwrap();
    assert_eq!((known.seen.len(), known.fronts), (1, None));
    assert_eq!(known.unasked.len(), 1);
    let finding = &known.unasked[0];
    assert_eq!((finding.level, finding.check), (Level::Warn, "listener"));
    assert!(finding.what.contains("DescribeRules: no"), "{finding:?}");
}

#[tokio::test(start_paused = true)]
async fn tags_that_cannot_be_had_are_no_error_if_a_hold_is_ignored_anyhow() {
    for kind in [ErrorKind::Denied, ErrorKind::Unexpected] {
        let operations = BTreeSet::from(["DescribeTags"]);
        let balancer = Refusing { operations, kind: Some(kind), ..Refusing::default() };
        let known = asked_with(Arc::new(balancer), &["--ignore-hold"]).await.unwrap();
        assert_eq!(known.unasked, []);
        assert!(known.holds.is_some_and(|asked| asked.is_err()), "{kind:?}");
    }
}
