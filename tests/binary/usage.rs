//! A command line that makes no sense is refused with exit code 2 before anybody is asked.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::run::Ran;
use crate::stage::{A, Stage, bare};

/// Without region, credentials and endpoint: whoever asks the load balancer fails otherwise.
async fn refused(args: &[&str], error: &str, hint: &str) {
    let ran = ran(args).await;
    ran.is_refusal(2, error, hint);
}

async fn ran(args: &[&str]) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    Ran::of(bare(folder.path(), args)).await
}

#[tokio::test]
async fn a_missing_command_is_asked_for() {
    for args in [&["roll", "web"][..], &["roll", "web", "--"]] {
        refused(args, "not provided: <COMMAND>", "after --").await;
    }
    refused(&["roll", "web", "--", ""], "the command is empty", "after --").await;
}

#[tokio::test]
async fn a_missing_group_is_asked_for() {
    refused(&["roll", "--", "true"], "not provided: <GROUP>", "--help").await;
}

#[tokio::test]
async fn a_command_that_is_not_there_is_named() {
    refused(&["roll", "web", "--", "no-such-thing"], "start no-such-thing: no such", "PATH").await;
    refused(&["roll", "web", "--", "./deploy"], "start ./deploy: no such file", "path right").await;
}

#[tokio::test]
async fn a_command_that_cannot_be_executed_is_named() {
    let hint = "chmod +x /etc/passwd";
    refused(&["roll", "web", "--", "/etc/passwd"], "start /etc/passwd: not executable", hint).await;
    refused(&["roll", "web", "--", "/etc"], "start /etc: a folder", "name the program").await;
}

#[tokio::test]
async fn a_command_that_cannot_start_is_found_out_before_anything_is_changed() {
    let folder = tempfile::tempdir().unwrap();
    for (text, error, hint) in [
        ("echo deployed\n", "neither a program nor a script", "first line such as #!/bin/sh"),
        ("#!/no/such/sh\n", "names \"/no/such/sh\"", "interpreter installed"),
        ("#!/bin/sh\r\n", "names \"/bin/sh\\r\"", "line ends"),
    ] {
        let script = folder.path().join("deploy.sh");
        fs::write(&script, text).unwrap();
        fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
        refused(&["roll", "web", "--", script.to_str().unwrap()], error, hint).await;
    }
}

#[tokio::test]
async fn a_duration_that_makes_no_sense_is_refused() {
    let flags = ["--settle", "--drain-timeout", "--in-service-timeout", "--deploy-timeout"];
    for flag in flags {
        for text in ["soon", "10", "-5s", ""] {
            let args = ["roll", "web", &format!("{flag}={text}"), "--", "true"];
            refused(&args, &format!("{flag} {text}"), "such as 90s").await;
        }
    }
}

#[tokio::test]
async fn a_duration_of_more_than_a_day_is_refused() {
    let flags = ["--settle", "--drain-timeout", "--in-service-timeout", "--deploy-timeout"];
    for flag in flags {
        for text in ["25h", "500000000000y", "99999999999999999999y"] {
            let args = ["roll", "web", flag, text, "--", "true"];
            refused(&args, &format!("{flag} {text}: longer than 24h"), "24h at most").await;
        }
    }
    for flag in ["--timeout", "--slowness", "--duration"] {
        refused(&["lab", "load", flag, "25h"], "longer than 24h", "--help").await;
    }
    for flag in ["--boot-time", "--grace"] {
        refused(&["lab", "app", flag, "25h"], "longer than 24h", "--help").await;
    }
}

#[tokio::test]
async fn what_the_sample_service_cannot_be_is_refused() {
    for path in ["x", "/a b", "/a?b", "http://x/y"] {
        let args = ["lab", "app", "--health-path", path];
        refused(&args, &format!("'{path}' for '--health-path"), "--help").await;
    }
    let args = ["lab", "app", "--app-version", "a\nb"];
    refused(&args, r"'a\nb' for '--app-version <TEXT>': it cannot stand in a header", "--help")
        .await;
}

#[tokio::test]
async fn a_limit_of_nothing_is_refused() {
    for flag in ["--drain-timeout", "--in-service-timeout", "--deploy-timeout"] {
        let args = ["roll", "web", flag, "0s", "--", "true"];
        refused(&args, &format!("{flag} 0s: "), "such as 90s").await;
    }
}

#[tokio::test]
async fn a_share_that_makes_no_sense_is_refused() {
    for flag in ["--batch", "--min-healthy"] {
        for text in ["150%", "-1", "abc", "1.5", "%"] {
            let args = ["roll", "web", flag, text, "--", "true"];
            refused(&args, &format!("{flag} {text}: neither"), "such as 25%").await;
        }
        let args = ["roll", "web", flag, "", "--", "true"];
        refused(&args, &format!("{flag} is empty"), "such as 25%").await;
    }
}

#[tokio::test]
async fn what_was_typed_cannot_break_or_colour_or_turn_a_line() {
    let typed = "x\u{1b}[31m\u{202e}\n\nerror: y";
    let shown = r"x\u{1b}[31m\u{202e}\n\nerror: y";
    let flag = format!("--{typed}");
    for args in [
        &["roll", "web", "--settle", typed, "--", "true"][..],
        &["roll", "web", "--batch", typed, "--", "true"],
        &["roll", "web", "--progress", typed, "--", "true"],
        &["roll", "web", "--", typed],
        &["roll", "web", &flag, "--", "true"],
        &[typed],
        &["lab", "load", "--timeout", typed],
        &["lab", "serve", "--fleet", typed],
    ] {
        let ran = ran(args).await;
        ran.ended(2);
        assert_eq!(ran.told("error: ").len(), 1, "{ran:#?}");
        assert!(ran.told("error: ")[0].contains(shown), "{ran:#?}");
        let is_raw = |sign: char| sign != '\n' && (sign.is_control() || sign == '\u{202e}');
        assert!(!ran.stderr.contains(is_raw), "{ran:#?}");
    }
}

