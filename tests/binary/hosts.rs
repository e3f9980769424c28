//! Hooks on the instances themselves: each drains and restores the one it runs on.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::bench::fresh_host;
use crate::run::{Ran, Running};
use crate::stage::{A, B, Stage, balancer, group, instance};

const FIVE: [&str; 5] = ["web", "admin", "api", "metrics", "addresses"];

/// Two instances in five groups with three ports: `metrics` has the first one by a port of its
/// own, and `addresses` holds addresses.
async fn in_five_groups() -> (Stage, [IpAddr; 2]) {
    let hosts = [fresh_host(), fresh_host()];
    let mut fleet = instance(A, "lab-1a", hosts[0]) + &instance(B, "lab-1b", hosts[1]);
    fleet += &group("web", 8080, &[A, B]);
    fleet += &group("admin", 8080, &[A, B]);
    fleet += &group("api", 9090, &[A, B]);
    fleet += &group("metrics", 8080, &[B])
        .replace("targets = [", &format!("targets = [{{ id = '{A}', port = 9191 }}, "));
    let addresses = hosts.map(|host| host.to_string());
    fleet += &group("addresses", 9090, &addresses.each_ref().map(String::as_str))
        .replace("port = 9090", "port = 9090\nkind = 'ip'");
    fleet += &balancer(&FIVE);
    let services: Vec<_> =
        hosts.iter().flat_map(|host| [8080, 9090, 9191].map(|port| (*host, port))).collect();
    (Stage::around(&fleet, &services, &FIVE, 2).await, hosts)
}

#[tokio::test]
async fn a_target_in_five_groups_is_drained_and_restored_verbatim() {
    let (stage, hosts) = in_five_groups().await;
    let all = || FIVE.map(|group| stage.registrations(group));
    let before = all();
    for _ in 0..2 {
        let drained = Ran::of(stage.on(A, &["drain", "--self", "--settle", "1s"])).await;
        drained.ended(0);
        let mine =
            |(id, ..): &(String, u16, Option<String>)| *id == *A || *id == hosts[0].to_string();
        assert!(!all().iter().flatten().any(mine), "{:#?}", all());
        for place in [":8080 in web", ":8080 in admin", ":9090 in api", ":9191 in metrics"] {
            drained.says(&format!("{A}{place}"));
        }
        drained.says(&format!("{}:9090 in addresses", hosts[0]));
        Ran::of(stage.on(A, &["restore", "--self"])).await.ended(0);
        assert_eq!(all(), before);
        stage.until_serving(&FIVE, 2).await;
    }
}

#[tokio::test]
async fn who_is_not_this_instance_stays_out() {
    let (stage, _) = in_five_groups().await;
    let args = ["drain", B, "--group", "web", "--settle", "1s"];
    stage.run(&args).await.ended(0);
    let ran = Ran::of(stage.on(A, &["restore", "--self"])).await;
    ran.ended(0);
    ran.says("there is nothing to restore");
    stage.until_in_service("web", &[A]).await;
}

#[tokio::test]
async fn an_address_is_also_drained_of_a_group_in_a_vpc_that_is_peered() {
    let host = fresh_host();
    let address = host.to_string();
    let fleet = instance(A, "lab-1a", host)
        + &group("web", 8080, &[A])
        + &group("yonder", 8080, &[&address])
            .replace("port = 8080", "port = 8080\nkind = 'ip'\nvpc = 'vpc-yonder'")
        + &balancer(&["web", "yonder"]);
    let stage = Stage::around(&fleet, &[(host, 8080)], &["web", "yonder"], 1).await;
    let drain = ["drain", "--self", "--settle", "1s", "--min-healthy", "0"];
    let ran = Ran::of(stage.on(A, &drain)).await;
    ran.ended(0);
    ran.says(&format!("{address}:8080 in yonder"));
    assert_eq!((stage.registrations("web"), stage.registrations("yonder")), (vec![], vec![]));
}

#[tokio::test]
async fn an_ipv6_address_of_this_instance_is_drained_and_restored() {
    let host = IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1]);
    let Ok(free) = std::net::TcpListener::bind((host, 0)) else { return };
    let port = free.local_addr().unwrap().port();
    drop(free);
    let fleet = instance(A, "lab-1a", host)
        + &group("addresses", port, &["::1"]).replace("targets", "kind = 'ip'\ntargets")
        + &balancer(&["addresses"]);
    let stage = Stage::around(&fleet, &[(host, port)], &["addresses"], 1).await;
    let before = stage.registrations("addresses");
    let drain = ["drain", "--self", "--settle", "1s", "--min-healthy", "0"];
    Ran::of(stage.on(A, &drain)).await.ended(0);
    assert_eq!(stage.registrations("addresses"), []);
    Ran::of(stage.on(A, &["restore", "--self"])).await.ended(0);
    assert_eq!(stage.registrations("addresses"), before);
}

