//! Nothing secret is in what a run prints, logs or leaves behind, however much is logged: credentials
//! are planted, every verb is run, and everything is searched.

use std::fs;
use std::path::Path;

use regex_lite::Regex;
use serde_json::Value;
use tokio::process::Command;

use crate::flip::Site;
use crate::run::Ran;
use crate::stage::A;

/// Variables of the tool and of every command that it runs, with values that nothing else has.
const PLANTED: [(&str, &str); 4] = [
    ("AWS_ACCESS_KEY_ID", "AKIAPLANTEDKEY000000"),
    ("AWS_SECRET_ACCESS_KEY", "planted/secret+access/key"),
    ("AWS_SESSION_TOKEN", "planted-session-token"),
    ("DATABASE_URL", "postgres://planted-variable"),
];
/// Who logs in at a URL.
const USER: &str = "planted-user";
const PASSWORD: &str = "planted-password";
/// How a request is signed, and what a session of the lab's metadata service looks like.
const FORMS: [&str; 3] = ["AWS4-HMAC-SHA256", "Signature=", "[0-9a-f]{32}=="];

/// What was said and left, by where it was found.
#[derive(Debug, Default)]
struct Everything(Vec<(String, String)>);

impl Everything {
    fn add_files(&mut self, folder: &Path) {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            match path.is_dir() {
                true => self.add_files(&path),
                false => {
                    let bytes = fs::read(&path).unwrap();
                    let text = String::from_utf8_lossy(&bytes).into_owned();
                    self.0.push((path.display().to_string(), text));
                }
            }
        }
    }

    /// By the first process whose words and exit code have this in them.
    #[track_caller]
    fn said_by(&self, words: &str) -> &str {
        let found = self.0.iter().find(|(place, _)| place.contains(words));
        found.map(|(_, said)| said.as_str()).unwrap_or_else(|| panic!("no {words} in {self:#?}"))
    }

    #[track_caller]
    fn has_no_secret(&self) {
        let values = PLANTED.iter().map(|(_, value)| *value).chain([USER, PASSWORD]);
        let values = values.map(regex_lite::escape).chain(FORMS.map(str::to_owned));
        for pattern in values {
            let secret = Regex::new(&pattern).unwrap();
            for (place, text) in &self.0 {
                let found = text.lines().find(|line| secret.is_match(line));
                assert_eq!(found, None, "{pattern} is in {place}");
            }
        }
    }
}

fn endpoint(site: &Site) -> String {
    format!("http://{USER}:{PASSWORD}@{}", site.stage.server.api())
}

/// Every verb, as often as it takes to see it succeed, fail and be refused.
fn verbs(site: &Site, format: &str) -> Vec<Command> {
    let on = |args: &[&str]| site.stage.on(A, &[&["-vv", "--log-format", format], args].concat());
    let url = format!("http://{USER}:{PASSWORD}@{{target}}:{{port}}/health");
    let file =
        format!("[service.web]\nverify-url = \"{url}\"\nendpoint-url = \"{}\"\n", endpoint(site));
    fs::write(site.stage.path("elb-deploy.toml"), file).unwrap();
    let roll = ["roll", "web", "--settle", "1s", "--min-healthy", "0"];
    let rolling = |more: &[&str]| on(&[&roll, more].concat());
    let hooks = ["--before-batch", "env >/dev/null", "--on-finish", "true"];
    let host = fs::read_to_string(site.stage.path(&format!("{A}.address"))).unwrap();
    let ready = format!("http://{host}:{{port}}/health");
    let gates = ["--ready", &ready, "--verify", "test -n \"$DATABASE_URL\""];
    vec![
        on(&["status", "web"]),
        on(&["status", "web", "--format", "json"]),
        on(&["plan", "web", "--min-healthy", "0", "--", "true"]),
        on(&["verify", "web"]),
        rolling(&[&hooks[..], &gates, &["--progress", "ndjson", "--", "true"]].concat()),
        rolling(&["--", "sh", "-c", "exit 7"]),
        on(&["resume"]),
        on(&["restore", "--self"]),
        on(&["wait", "in-service", "web", A]),
        on(&["drain", "--self", "--settle", "1s", "--min-healthy", "0"]),
        on(&["restore", "--self"]),
        site.flipping(&["-vv"], &["--app-version", "v2"]),
        site.flipping(&["--ready", &url], &[]),
        rolling(&["--ready", &url, "--", "true"]),
        rolling(&["--verify-url", &url, "--", "true"]),
        on(&["roll", "--service", "web", "web", "--", "true"]),
        on(&["plan", "--service", "web", "web", "--", "true"]),
        on(&["status", "web", "--endpoint-url", &endpoint(site)]),
        on(&["status", "no-such-group"]),
        on(&["runs"]),
        on(&["runs", "--format", "json"]),
        on(&["runs", "forget", A]),
        on(&["lab", "serve", "--print-fleet"]),
        on(&["completions", "bash"]),
        on(&["man", "roll"]),
    ]
}