#[tokio::test]
async fn every_mistake_is_told_at_once() {
    let args = ["roll", "web", "--batch", "150%", "--settle", "soon", "--drain-timeout", "0s"];
    let ran = ran(&[&args[..], &["--", "no-such-thing"]].concat()).await;
    ran.is_refusal(2, "--batch 150%", "25%");
    ran.is_refusal(2, "--settle soon", "90s");
    ran.is_refusal(2, "--drain-timeout 0s", "90s");
    ran.is_refusal(2, "start no-such-thing", "PATH");
    assert_eq!(ran.told("error: ").len(), 4, "{ran:#?}");
    assert_eq!(ran.told("hint: ").len(), 3, "each hint once: {ran:#?}");
}

#[tokio::test]
async fn a_slip_in_a_flag_or_verb_is_answered_with_the_right_one() {
    refused(&["roll", "web", "--settel", "1s", "--", "true"], "'--settel'", "'--settle'").await;
    refused(&["rol", "web"], "'rol'", "'roll'").await;
}

/// All variables that options can be given by, as the source names them.
fn variables() -> Vec<String> {
    let mut found = vec![];
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = fs::read_to_string(path).unwrap();
            let named = text.split("env = \"").skip(1).filter_map(|rest| rest.split('"').next());
            found.extend(named.map(str::to_owned));
        }
    }
    found
}

#[tokio::test]
async fn a_variable_that_is_empty_counts_as_not_set() {
    let variables = variables();
    assert!(variables.len() > 20, "{variables:?}");
    let set_to_nothing = |stage: &Stage, args: &[&str]| {
        let mut tool = stage.tool(args);
        let set = variables.iter().filter(|name| !name.contains("ENDPOINT_URL"));
        tool.envs(set.map(|name| (name, ""))).env("ELB_DEPLOY_STATE_DIR", stage.state());
        tool
    };
    let stage = Stage::of(1).await;
    let args = ["roll", "web", "--exclude", A, "--", "true"];
    let ran = Ran::of(set_to_nothing(&stage, &args)).await;
    ran.is_refusal(3, "every target is excluded", "--exclude");
    for verb in ["load", "app", "serve"] {
        let args = [&["lab", verb][..], if verb == "serve" { &["--print-fleet"] } else { &[] }];
        let mut tool = set_to_nothing(&stage, &args.concat());
        match verb {
            "load" => tool.env("ELB_DEPLOY_LOAD_TO", "192.0.2.1:80"),
            "app" => tool.env("ELB_DEPLOY_APP_LISTEN", "192.0.2.1:80"),
            _ => &mut tool,
        };
        let ran = Ran::of(tool).await;
        let is_good = ran.stderr.is_empty() || ran.stderr.contains("loopback");
        assert!(is_good, "{verb}: {ran:#?}");
    }
}

#[tokio::test]
async fn an_empty_item_of_a_list_counts_as_none() {
    let stage = Stage::of(1).await;
    for list in [format!("{A},"), format!(",{A}"), format!("{A},,{A}")] {
        let mut tool = stage.tool(&["roll", "web", "--", "true"]);
        tool.env("ELB_DEPLOY_EXCLUDE", &list).env("ELB_DEPLOY_TARGETS", "");
        Ran::of(tool).await.is_refusal(3, "every target is excluded", "--exclude");
        let ran = stage.roll(&["--exclude", &list], &["true"]).await;
        ran.is_refusal(3, "every target is excluded", "--exclude");
    }
}

#[tokio::test]
async fn a_list_of_nothing_does_not_mean_everything() {
    for flag in ["--target", "--exclude"] {
        for list in ["", ",", ",,"] {
            for also in [&[][..], &[flag, "i-0000000a"]] {
                let args = [&["roll", "web", flag, list], also, &["--", "true"]].concat();
                refused(&args, &format!("required for '{flag} <ID>'"), "--help").await;
            }
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let mut tool = bare(folder.path(), &["roll", "web", "--", "true"]);
    tool.env("ELB_DEPLOY_TARGETS", ",");
    Ran::of(tool).await.is_refusal(2, "required for '--target <ID>'", "--help");
}

#[tokio::test]
async fn an_option_that_is_given_needs_a_value() {
    for flag in ["--region", "--profile", "--endpoint-url", "--state-dir"] {
        let args = ["roll", "web", flag, "", "--", "true"];
        refused(&args, &format!("required for '{flag} <"), "--help").await;
    }
}

#[tokio::test]
async fn a_region_is_needed() {
    refused(&["roll", "web", "--", "true"], "no region", "--region").await;
}

#[tokio::test]
async fn nobody_is_asked_before_the_command_line_makes_sense() {
    let stage = Stage::of(0).await;
    stage.roll(&["--batch", "abc"], &["true"]).await.ended(2);
    stage.roll(&[], &["no-such-thing"]).await.ended(2);
    assert_eq!(stage.server.lab().with_calls(|calls| calls.clone()), Default::default());
    assert!(!stage.state().exists());
}
