//! What speaks against a flip is told at once, and nothing is changed.

use std::net::TcpListener;

use elb_deploy::lab::model::TargetSpec;

use super::{BLUE, GREEN, Site};
use crate::bench::fresh_host;
use crate::run::{Ran, Running};
use crate::stage::{A, B, Stage, balancer, bare, group, instance};

const COMMANDS: [&str; 4] = ["--start", "true", "--stop", "true"];

async fn usage(args: &[&str], error: &str, hint: &str) {
    let folder = tempfile::tempdir().unwrap();
    let args = [&["flip", "web", "--target", A], args].concat();
    let ran = Ran::of(bare(folder.path(), &args)).await;
    ran.is_refusal(2, error, hint);
}

#[tokio::test]
async fn a_command_line_that_makes_no_sense_is_refused_before_anybody_is_asked() {
    for (ports, error) in [
        ("8081,8081", "both are the same port"),
        ("8081", "one port, and a flip goes between two"),
        ("8081,8082,8083", "3 ports, and a flip goes between two"),
        ("0,8082", "0 is no port"),
        ("", "--ports is empty"),
        ("8081,", "--ports 8081,: a port is missing"),
    ] {
        let args = [&["--ports", ports][..], &COMMANDS].concat();
        usage(&args, error, "such as 8081,8082").await;
    }
    let ports = ["--ports", "8081,8082"];
    let with = |more: &[&'static str]| [&ports[..], more].concat();
    usage(&with(&["--stop", "true"]), "nothing starts the new release", "--start").await;
    usage(&with(&["--start", "true"]), "nothing stops a release", "--stop").await;
    usage(&COMMANDS, "no ports are given", "--ports 8081,8082").await;
    let both = with(&["--start", "true", "--stop", "true", "--self"]);
    usage(&both, "targets are named, and --self", "one or the other").await;
    let from = with(&["--start", "true", "--stop", "true", "--from", "blue"]);
    usage(&from, "--from blue: blue is no port", "or as none").await;
    let gone = with(&["--start", "no-such-thing", "--stop", "true"]);
    usage(&gone, "start no-such-thing: no such program", "PATH").await;
    let colored = with(&["--start", "true", "--stop", "true {color}", "--from", "80"]);
    usage(&colored, "--from 80 is neither of the two ports", "--keep-old").await;
    let kept = with(&["--keep-old", "--stop-old-after", "1m"]);
    usage(&kept, "cannot be used with", "--help").await;
}

#[tokio::test]
async fn all_mistakes_are_told_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let args = ["flip", "web", "--ports", "8081,8081", "--from", "blue", "--bake", "soon"];
    let ran = Ran::of(bare(folder.path(), &args)).await;
    for error in ["both are the same", "blue is no port", "--bake soon", "nothing starts"] {
        ran.is_refusal(2, error, "--start");
    }
    ran.is_refusal(2, "nobody says which target", "--self");
}

#[tokio::test]
async fn a_stranger_on_the_idle_port_is_left_alone() {
    let site = Site::of(&["web"]).await;
    let _stranger = TcpListener::bind((site.host, 8081)).unwrap();
    let ran = site.flip(&[], &[]).await;
    ran.is_refusal(3, "something listens on port 8081", "ss -ltnp");
    assert_eq!(site.stage.mutating(), [""; 0]);
    assert!(site.stage.runs().is_empty() && site.told().is_empty());
}

#[tokio::test]
async fn a_stranger_that_came_after_a_flip_is_not_told_to_go_and_nothing_changes() {
    let site = Site::serving("v1").await;
    site.flip(&[], &["--app-version", "v2"]).await.ended(0);
    let _stranger = TcpListener::bind((site.host, 8081)).unwrap();
    let (told, changes) = (site.told(), site.stage.mutating());
    let ran = site.flip(&[], &["--app-version", "v3"]).await;
    ran.is_refusal(3, "something listens on port 8081", "ss -ltnp 'sport = :8081'");
    let back = site.flip(&["--back"], &[]).await;
    back.is_refusal(3, "is not what the latest flip has left running", "--keep-old");
    assert_eq!((site.told(), site.stage.mutating()), (told, changes));
    site.serves(GREEN).await;
    assert_eq!(site.version(GREEN).await, "v2");
}

