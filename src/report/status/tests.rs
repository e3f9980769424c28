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

#[test]
fn groups_in_a_pipe() {
    assert_snapshot!(bad_night().table());
}

#[test]
fn groups_on_a_terminal_of_80_columns() {
    let text = table(&bad_night().status(), NARROW);
    let is_command = |line: &&str| line.contains("aws elbv2");
    let wide: Vec<_> = text.lines().filter(|line| line.len() > 80 && !is_command(line)).collect();
    assert_eq!(wide, [""; 0]);
    assert_snapshot!(text);
}

#[test]
fn groups_as_json() {
    let line = document(&bad_night().status());
    assert!(!line.contains('\n'));
    let value: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_snapshot!(serde_json::to_string_pretty(&value).unwrap());
}

#[test]
fn colours_are_the_only_difference_between_a_terminal_and_a_wide_page() {
    let status = bad_night().status();
    let coloured = table(&status, Page { paint: Paint::Coloured, width: Some(80) });
    assert!(coloured.contains("\x1b[31munhealthy\x1b[0m"), "{coloured}");
    assert_eq!(console::strip_ansi_codes(&coloured), table(&status, NARROW));
}

#[test]
fn a_target_is_one_line_in_a_pipe() {
    let scene = bad_night();
    let lines: Vec<String> = scene.table().lines().map(str::to_owned).collect();
    for target in scene.status().groups.iter().flat_map(|group| &group.targets) {
        let why = target.why.clone().unwrap_or_default();
        let row = |line: &&String| line.contains(target.place.id.as_str()) && line.ends_with(&why);
        assert!(lines.iter().any(|line| row(&line)), "{target:?}");
    }
}