async fn everything(format: &str) -> Everything {
    let site = Site::serving("v1").await;
    let mut found = Everything::default();
    for mut command in verbs(&site, format) {
        command.envs(PLANTED).env("ELB_DEPLOY_LOG_FORMAT", format);
        found.0.push(said(command).await);
    }
    // Whoever asks for the traces of other crates does not get whole requests either.
    let mut command =
        site.stage.on(A, &["drain", "--self", "--settle", "1s", "--min-healthy", "0"]);
    command.envs(PLANTED).env("ELB_DEPLOY_LOG", "trace").env("ELB_DEPLOY_LOG_FORMAT", format);
    found.0.push(said(command).await);
    found.add_files(&site.stage.state());
    found.add_files(&site.stage.path("home"));
    found
}

async fn said(command: Command) -> (String, String) {
    let words: Vec<_> = command.as_std().get_args().map(|word| word.to_string_lossy()).collect();
    let words = words.join(" ");
    let Ran { code, stdout, stderr } = Ran::of(command).await;
    (format!("{words} ({code})"), stdout + &stderr)
}

#[tokio::test]
async fn nothing_secret_is_in_what_any_verb_prints_or_leaves_behind_with_a_log_as_text() {
    let found = everything("text").await;
    found.has_no_secret();
    let log = found.said_by("ndjson -- true (0)");
    for told in [
        "operation=\"DeregisterTargets\" groups=\"web\" targets=\"i-0000000a\" attempt=1",
        "outcome=\"done\" request_id=\"",
        "begins the journal path=",
        "locked path=",
        "runs a command program=\"true\" target=\"i-0000000a\"",
        "the command ended with exit status: 0 program=\"the verify command\"",
    ] {
        assert!(log.contains(told), "{told} is missing in\n{log}");
    }
    let refused = found.said_by("status no-such-group");
    assert!(refused.contains("outcome=\"HTTP 400 TargetGroupNotFound\""), "{refused}");
    let error = refused.lines().find(|line| line.starts_with("error: ")).unwrap();
    assert!(Regex::new(r"\(request [0-9a-f-]{36}\)").unwrap().is_match(error), "{error}");
}

#[tokio::test]
async fn nothing_secret_is_in_what_any_verb_prints_or_leaves_behind_with_a_log_as_json() {
    let found = everything("json").await;
    found.has_no_secret();
    let log = found.said_by("status web (0)");
    let lines: Vec<Value> = log
        .lines()
        .filter(|line| line.starts_with("{\"at\":"))
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let is_look = |line: &&Value| line["fields"]["operation"] == "DescribeTargetHealth";
    let look = lines.iter().find(is_look).unwrap_or_else(|| panic!("{log}"));
    assert_eq!(look["level"], "debug");
    assert_eq!(look["module"], "elb_deploy::balancer::elb::told");
    assert_eq!(look["message"], "call");
    assert_eq!(look["fields"]["groups"], "web");
    assert_eq!(look["fields"]["outcome"], "done");
    assert!(look["fields"]["took_ms"].is_u64() && look["at"].is_u64(), "{look}");
}
