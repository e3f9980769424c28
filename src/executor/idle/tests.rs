//! What the start and the stop command of a flip find: a port that is free, and to be told which.

use std::fs;
use std::net::{IpAddr, Ipv4Addr};

use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use super::*;
use crate::executor::command::CommandOptions;
use crate::executor::{Executor, ExecutorError, Jobs, Machine, Work};
use crate::rollout::{GroupArn, Ports, Registration, Side, Target, TargetId};

const HOST: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
/// Nobody listens there: it is none that the system gives out, and none for people.
const BLUE: u16 = 2;

/// From this port to that one.
fn target(old: u16, new: u16) -> Target {
    let place = |port| Registration {
        group: GroupArn::new("arn:aws:elasticloadbalancing:r:1:targetgroup/web/0a"),
        id: TargetId::new("i-0abc"),
        port,
        zone: None,
        quic_server_id: None,
    };
    Target { id: TargetId::new("i-0abc"), old: vec![place(old)], new: vec![place(new)] }
}

/// Does the work with commands that write down what they are told.
async fn work(
    folder: &TempDir,
    work: Work,
    target: &Target,
) -> (Result<(), ExecutorError>, String) {
    let log = folder.path().join("told");
    let script = |name: &str| {
        let variables = "$ELB_DEPLOY_PORT $ELB_DEPLOY_OLD_PORT $ELB_DEPLOY_COLOR";
        Some(format!("echo {name} {{port}} {{color}}, {variables} >> {}", log.display()))
    };
    let ports = Some(Ports { blue: BLUE, green: target.new[0].port });
    let address = Some(HOST);
    let jobs =
        Jobs { start: script("start"), stop: script("stop"), ports, address, ..Jobs::default() };
    let options = CommandOptions {
        kill_grace: Duration::from_millis(50),
        run: "run-1".to_owned(),
        output_folder: folder.path().join("output"),
        ports,
    };
    let machine = Machine::new(jobs, Duration::from_secs(60), options);
    let done = machine.run(work, target, mpsc::channel(100).0).await;
    (done, fs::read_to_string(log).unwrap_or_default())
}

async fn listener() -> (TcpListener, u16) {
    let listener = TcpListener::bind((HOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

#[tokio::test]
async fn a_port_is_taken_for_as_long_as_somebody_listens() {
    let (listener, port) = listener().await;
    assert!(listens(HOST, port).await);
    assert!(!is_freed(HOST, port, Duration::ZERO).await);
    drop(listener);
    assert!(is_freed(HOST, port, Duration::from_secs(60)).await);
}

#[tokio::test]
async fn the_commands_are_told_their_port_the_old_one_and_the_color() {
    let folder = tempfile::tempdir().unwrap();
    let (listener, port) = listener().await;
    drop(listener);
    for kind in [Work::Start, Work::Stop(Side::New), Work::Stop(Side::Old)] {
        work(&folder, kind, &target(BLUE, port)).await.0.unwrap();
    }
    let told = fs::read_to_string(folder.path().join("told")).unwrap();
    let green = format!("{port} green, {port} 2 green");
    let lines = format!("start {green}\nstop {green}\nstop 2 blue, 2 2 blue\n");
    assert_eq!(told, lines);
}

#[tokio::test]
async fn at_a_first_deploy_there_is_nothing_to_stop() {
    let folder = tempfile::tempdir().unwrap();
    let new = Target { old: vec![], ..target(BLUE, 8082) };
    let (done, told) = work(&folder, Work::Stop(Side::Old), &new).await;
    done.unwrap();
    assert_eq!(told, "");
}

#[tokio::test]
async fn what_the_stop_command_does_not_stop_is_left_alone_and_nothing_is_started() {
    let folder = tempfile::tempdir().unwrap();
    let (_listener, port) = listener().await;
    let (done, told) = work(&folder, Work::Start, &target(BLUE, port)).await;
    let error = done.unwrap_err();
    let expected = format!("start on port {port}: something listens at 127.0.0.1:{port}");
    assert!(error.to_string().starts_with(&expected), "{error}");
    assert!(error.hint().unwrap().contains(&format!("sport = :{port}")));
    assert_eq!(told, format!("stop {port} green, {port} 2 green\n"));
}

#[tokio::test]
async fn a_stop_command_that_ends_well_and_stops_nothing_has_failed() {
    let folder = tempfile::tempdir().unwrap();
    let (listener, old) = listener().await;
    let (done, told) = work(&folder, Work::Stop(Side::Old), &target(old, BLUE)).await;
    let error = done.unwrap_err();
    let expected = format!("the stop command ended, and something still listens at {HOST}:{old}");
    assert_eq!(error.to_string(), expected);
    assert!(error.hint().unwrap().contains(&format!("sport = :{old}")));
    assert!(error.may_have_acted());
    assert!(!told.is_empty());
    drop(listener);
    work(&folder, Work::Stop(Side::Old), &target(old, BLUE)).await.0.unwrap();
}