#[test]
fn listeners_that_cannot_be_read_are_said_and_everything_else_is_shown() {
    let edge = "arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/app/edge/50dc6c495c0c9188";
    let web = Group { balancers: vec![edge.to_owned()], ..group("web") };
    let mut scene = Scene::of([web]).seeing("web", &[("i-0a", failing())]);
    scene.fronts = None;
    let text = scene.table();
    assert!(text.contains("traffic     edge, whose listeners cannot be read\n"), "{text}");
    assert!(text.contains("i-0a"), "{text}");
    assert!(document(&scene.status()).contains(r#""fronts":null"#));
}

#[test]
fn what_can_be_taken_out_leaves_the_last_one_in_service() {
    let margins = |healths: &[Health]| {
        let ids = ["i-0a", "i-0b", "i-0c"];
        let seen: Vec<_> = ids.into_iter().zip(healths.iter().cloned()).collect();
        let status = Scene::of([group("web")]).seeing("web", &seen).status().groups.remove(0);
        (status.can_be_taken_out, heading::headline(&status, Paint::Plain))
    };
    let healthy = Health::healthy;
    let all = margins(&[healthy(), healthy(), healthy()]);
    assert_eq!(all, (2, "web  3 of 3 in service, 2 can be taken out".to_owned()));
    let (last, text) = margins(&[healthy(), failing()]);
    assert_eq!(last, 0);
    assert!(text.ends_with("none can be taken out: the last one stays in service"), "{text}");
    assert_eq!(margins(&[failing(), failing()]).0, 1, "it fails open, so both of them serve");
    assert!(margins(&[failing()]).1.ends_with(": the last one registered stays"));
    assert_eq!(
        margins(&[draining()]).1,
        "web  0 of 1 in service, none can be taken out: none is registered"
    );
    assert_eq!(margins(&[]).1, "web  no target is registered");
}

#[test]
fn a_group_fails_open_below_its_minimum() {
    let failing_open = |minimum: Minimum, healths: [Health; 3]| {
        let web = Group { fail_open: minimum, ..group("web") };
        let seen: Vec<_> = ["i-0a", "i-0b", "i-0c"].into_iter().zip(healths).collect();
        Scene::of([web]).seeing("web", &seen).status().groups.remove(0).fails_open_below
    };
    let count = |count| Minimum { count: Some(count), percentage: None };
    let share = Minimum { count: Some(1), percentage: Some(60) };
    let one = || [Health::healthy(), failing(), failing()];
    assert_eq!(failing_open(count(1), one()), None);
    assert_eq!(failing_open(count(2), one()), Some(2));
    assert_eq!(failing_open(share, one()), Some(2));
    assert_eq!(failing_open(count(1), [failing(), failing(), failing()]), Some(1));
    assert_eq!(failing_open(count(1), [draining(), draining(), draining()]), None);
}

#[test]
fn groups_with_something_out_of_service_come_first_then_by_name() {
    let scene = Scene::of(["web", "api", "orders", "billing"].map(group))
        .seeing("web", &[("i-0a", failing())])
        .seeing("api", &[("i-0a", Health::healthy())])
        .seeing("orders", &[("i-0a", draining())])
        .seeing("billing", &[]);
    let status = scene.status();
    assert!(!status.is_in_service());
    let sorted = status.worst_first();
    let names: Vec<_> = sorted.groups.iter().map(|status| status.group.name.as_str()).collect();
    assert_eq!(names, ["billing", "orders", "web", "api"]);
}

#[test]
fn a_group_without_targets_is_not_in_service_unless_it_can_have_none() {
    let is_in_service = |target_type| {
        let empty = Group { target_type, ..group("empty") };
        let well = [("i-0a", Health::healthy())];
        let scene = Scene::of([group("web"), empty]).seeing("web", &well).seeing("empty", &[]);
        scene.status().is_in_service()
    };
    assert!(!is_in_service(TargetType::Instance) && !is_in_service(TargetType::Ip));
    assert!(is_in_service(TargetType::Lambda) && is_in_service(TargetType::Alb));
}

#[test]
fn what_is_out_comes_first_then_by_id_and_port() {
    let healthy = Health::healthy;
    let seen = [("i-0d", healthy()), ("i-0b", failing()), ("i-0c", healthy()), ("i-0a", failing())];
    let mut scene = Scene::of([group("web")]).seeing("web", &seen);
    scene.held_out = vec![held("web", "i-0aa", false)];
    let status = scene.status();
    let ids: Vec<_> = status.groups[0].targets.iter().map(|it| it.place.id.as_str()).collect();
    assert_eq!(ids, ["i-0a", "i-0aa", "i-0b", "i-0c", "i-0d"]);
}

#[test]
fn what_a_run_under_way_holds_out_is_no_reason_to_put_it_back_by_hand() {
    let mut scene = Scene::of([group("web")]).seeing("web", &[("i-0a", Health::healthy())]);
    scene.held_out = vec![held("web", "i-0b", true)];
    assert!(!scene.table().contains("put back"), "{}", scene.table());
    assert!(scene.table().contains("held out by the run under way, 019aa4f1-"));
    scene.held_out = vec![held("web", "i-0b", false)];
    assert!(scene.table().contains("put back    elb-deploy restore i-0b\n"));
}

#[test]
fn an_old_hold_is_told_with_its_date() {
    let mut scene = Scene::of([group("web")]).seeing("web", &[]);
    scene.held_out = vec![held("web", "i-0b", false)];
    assert!(table(&scene.status_at(60.0), PIPE).contains("since 12:03:04Z, `roll web`"));
    let next_day = table(&scene.status_at(86_400.0), PIPE);
    assert!(next_day.contains("since 2026-11-21T12:03:04Z, `roll web`"), "{next_day}");
}

mod follow {
    use super::*;

    fn lines() -> Follower {
        Follower::lines(PIPE)
    }

    fn next(follower: &mut Follower, status: Status) -> String {
        follower.next(status, TERMINAL, &[], "foot")
    }

    #[test]
    fn lines_are_a_table_once_and_then_only_what_changed() {
        let mut follower = lines();
        let scene = four_of_web(Health::healthy(), Health::healthy());
        assert_eq!(next(&mut follower, scene.status()), scene.table());
        assert_eq!(next(&mut follower, scene.status_at(5.0)), "");
        let worse = four_of_web(failing(), draining());
        assert_snapshot!(next(&mut follower, worse.status_at(10.0)), @r"
        12:03:14Z  web i-0123456789abcde3b:8080  healthy -> draining, on its way out, which takes the whole deregistration delay
        12:03:14Z  web i-0123456789abcdef2:8080  healthy -> unhealthy, Health checks failed with these codes: [503]
        ");
    }

    #[test]
    fn a_target_that_comes_goes_or_gets_another_reason_is_a_change() {
        let mut follower = lines();
        let web = |healths: &[(&str, Health)]| Scene::of([group("web")]).seeing("web", healths);
        next(&mut follower, web(&[("i-0a", failing()), ("i-0b", draining())]).status());
        let slow = said(State::Unhealthy, "Target.Timeout", "Request timed out");
        let later = web(&[("i-0a", slow), ("i-0c", Health::healthy())]);
        assert_snapshot!(next(&mut follower, later.status_at(5.0)), @r"
        12:03:09Z  web i-0a:8080  unhealthy, Request timed out
        12:03:09Z  web i-0c:8080  not registered -> healthy
        12:03:09Z  web i-0b:8080  draining -> not registered
        ");
    }

    #[test]
    fn a_run_that_dies_with_a_target_out_is_a_change() {
        let mut follower = lines();
        let mut scene = Scene::of([group("web")]).seeing("web", &[]);
        scene.held_out = vec![held("web", "i-0a", true)];
        next(&mut follower, scene.status());
        scene.held_out = vec![held("web", "i-0a", false)];
        let said = next(&mut follower, scene.status());
        assert!(
            said.contains("web i-0a:8080  not registered, held out by run 019aa4f1-"),
            "{said}"
        );
    }

    #[test]
    fn json_is_one_document_a_line_on_a_change_only() {
        let mut follower = Follower::json();
        let scene = four_of_web(Health::healthy(), Health::healthy());
        let first = next(&mut follower, scene.status());
        assert!(first.ends_with("}\n") && first.lines().count() == 1, "{first}");
        assert_eq!(next(&mut follower, scene.status_at(5.0)), "", "the time is no change");
        let worse = four_of_web(failing(), Health::healthy());
        assert!(next(&mut follower, worse.status_at(10.0)).contains(r#""state":"unhealthy""#));
    }

    /// Shows what a terminal shows: as much of it as these texts use.
    fn screen(texts: &[String]) -> Vec<String> {
        let (mut rows, mut at) = (Vec::<String>::new(), 0);
        for text in texts {
            let mut rest = text.as_str();
            while !rest.is_empty() {
                if let Some((count, after)) = up(rest) {
                    at -= count;
                    rest = after;
                } else if let Some(after) = rest.strip_prefix("\x1b[J") {
                    rows.truncate(at);
                    rest = after;
                } else {
                    let (line, after) =
                        rest.split_once("\x1b[K\n").expect("a line that is cleared");
                    rows.resize(rows.len().max(at + 1), String::new());
                    rows[at] = line.to_owned();
                    at += 1;
                    rest = after;
                }
            }
        }
        rows
    }

    fn up(text: &str) -> Option<(usize, &str)> {
        let (count, after) = text.strip_prefix("\x1b[")?.split_once("A\r")?;
        Some((count.parse().ok()?, after))
    }

    #[test]
    fn a_terminal_shows_the_latest_status_alone() {
        let mut follower = Follower::screen(Paint::Plain);
        let long = four_of_web(failing(), failing()).status();
        let short = Scene::of([group("web")]).seeing("web", &[]).status();
        let mut texts = vec![follower.next(long.clone(), TERMINAL, &[], "first")];
        assert_eq!(screen(&texts).last().map(String::as_str), Some("first"));
        texts.push(follower.next(short.clone(), TERMINAL, &[], "second"));
        let expected: Vec<_> = table(&short, NARROW).lines().map(str::to_owned).collect();
        assert_eq!(screen(&texts), [expected, vec!["second".to_owned()]].concat());
        texts.push(follower.next(long.clone(), TERMINAL, &[], "third"));
        let expected: Vec<_> = table(&long, NARROW).lines().map(str::to_owned).collect();
        assert_eq!(screen(&texts), [expected, vec!["third".to_owned()]].concat());
    }

    #[test]
    fn a_note_stays_above_what_is_drawn_later() {
        let mut follower = Follower::screen(Paint::Plain);
        let status = Scene::of([group("web")]).seeing("web", &[]).status();
        let note = ["note: one".to_owned()];
        let mut texts = vec![follower.next(status.clone(), TERMINAL, &[], "foot")];
        texts.push(follower.next(status.clone(), TERMINAL, &note, "foot"));
        texts.push(follower.next(status, TERMINAL, &[], "foot"));
        let shown = screen(&texts);
        assert_eq!(shown[0], "note: one");
        assert_eq!(shown.iter().filter(|line| line.starts_with("web")).count(), 1, "{shown:?}");
    }

    #[test]
    fn what_does_not_fit_a_terminal_is_left_out_and_counted() {
        let mut follower = Follower::screen(Paint::Plain);
        let status = bad_night().status();
        let small = Size { rows: 10, columns: 80 };
        let shown = screen(&[follower.next(status.clone(), small, &[], "foot")]);
        assert_eq!(shown.len(), 9, "the cursor needs the last row: {shown:?}");
        let more = table(&status, NARROW).lines().count() - 7;
        assert_eq!(shown[7], format!("... {more} more lines; name fewer groups to see them"));
    }

    #[test]
    fn a_terminal_of_no_size_is_no_reason_to_fail() {
        let mut follower = Follower::screen(Paint::Plain);
        for _ in 0..2 {
            let nothing = Size { rows: 0, columns: 0 };
            follower.next(bad_night().status(), nothing, &[], "foot");
        }
    }
}