#[tokio::test]
async fn a_target_that_is_nowhere_has_to_be_said_to_be_new() {
    let stage = Stage::of(1).await;
    let ports = ["--ports", "8081,8082"];
    let flip = |more: &[&'static str]| [&["flip", "web"], &ports[..], &COMMANDS, more].concat();
    let ran = stage.run(&flip(&["--target", B])).await;
    ran.is_refusal(3, &format!("{B} is not registered in web"), "--from none");
    let ran = stage.run(&flip(&["--target", A, "--from", "none"])).await;
    ran.is_refusal(3, &format!("{A} is no first deploy"), "leave out --from none");
    let ran = stage.run(&flip(&["--target", A, "--from", "8081"])).await;
    ran.is_refusal(3, &format!("{A} is not registered with port 8081"), "name the port");
    assert_eq!(stage.mutating(), [""; 0]);
}

#[tokio::test]
async fn groups_that_know_this_instance_by_different_ids_are_not_flipped_together() {
    let of = |name, kind: &str| {
        group(name, 8080, &[]).replace("port =", &format!("kind = '{kind}'\nport ="))
    };
    let site = Site::with(&["web", "ips"], of("web", "instance") + &of("ips", "ip")).await;
    let ran = site.flip(&[], &[]).await;
    ran.is_refusal(3, "groups web and ips know this instance by different ids", "one kind");
    assert_eq!(site.stage.mutating(), [""; 0]);
}

#[tokio::test]
async fn who_checks_another_port_than_that_of_the_traffic_is_told_so_or_refused_if_it_is_one_of_the_two()
 {
    let fixed = |port| {
        let check = format!("path = '/health', port = {port}");
        group("web", 8080, &[]).replace("path = '/health'", &check)
    };
    let site = Site::with(&["web"], fixed(8082)).await;
    let ran = site.flip(&[], &[]).await;
    ran.is_refusal(3, "the health checks of group web ask port 8082", "ask the traffic port");
    let site = Site::with(&["web"], fixed(9000)).await;
    let ran = site.flip(&["--in-service-timeout", "2s"], &[]).await;
    ran.ended(4);
    ran.says("the health checks of group web ask port 9000, whatever port serves");
}

#[tokio::test]
async fn a_group_whose_targets_have_server_ids_is_not_flipped() {
    let site = Site::of(&["web"]).await;
    let quic_server_id = Some("0x1f2e3d4c5b6a7988".to_owned());
    site.stage.server.lab().with_model(|model, now| {
        let arn = model.group_named("web").unwrap().arn.clone();
        let place = TargetSpec { quic_server_id, ..TargetSpec::id(A).port(8081) };
        model.register(now, &arn, &[place]).unwrap();
    });
    let ran = site.flip(&[], &[]).await;
    ran.is_refusal(3, "targets of group web have QUIC server ids", "use roll");
    assert_eq!(site.stage.mutating(), [""; 0]);
    assert!(site.stage.runs().is_empty() && site.told().is_empty());
}

#[tokio::test]
async fn what_one_target_clears_hides_no_stranger_of_another_one() {
    let hosts = [fresh_host(), fresh_host()];
    let [a, b] = hosts.map(|host| host.to_string());
    let of = group("web", 8080, &[]).replace("port =", "kind = 'ip'\nport =");
    let fleet = instance(A, "lab-1a", hosts[0]) + &instance(B, "lab-1a", hosts[1]) + &of;
    let stage = Stage::around(&(fleet + &balancer(&["web"])), &[], &["web"], 0).await;
    for (id, port) in [(&a, BLUE), (&a, GREEN), (&b, BLUE)] {
        stage.put_in("web", id, port);
    }
    let _stranger = TcpListener::bind((hosts[1], GREEN)).unwrap();
    let whom = ["flip", "web", "--target", &a, "--target", &b, "--ports", "8081,8082"];
    let ran = stage.run(&[&whom[..], &COMMANDS, &["--from", "8081"]].concat()).await;
    ran.is_refusal(3, &format!("something listens on port 8082 of {b}"), "ss -ltnp");
    assert_eq!(stage.mutating(), [""; 0]);
}

#[tokio::test]
async fn who_finds_both_ports_is_told_which_flip_is_not_done() {
    let site = Site::serving("v1").await;
    let mut flip = site.start(&["--bake", "1h"], &["--app-version", "v2"]);
    flip.until("bake              started").await;
    flip.kill().await;
    site.stage.until_unwritten().await;
    let ran = site.flip(&[], &[]).await;
    let (run, _) = site.stage.runs().pop().unwrap();
    ran.is_refusal(3, "is registered with both ports", &format!("resume {run}"));
}

#[tokio::test]
async fn an_instance_on_whose_idle_port_nobody_can_look_is_told() {
    let site = Site::serving("v1").await;
    let whom = ["flip", "web", "--target", A, "--ports", "8081,8082", "--plan"];
    let ran = site.stage.run(&[&whom[..], &COMMANDS].concat()).await;
    ran.ended(0);
    let note = format!("note: whether something listens on {A}:8082 already is not known here");
    assert!(ran.stdout.contains(&note), "{ran:#?}");
}

#[tokio::test]
async fn a_target_is_named_without_its_port() {
    let folder = tempfile::tempdir().unwrap();
    let place = format!("{A}:8081");
    let args = [&["flip", "web", "--target", &place, "--ports", "8081,8082"][..], &COMMANDS];
    let ran = Ran::of(bare(folder.path(), &args.concat())).await;
    ran.is_refusal(2, &format!("target {place}"), &format!("name it without its port: {A}"));
}

/// One group whose checks ask this port, whatever serves.
async fn checked_on(port: u16) -> Site {
    let check = format!("path = '/health', port = {port}");
    let group = group("web", 8080, &[]).replace("path = '/health'", &check);
    Site::with(&["web"], group).await
}

#[tokio::test]
async fn a_release_that_is_not_started_does_not_pass_for_one_whose_group_checks_another_port() {
    let mut site = checked_on(9000).await;
    let host = site.host;
    site.stage.boot(A, host, 9000, &[]);
    site.flip(&[], &["--app-version", "v1"]).await.ended(0);
    let nothing = ["--start", "true", "--stop", "true", "--ports", "8081,8082"];
    let flip = [&["flip", "web", "--target", A][..], &nothing].concat();
    let ran = site.stage.run(&flip).await;
    ran.is_refusal(3, "nobody would find out whether the new release runs", "--ready-command");
    let flip = [&["flip", "web", "--self", "--settle", "1s"][..], &nothing].concat();
    let mut flip = Running::start(site.stage.on(A, &flip));
    flip.until("await ready       started").await;
    assert_eq!(site.finished(), ["start new"]);
    flip.kill().await;
    site.serves(super::BLUE).await;
    assert!(site.listens(super::BLUE));
}

#[tokio::test]
async fn a_target_that_is_held_out_with_one_of_the_ports_is_put_back_first() {
    let site = Site::serving("v1").await;
    let drained = site.stage.run(&["drain", A, "--settle", "1s", "--min-healthy", "0"]).await;
    drained.ended(0);
    let ran = site.flip(&["--if-held-out", "ignore"], &["--app-version", "v2"]).await;
    ran.is_refusal(3, &format!("holds out {A}:8081 in web"), &format!("restore {A}"));
    site.stage.run(&["restore"]).await.ended(0);
    site.flip(&["--if-held-out", "ignore"], &["--app-version", "v2"]).await.ended(0);
    site.serves(GREEN).await;
}

#[tokio::test]
async fn blue_and_green_are_not_exchanged() {
    let site = Site::serving("v1").await;
    let commands =
        ["--start", "sh start.sh {target} {port}", "--stop", "sh stop.sh {target} {port}"];
    let args = [&["flip", "web", "--self", "--ports", "8082,8081"][..], &commands].concat();
    let ran = Ran::of(site.stage.on(A, &args)).await;
    ran.is_refusal(3, "the colors would be exchanged", "say --ports 8081,8082 as it was");
}

#[tokio::test]
async fn a_placeholder_that_is_none_is_told() {
    let site = Site::of(&["web"]).await;
    let ran = site.flip(&[], &["#", "{ports}"]).await;
    ran.says("--start has {ports}, which stays as it is");
}
