//! What is found, how the process ends, and that nothing is changed by it.

use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use tokio::time::sleep;

use super::{fit, is_found, stop, unfit, with, with_web};
use crate::run::Ran;
use crate::stage::{A, B, C, Stage, TOOL};

/// The findings of a check, as a program reads them.
fn of_check<'v>(document: &'v Value, check: &str) -> Vec<&'v Value> {
    let findings = document["findings"].as_array().unwrap();
    findings.iter().filter(|finding| finding["check"] == check).collect()
}

async fn document(stage: &Stage, args: &[&str], code: i32) -> Value {
    let ran = stage.run(&[&["verify"], args, &["--format", "json"]].concat()).await;
    is_found(stage, &ran, code);
    serde_json::from_str(&ran.stdout).unwrap()
}

#[tokio::test]
async fn nothing_is_changed_and_all_that_is_asked_describes() {
    let stage = with_web(2, "good", &fit("good", &[A, B])).await;
    for format in ["table", "json"] {
        let ran = stage.run(&["verify", "good", "web", "--format", format]).await;
        is_found(&stage, &ran, 0);
    }
    let lab = stage.server.lab();
    lab.with_calls(|calls| {
        for action in [
            "DescribeTargetGroups",
            "DescribeTargetGroupAttributes",
            "DescribeTargetHealth",
            "DescribeLoadBalancers",
            "DescribeListeners",
            "DescribeRules",
            "DescribeTags",
        ] {
            assert!(calls.of(action) > 0, "{action}");
        }
        assert_eq!(calls.of("DescribeTargetHealth"), 4, "one look a group");
    });
    assert!(!stage.state().exists(), "not even the state folder is made");
}

#[tokio::test]
async fn a_fail_ends_with_3_and_a_warning_does_not() {
    let stage = with(2, "good", &fit("good", &[A, B])).await;
    let json = document(&stage, &["good"], 0).await;
    assert_eq!((&json["v"], &json["fail"], &json["warn"]), (&1.into(), &0.into(), &0.into()));
    let json = document(&stage, &["good", "--batch", "2", "--min-healthy", "0"], 0).await;
    assert_eq!(of_check(&json, "floor")[0]["level"], "warn");
    let json = document(&stage, &["good", "--batch", "2"], 3).await;
    assert_eq!(of_check(&json, "floor")[0]["level"], "fail");
    assert_eq!(json["fail"], 1);
}

#[tokio::test]
async fn whatever_a_run_would_be_refused_for_is_a_fail_in_the_same_words() {
    let stage = with(3, "good", &fit("good", &[A, B, C])).await;
    stop(&stage, C);
    for options in [
        &["--min-healthy", "4"][..],
        &["--batch", "3"],
        &["--target", "i-0000000x"],
        &["--drain-timeout", "5s"],
        &["--batch", "1%"],
    ] {
        let refused = stage.run(&[&["roll", "good"], options, &["--", "true"]].concat()).await;
        refused.ended(3);
        let ran = stage.run(&[&["verify", "good"], options].concat()).await;
        is_found(&stage, &ran, 3);
        for error in refused.told("error: ") {
            let told = |line: &str| line.starts_with("fail") && line.contains(error);
            assert!(ran.stdout.lines().any(told), "{error:?} is not in\n{}", ran.stdout);
        }
    }
}

#[tokio::test]
async fn a_hook_that_is_too_short_is_told_for_each_wait() {
    let stage = with(2, "good", &fit("good", &[A, B])).await;
    let levels = |json: &Value| -> Vec<_> {
        of_check(json, "within").iter().map(|it| it["level"].clone()).collect()
    };
    let json = document(&stage, &["good", "--within", "180s"], 0).await;
    assert_eq!(levels(&json), ["ok", "ok"]);
    let json = document(&stage, &["good", "--within", "20s"], 3).await;
    assert_eq!(levels(&json), ["fail", "ok"]);
    let what = of_check(&json, "within")[0]["what"].as_str().unwrap();
    assert_eq!(what, "the drain takes 30s, 10s more than the limit of 20s");
}

#[tokio::test]
async fn a_command_that_is_told_reaches_the_same_account() {
    let stage = with(2, "bad", &unfit("bad", &[A, B])).await;
    let url = format!("http://{}", stage.server.api());
    let json = document(&stage, &["bad", "--endpoint-url", &url], 3).await;
    let command = of_check(&json, "delay")[0]["change"][1].as_str().unwrap();
    assert!(command.contains(&format!(" --endpoint-url {url} ")), "{command}");
    assert!(command.contains(" --target-group-arn arn:aws:elasticloadbalancing:"), "{command}");
}

#[tokio::test]
async fn each_group_is_counted_by_itself() {
    let stage = with_web(2, "good", &fit("good", &[A, B])).await;
    let ran = stage.run(&["verify", "good", "web"]).await;
    is_found(&stage, &ran, 0);
    for counts in ["good: 0 fail, 0 warn, 15 ok", "the run: 0 fail, 0 warn, 5 ok"] {
        assert!(ran.stdout.contains(counts), "{counts:?} is not in\n{}", ran.stdout);
    }
}

#[tokio::test]
async fn a_stopped_instance_fails_only_if_it_would_be_deployed() {
    let stage = with(3, "good", &fit("good", &[A, B, C])).await;
    stop(&stage, C);
    sleep(Duration::from_millis(50)).await;
    let level = async |args: &[&str], code| {
        let json = document(&stage, args, code).await;
        of_check(&json, "health")[0]["level"].clone()
    };
    assert_eq!(level(&["good"], 3).await, "fail");
    assert_eq!(level(&["good", "--exclude", C], 0).await, "warn");
}

#[tokio::test]
async fn a_reader_that_has_enough_is_no_error() {
    let stage = with(2, "good", &fit("good", &[A, B])).await;
    let line = format!("{{ {TOOL} verify good; echo ended with $? >&2; }} | true");
    let mut shell = stage.tool(&[]);
    let shell = {
        let envs: Vec<_> = shell.as_std().get_envs().map(owned).collect();
        shell = tokio::process::Command::new("sh");
        shell.env_clear().args(["-c", &line]).stdin(Stdio::null());
        for (key, value) in envs {
            if let Some(value) = value {
                shell.env(key, value);
            }
        }
        shell
    };
    let ran = Ran::of(shell).await;
    assert_eq!(ran.stderr, "ended with 0\n");
}

fn owned(
    (key, value): (&std::ffi::OsStr, Option<&std::ffi::OsStr>),
) -> (std::ffi::OsString, Option<std::ffi::OsString>) {
    (key.to_owned(), value.map(std::ffi::OsStr::to_owned))
}
