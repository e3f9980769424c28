//! Groups as `status` shows them; a scene is what is known of them.

mod follow;
mod group;
mod held_out;
mod order;
mod page;

use std::time::Duration;

use insta::assert_snapshot;

use super::*;
use crate::journal::sample::{NOON, arn, at, group, place};
use crate::report::Paint;
use crate::rollout::{BalancerKind, GroupArn, Health, Minimum, Reason, State, TargetType, Use};

const PIPE: Page = Page { paint: Paint::Plain, width: None };
const NARROW: Page = Page { paint: Paint::Plain, width: Some(80) };
const TERMINAL: Size = Size { rows: 24, columns: 80 };

/// What is known, owned.
#[derive(Default)]
struct Scene {
    groups: Vec<Group>,
    fronts: Option<Vec<Front>>,
    looks: Snapshot,
    held_out: Vec<HeldOut>,
}

impl Scene {
    fn of(groups: impl IntoIterator<Item = Group>) -> Self {
        Self { groups: groups.into_iter().collect(), fronts: Some(Vec::new()), ..Self::default() }
    }

    fn seeing(mut self, group: &str, healths: &[(&str, Health)]) -> Self {
        let seen = healths.iter().map(|(id, health)| (zoned(group, id), health.clone()));
        self.looks.insert(arn(group), Look { at: NOON, seen: seen.collect() });
        self
    }

    fn status(&self) -> Status {
        self.status_at(0.0)
    }

    fn status_at(&self, seconds: f64) -> Status {
        let known = Known {
            groups: &self.groups,
            fronts: self.fronts.as_deref(),
            looks: &self.looks,
            held_out: &self.held_out,
            access: &Access::default(),
        };
        Status::of(at(seconds), known)
    }

    fn table(&self) -> String {
        table(&self.status(), PIPE)
    }
}

fn zoned(group: &str, id: &str) -> Registration {
    let zone = if id.ends_with('b') { "eu-west-1b" } else { "eu-west-1a" };
    Registration { zone: Some(zone.to_owned()), ..place(group, id, 8080) }
}

fn said(state: State, reason: &str, description: &str) -> Health {
    let health = Health::of(state, Some(Reason::from(reason.to_owned())));
    Health { description: Some(description.to_owned()), ..health }
}

fn failing() -> Health {
    let description = "Health checks failed with these codes: [503]";
    said(State::Unhealthy, "Target.ResponseCodeMismatch", description)
}

fn draining() -> Health {
    Health::of(State::Draining, Some(Reason::DeregistrationInProgress))
}

fn not_in_use() -> Health {
    let description = "Target group is not configured to receive traffic from the load balancer";
    said(State::Unused, "Target.NotInUse", description)
}

fn held(group: &str, id: &str, under_way: bool) -> HeldOut {
    HeldOut {
        place: zoned(group, id),
        run: "019aa4f1-7b70-7c3e-8f00-5a6b7c8d9e0f".parse().unwrap(),
        since: NOON,
        what: format!("roll {group}"),
        user: "ann".to_owned(),
        under_way,
    }
}

fn used(group: GroupArn, protocol: &str, port: u16, rule: Option<&str>, weight: u32) -> Use {
    let (protocol, rule) = (protocol.to_owned(), rule.map(str::to_owned));
    Use { group, protocol, port, rule, weight }
}

fn front(uses: Vec<Use>) -> Front {
    Front {
        arn: "edge".to_owned(),
        name: "front".to_owned(),
        kind: BalancerKind::Application,
        zones: vec!["eu-west-1a".to_owned(), "eu-west-1b".to_owned()],
        cross_zone: true,
        uses,
    }
}

fn four_of_web(third: Health, fourth: Health) -> Scene {
    let healthy = Health::healthy;
    let (a, b) = ("i-0123456789abcdef0", "i-0123456789abcde1b");
    let (c, d) = ("i-0123456789abcdef2", "i-0123456789abcde3b");
    let seen = [(a, healthy()), (b, healthy()), (c, third), (d, fourth)];
    let scene = Scene::of([group("web")]).seeing("web", &seen);
    let uses = vec![
        used(arn("web"), "HTTP", 80, None, 1),
        used(arn("web"), "HTTPS", 443, Some("10"), 1),
        used(arn("web"), "HTTPS", 443, Some("20"), 0),
        used(arn("api"), "HTTP", 81, None, 1),
    ];
    Scene { fronts: Some(vec![front(uses)]), ..scene }
}

/// An account at three in the morning: everything that can be out of order, once.
fn bad_night() -> Scene {
    let mut scene = four_of_web(failing(), draining());
    let d = "i-0123456789abcde3b";
    scene.held_out = vec![held("web", d, true), held("api", "i-0000000c", false)];
    let api = Group { slow_start: Duration::from_secs(90), ..group("api") };
    let orders = Group { balancers: Vec::new(), ..group("orders") };
    let function = Group { target_type: TargetType::Lambda, ..group("thumbnails") };
    let tcp =
        Group { kind: BalancerKind::Network, deregistration_delay: Duration::ZERO, ..group("tcp") };
    scene.groups.extend([api, orders, function, tcp, group("empty")]);
    scene
        .seeing("api", &[("i-0000000a", failing())])
        .seeing("orders", &[("i-0000000a", not_in_use())])
        .seeing("tcp", &[("i-0000000a", Health::healthy())])
        .seeing("empty", &[])
}
