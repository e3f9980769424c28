//! What the scripts of the examples promise by themselves, without a flip.

use std::fs;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};

use super::Example;

/// Starting processes on a busy machine.
const LIMIT: Duration = Duration::from_secs(60);

async fn ends_well(mut command: Command) -> bool {
    timeout(LIMIT, command.status()).await.expect("it hangs").unwrap().success()
}

async fn until_listening(example: &Example, port: u16) {
    let listening = async {
        while !example.site.listens(port) {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(LIMIT, listening).await.expect("it never listened");
}

fn is_alive(stranger: &mut Child) -> bool {
    stranger.try_wait().unwrap().is_none()
}

#[tokio::test]
async fn the_stop_script_of_a_jar_stops_no_process_that_was_not_told_this_very_port() {
    let example = Example::of("nohup").await;
    let stop = || example.command(example.path("stop.sh"), &["8082"]);
    assert!(ends_well(stop()).await, "nothing there is no failure");
    for words in [["-c", "read x", "8082"], ["-c", "read x", "--server.port=80820"]] {
        let mut stranger = Command::new("sh");
        stranger.args(words).stdin(Stdio::piped()).kill_on_drop(true);
        let mut stranger = stranger.spawn().unwrap();
        // It is told by its arguments, so it has to have them.
        let pid = stranger.id().unwrap();
        let line = format!("/proc/{pid}/cmdline");
        while !fs::read_to_string(&line).unwrap().starts_with("sh\0-c\0read x\0") {
            sleep(Duration::from_millis(5)).await;
        }
        fs::write(example.path("shop-8082.pid"), pid.to_string()).unwrap();
        assert!(ends_well(stop()).await);
        assert!(is_alive(&mut stranger), "{words:?}");
        assert!(!example.path("shop-8082.pid").exists(), "its number is no release's");
    }
}

#[tokio::test]
async fn what_the_start_script_of_a_jar_leaves_running_is_stopped() {
    let example = Example::of("nohup").await;
    fs::write(example.path("shop.jar"), "v1").unwrap();
    // Twice, as after a crash.
    for _ in 0..2 {
        assert!(ends_well(example.command(example.path("start.sh"), &["8081", "shop.jar"])).await);
        assert!(example.path("shop-8081.pid").exists(), "its number is known at once");
    }
    until_listening(&example, 8081).await;
    assert!(ends_well(example.command(example.path("stop.sh"), &["8081"])).await);
    assert!(!example.site.listens(8081));
}

#[tokio::test]
async fn the_stop_script_of_a_container_knows_it_by_its_whole_name() {
    let example = Example::of("docker").await;
    let stop = || example.command(example.path("stop.sh"), &["8081"]);
    let others = [("my-shop-8081", 9001), ("shop-80810", 9002)];
    for (name, port) in others {
        let publish = format!("{port}:8080");
        let run = ["docker", "run", "--detach", "--name", name, "--publish", &publish, "shop:v1"];
        assert!(ends_well(example.command("/usr/bin/env", &run)).await);
        until_listening(&example, port).await;
    }
    assert!(ends_well(stop()).await, "nothing there is no failure");
    // Twice, because a container that is stopped is still there.
    for _ in 0..2 {
        assert!(ends_well(example.command(example.path("start.sh"), &["8081", "shop:v1"])).await);
        until_listening(&example, 8081).await;
        assert!(ends_well(stop()).await);
        assert!(!example.site.listens(8081));
    }
    assert!(others.iter().all(|(_, port)| example.site.listens(*port)));
    fs::write(example.site.stage.path("no-docker"), "").unwrap();
    assert!(!ends_well(stop()).await, "a docker that does not answer has stopped nothing");
}