#[tokio::test]
async fn a_region_that_is_not_this_instances_is_refused_also_if_a_file_names_it() {
    let stage = Stage::of(2).await;
    std::fs::create_dir(stage.path("home/.aws")).unwrap();
    let elsewhere = "[default]\nregion = eu-west-1\n[profile here]\nregion = us-east-1\n";
    std::fs::write(stage.path("home/.aws/config"), elsewhere).unwrap();
    let on_a = async |args: &[&str]| {
        let mut tool = stage.on(A, args);
        tool.env_remove("AWS_REGION").env_remove("AWS_DEFAULT_REGION");
        Ran::of(tool).await
    };
    let said = "this instance is in us-east-1, and eu-west-1 is in use";
    for args in [&["drain", "--self"][..], &["restore", "--self", "--group", "web"]] {
        on_a(args).await.is_refusal(3, said, "--region us-east-1");
    }
    assert_eq!(stage.mutating(), [""; 0]);
    on_a(&["drain", "--self", "--settle", "1s", "--region", "us-east-1"]).await.ended(0);
    stage.until_in_service("web", &[B]).await;
    on_a(&["restore", "--self"]).await.is_refusal(3, said, "--region us-east-1");
    on_a(&["restore", "--self", "--region", "us-east-1"]).await.ended(0);
}

const CROWD: usize = 20;
const FLOOR: usize = 17;

fn name(number: usize) -> String {
    format!("i-{number:08x}")
}

async fn crowd() -> Stage {
    let hosts: Vec<_> = (0..CROWD).map(|_| fresh_host()).collect();
    let names: Vec<_> = (0..CROWD).map(name).collect();
    let mut fleet = String::new();
    for (name, host) in names.iter().zip(&hosts) {
        fleet += &instance(name, "lab-1a", *host);
    }
    fleet += &group("web", 8080, &names.iter().map(String::as_str).collect::<Vec<_>>());
    fleet += &balancer(&["web"]);
    let services: Vec<_> = hosts.into_iter().map(|host| (host, 8080)).collect();
    Stage::around(&fleet, &services, &["web"], CROWD).await
}

/// All at once, each on its own instance; gives how they ended, by exit code, and the fewest that
/// were in the group meanwhile: on a busy machine a check of one that nobody has touched can be
/// late, and that is no drain.
async fn all_drain(stage: &Arc<Stage>, options: &[&str]) -> (Vec<Ran>, usize) {
    let floor = FLOOR.to_string();
    let mut runs = JoinSet::new();
    for number in 0..CROWD {
        let args = ["drain", "--self", "--settle", "1s", "--min-healthy", &floor];
        runs.spawn(Ran::of(stage.on(&name(number), &[&args[..], options].concat())));
    }
    let (mut ended, mut fewest) = (Vec::new(), CROWD);
    while !runs.is_empty() {
        tokio::select! {
            Some(ran) = runs.join_next() => ended.push(ran.unwrap()),
            () = sleep(Duration::from_millis(5)) => {}
        }
        fewest = fewest.min(stage.registrations("web").len());
    }
    (ended, fewest)
}

#[tokio::test]
async fn twenty_that_drain_themselves_at_once_never_break_the_floor() {
    let stage = Arc::new(crowd().await);
    let before = stage.registrations("web");
    let (ended, fewest) = all_drain(&stage, &[]).await;
    let drained = ended.iter().filter(|ran| ran.code == 0).count();
    assert!((1..=CROWD - FLOOR).contains(&drained), "{drained} drained");
    assert_eq!(stage.registrations("web").len(), CROWD - drained);
    assert!(fewest >= FLOOR, "{fewest}");
    for ran in ended.iter().filter(|ran| ran.code != 0) {
        assert!([3, 6].contains(&ran.code), "{ran:#?}");
        let said = ["failed to lock group web: held by ", "below the floor of 17"];
        assert!(said.iter().any(|said| ran.stderr.contains(said)), "{ran:#?}");
    }
    stage.run(&["restore"]).await.ended(0);
    assert_eq!(stage.registrations("web"), before);
}

#[tokio::test]
async fn twenty_that_wait_for_each_other_go_until_the_floor_refuses() {
    let stage = Arc::new(crowd().await);
    let before = stage.registrations("web");
    let (ended, fewest) = all_drain(&stage, &["--lock-wait", "60s"]).await;
    let codes: BTreeSet<_> = ended.iter().map(|ran| ran.code).collect();
    assert_eq!(codes, [0, 3].into(), "{ended:#?}");
    assert_eq!(ended.iter().filter(|ran| ran.code == 0).count(), CROWD - FLOOR);
    assert_eq!((fewest, stage.registrations("web").len()), (FLOOR, FLOOR));
    stage.run(&["restore"]).await.ended(0);
    assert_eq!(stage.registrations("web"), before);
}

#[tokio::test]
async fn of_two_rolls_the_second_is_refused_and_told_of_the_first() {
    let stage = Stage::of(2).await;
    let first = stage.deploying(&[]).await;
    let second = stage.roll(&[], &["true"]).await;
    second.ended(6);
    let pid = first.pid().as_raw_nonzero();
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    second.says(&format!("tester (pid {pid} on {host}) since 20"));
    second.says(" for roll web, run ");
    stage.go();
    let mut fewest = 2;
    let watch = async {
        loop {
            fewest = fewest.min(stage.registrations("web").len());
            sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::select! {
        ran = first.end() => ran.ended(0),
        () = watch => {}
    }
    assert_eq!((fewest, stage.registrations("web").len()), (1, 2));
}

#[tokio::test]
async fn a_second_roll_can_wait_for_the_first() {
    let stage = Stage::of(2).await;
    let first = stage.deploying(&["--target", A]).await;
    let options = ["--target", B, "--lock-wait", "60s"];
    let mut second: Running = stage.start(&options, &["true"]);
    second.until("waiting up to 1m to ").await;
    stage.go();
    first.end().await.ended(0);
    second.end().await.ended(0);
    stage.until_in_service("web", &[A, B]).await;
}
