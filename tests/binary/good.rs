//! Runs in which everything goes well: done, everyone where they were, and all of it on record.

use std::collections::BTreeSet;
use std::fs;

use elb_deploy::journal;
use elb_deploy::rollout::{Act, Fact};
use serde_json::Value;

use crate::run::TYPED;
use crate::stage::{A, B, Stage};

#[tokio::test]
async fn processes_are_replaced_one_by_one_and_come_back_where_they_were() {
    let stage = Stage::of(2).await;
    let before = stage.registrations("web");
    let ran = stage.roll(&[], &stage.replace(&["--app-version", "v2"])).await;
    ran.ended(0);
    assert_eq!(stage.registrations("web"), before);
    stage.until_in_service("web", &[A, B]).await;
    for id in [A, B] {
        assert_eq!(stage.version(id, 8080).await, "v2");
        ran.says(&format!("{id} | replaced "));
    }
    assert_eq!(stage.mutating(), ["DeregisterTargets", "RegisterTargets"]);
    ran.says("2 targets done in ");
    assert_eq!(ran.stdout, "", "standard output is for data");
}

#[tokio::test]
async fn a_target_goes_out_of_all_its_groups_and_back_with_each_its_port() {
    let stage = Stage::with(2, &[("web", 8080), ("api", 9090)], "").await;
    let groups = |stage: &Stage| ["web", "api"].map(|group| stage.registrations(group));
    let before = groups(&stage);
    let command = ["sh", "-c", "echo $ELB_DEPLOY_GROUPS $ELB_DEPLOY_PORT $ELB_DEPLOY_PORTS"];
    let args = ["roll", "web", "api", "--settle", "1s", "--target", B, "--"];
    let ran = stage.run(&[&args[..], &command].concat()).await;
    ran.ended(0);
    ran.says(&format!("{B} | web,api 8080 8080,9090\n"));
    assert_eq!(groups(&stage), before);
    assert_eq!(before[1][1], (B.to_owned(), 9090, Some("lab-1b".to_owned())));
    let (_, recorded) = stage.recorded();
    let target = recorded.header.plan.targets().next().unwrap();
    assert_eq!(target.old.iter().map(|place| place.port).collect::<Vec<_>>(), [8080, 9090]);
}

#[tokio::test]
async fn the_command_is_told_everything_of_its_target_and_has_no_input() {
    let stage = Stage::of(2).await;
    let print = r#"echo "$@"; env | grep ^ELB_DEPLOY_; cat; echo nothing to read"#;
    let command = ["sh", "-c", print, "deploy", "to={target}:{port}", "{other}"];
    let ran = stage.roll(&["--target", A], &command).await;
    ran.ended(0);
    let (folder, recorded) = stage.recorded();
    let run = recorded.header.run;
    let arn = recorded.header.plan.groups[0].arn.clone();
    let wanted = [
        format!("to={A}:8080 {{other}}"),
        format!("ELB_DEPLOY_TARGET={A}"),
        "ELB_DEPLOY_PORT=8080".to_owned(),
        "ELB_DEPLOY_PORTS=8080".to_owned(),
        "ELB_DEPLOY_ZONE=lab-1a".to_owned(),
        "ELB_DEPLOY_GROUPS=web".to_owned(),
        format!("ELB_DEPLOY_GROUP_ARNS={arn}"),
        format!("ELB_DEPLOY_RUN={run}"),
        "nothing to read".to_owned(),
    ];
    let whole = fs::read_to_string(folder.output().join(format!("{A}.log"))).unwrap();
    assert!(!whole.contains(TYPED), "{whole}");
    let printed: Vec<_> = whole.lines().collect();
    for line in &wanted {
        assert!(printed.contains(&line.as_str()), "{line:?} is missing in {printed:#?}");
    }
    assert_eq!(ran.told(&format!("{A} | ")), printed, "shown as it was kept");
}

#[tokio::test]
async fn the_journal_says_who_did_what_when_and_how_each_step_went() {
    let stage = Stage::of(2).await;
    stage.roll(&[], &["true"]).await.ended(0);
    let (_, recorded) = stage.recorded();
    let header = recorded.header;
    assert_eq!((header.format, header.user.as_str()), (journal::FORMAT, "tester"));
    assert_eq!(header.tool, env!("CARGO_PKG_VERSION"));
    let acts =
        [Act::Deregister, Act::AwaitDrained, Act::Deploy, Act::Register, Act::AwaitInService];
    let told: Vec<_> = recorded.facts.iter().map(|dated| told(&dated.fact)).collect();
    let twice = |act| [("started", act), ("finished", act)];
    let each: Vec<_> = acts.into_iter().flat_map(twice).collect();
    let of = |id: &str| each.iter().map(|(verb, act)| (id.to_owned(), *verb, *act)).collect();
    let expected: [Vec<_>; 2] = [A, B].map(of);
    assert_eq!(told, expected.concat());
    assert!(recorded.facts.is_sorted_by_key(|dated| dated.at));
}

fn told(fact: &Fact) -> (String, &'static str, Act) {
    match fact {
        Fact::Started { target, step } => (target.to_string(), "started", step.act),
        Fact::Finished { target, step, .. } => (target.to_string(), "finished", step.act),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn ndjson_on_stdout_is_whole_and_without_gaps() {
    let stage = Stage::of(2).await;
    let options = ["--progress", "ndjson", "--target", A];
    let ran = stage.roll(&options, &["echo", "hello"]).await;
    ran.ended(0);
    assert_eq!(ran.stderr, "");
    let parse = |line: &str| serde_json::from_str::<Value>(line).unwrap();
    let objects: Vec<_> = ran.stdout.lines().map(parse).collect();
    for (index, object) in objects.iter().enumerate() {
        assert_eq!(object["n"], index + 1, "{object}");
        assert!(object["at"].is_u64(), "{object}");
    }
    let events: BTreeSet<_> = objects.iter().map(|it| it["event"].as_str().unwrap()).collect();
    assert_eq!(
        events.into_iter().collect::<Vec<_>>(),
        ["begun", "ended", "fact", "output", "waiting"]
    );
    let (_, recorded) = stage.recorded();
    let facts = objects.iter().filter(|object| object["event"] == "fact").count();
    assert_eq!(facts, recorded.facts.len());
    assert_eq!(objects[0]["run"], recorded.header.run.to_string());
}
