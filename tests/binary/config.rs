//! A service's options from a file: taken where nobody says otherwise, and refused with their place.

use std::fs;
use std::path::Path;

use crate::run::Ran;
use crate::stage::{A, B, Stage, bare};

/// What the tool says of this file in its working folder.
async fn ran(args: &[&str], file: &str) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("elb-deploy.toml"), file).unwrap();
    Ran::of(bare(folder.path(), args)).await
}

async fn refused(args: &[&str], file: &str, error: &str, hint: &str) {
    ran(args, file).await.is_refusal(2, error, hint);
}

/// Whose deploy command says who it is.
fn service(more: &str) -> String {
    let command = "command = ['sh', '-c', 'echo by the file', '{target}']";
    format!("[service.web]\ngroups = ['web']\n{command}\nsettle = '1s'\n{more}\n")
}

fn write(stage: &Stage, file: &str) {
    fs::write(stage.path("elb-deploy.toml"), file).unwrap();
}

#[tokio::test]
async fn a_service_is_rolled_by_its_name_alone_from_a_folder_below() {
    let stage = Stage::of(2).await;
    write(&stage, &service(&format!("exclude = ['{B}']")));
    fs::create_dir_all(stage.path("a/b")).unwrap();
    let mut tool = stage.tool(&["roll", "--service", "web"]);
    tool.current_dir(stage.path("a/b"));
    let ran = Ran::of(tool).await;
    ran.ended(0);
    ran.says(&format!("{A} | by the file"));
    ran.says("1 target done");
    assert_eq!(stage.recorded().1.header.plan.targets().count(), 1);
}

#[tokio::test]
async fn what_was_overruled_leaves_nothing_behind_that_could_be_wrong() {
    let stage = Stage::of(2).await;
    let rollback = "on-failure = 'rollback'\nrollback = 'true'";
    let ready = "ready = 'http://{target}.internal/'\nready-body = 'ok'\nready-status = '204'";
    write(
        &stage,
        &format!("[defaults]\nverify-timeout = '9s'\n{}", service(&format!("{rollback}\n{ready}"))),
    );
    let plan =
        async |args: &[&str]| stage.run(&[&["plan", "--service", "web"], args].concat()).await;
    for args in [&["--on-failure", "hold"][..], &["--ready-command", "true"]] {
        plan(args).await.ended(0);
    }
    write(&stage, &service("rollback = 'true'"));
    let hint = "add --on-failure rollback";
    plan(&[]).await.is_refusal(2, "--rollback is never run", hint);
    write(&stage, &service("ready-body = 'ok'\nverify-timeout = '9s'"));
    let ran = plan(&[]).await;
    ran.is_refusal(2, "--ready-body is about a question, and nothing is asked", "--ready URL");
    ran.is_refusal(2, "--verify-timeout limits a verification", "--verify");
}

#[tokio::test]
async fn a_flag_counts_more_than_a_variable_and_a_variable_more_than_the_file() {
    let stage = Stage::of(1).await;
    write(&stage, &format!("[defaults]\nbatch = '1%'\n{}", service("")));
    let asked = async |args: &[&str], variable: Option<&str>| {
        let mut tool = stage.tool(&[&["roll", "--service", "web"], args].concat());
        tool.envs(variable.map(|value| ("ELB_DEPLOY_BATCH", value)));
        Ran::of(tool).await
    };
    let refused = |ran: Ran, batch: &str| {
        ran.is_refusal(3, &format!("a batch of {batch} of 1 target"), "--batch 1");
    };
    refused(asked(&[], None).await, "1%");
    refused(asked(&[], Some("")).await, "1%");
    refused(asked(&[], Some("2%")).await, "2%");
    refused(asked(&["--batch", "3%"], Some("2%")).await, "3%");
    let log = asked(&["-v", "--min-healthy", "0", "--if-held-out=fail"], Some("2%")).await.stderr;
    for line in [
        "batch = 2%, from environment ELB_DEPLOY_BATCH",
        "settle = 1s, from elb-deploy.toml [service.web]",
        "min-healthy = 0, from command line",
    ] {
        assert!(log.contains(line), "{line:?} is missing in\n{log}");
    }
    assert_eq!(stage.mutating(), [""; 0]);
}

#[tokio::test]
async fn without_a_service_a_file_changes_nothing() {
    let file = "this is no TOML";
    let args = ["roll", "web", "--batch", "x", "--", "true"];
    let ran = ran(&args, file).await;
    ran.is_refusal(2, "--batch x: neither", "such as 25%");
    assert_eq!(ran.told("error: ").len(), 1, "{ran:#?}");
}

#[tokio::test]
async fn a_variable_names_the_service_and_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("other.toml");
    fs::write(&file, "[service.web]\nbatch = 'x'\n").unwrap();
    let asked = |service: &str| {
        let mut tool = bare(folder.path(), &["verify", "web"]);
        tool.env("ELB_DEPLOY_SERVICE", service).env("ELB_DEPLOY_CONFIG", &file);
        Ran::of(tool)
    };
    let place = format!("{} [service.web]: --batch x: neither", file.display());
    asked("web").await.is_refusal(2, &place, "such as 25%");
    asked("").await.is_refusal(2, "no region", "--region");
}

#[tokio::test]
async fn a_file_that_is_not_there_or_cannot_be_read_is_named() {
    let roll = ["roll", "--service", "web"];
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path().canonicalize().unwrap();
    let error = format!("there is no elb-deploy.toml in {} or above it", here.display());
    Ran::of(bare(folder.path(), &roll)).await.is_refusal(2, &error, "--config");
    fs::create_dir(folder.path().join("elb-deploy.toml")).unwrap();
    let ran = Ran::of(bare(folder.path(), &roll)).await;
    ran.is_refusal(2, "failed to read elb-deploy.toml: ", "--config");
    let named = ["roll", "--service", "web", "--config", "no-such-file"];
    let ran = Ran::of(bare(folder.path(), &named)).await;
    ran.is_refusal(2, "failed to read no-such-file: ", "--config");
    let alone = ["roll", "web", "--config", "no-such-file", "--", "true"];
    let ran = Ran::of(bare(folder.path(), &alone)).await;
    ran.is_refusal(2, "--config names a file, and no service", "--service");
}

#[tokio::test]
async fn what_is_wrong_in_a_file_is_told_with_its_place() {
    let roll = ["roll", "--service", "web"];
    let place = "elb-deploy.toml [service.web]";
    refused(
        &roll,
        "[service.web]\nbatch = 25%\n",
        "line 2, column 9: string values must be quoted",
        "quotes",
    )
    .await;
    refused(&roll, "[service.wbe]\n", "no service web in elb-deploy.toml", "mean wbe ?").await;
    let unknown = service("min_healthy = 1");
    refused(&roll, &unknown, &format!("{place}: unknown key min_healthy"), "mean min-healthy")
        .await;
    let fraction = service("batch = 0.5");
    refused(&roll, &fraction, &format!("{place}: batch is a number with"), "batch = \"").await;
    let later = service("deploy-timeout = '0s'");
    refused(&roll, &later, &format!("{place}: --deploy-timeout 0s: a limit"), "as 90s").await;
    let choice = service("slow-start = 'maybe'");
    refused(&roll, &choice, &format!("{place}: invalid value 'maybe'"), "--help").await;
    let program = "[service.web]\ngroups = 'web'\ncommand = ['./no-such']\n";
    refused(&roll, program, &format!("{place}: failed to start ./no-such: no"), "path").await;
    refused(&roll, "[service.web]\n", "not provided: <GROUP>", "groups and command below").await;
}

/// One table serves several verbs.
#[tokio::test]
async fn verify_and_drain_pass_over_what_only_a_roll_understands() {
    let stage = Stage::of(1).await;
    write(&stage, &service("deploy-timeout = '5m'\nwithin = '300s'\nreason = 'the pipeline'"));
    let ran = stage.run(&["verify", "--service", "web"]).await;
    assert!(ran.stdout.contains("taking out"), "{ran:#?}");
    let ran = stage.run(&["drain", "--service", "web", A]).await;
    ran.ended(3);
    ran.says(&format!("taking out {A} would leave 0"));
    let ran = stage.run(&["drain", "--service", "web", "--min-healthy", "0", A]).await;
    ran.ended(0);
    assert_eq!(stage.recorded().1.header.reason.as_deref(), Some("the pipeline"));
}

/// Nobody is there to be asked, so the first thing that is wrong is the command's path.
#[tokio::test]
async fn the_sample_makes_sense_to_a_roll() {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/elb-deploy.toml");
    let folder = tempfile::tempdir().unwrap();
    let args = ["roll", "--service", "web", "--config", sample.to_str().unwrap()];
    let ran = Ran::of(bare(folder.path(), &args)).await;
    ran.is_refusal(2, "[service.web]: failed to start ./deploy.sh: no such file", "path");
    assert_eq!(ran.told("error: ").len(), 1, "{ran:#?}");
}

#[tokio::test]
async fn what_only_the_file_says_of_the_account_is_in_the_commands_that_runs_prints() {
    let stage = Stage::of(2).await;
    let lab = stage.server.api();
    let endpoint = format!("endpoint-url = 'http://{lab}'\nregion = 'us-east-1'");
    write(&stage, &service(&endpoint).replace("echo by the file", "exit 7"));
    let typed = async |args: &[&str]| {
        let mut tool = bare(&stage.path(""), args);
        tool.env("AWS_ACCESS_KEY_ID", "lab").env("AWS_SECRET_ACCESS_KEY", "lab");
        Ran::of(tool).await
    };
    typed(&["roll", "--service", "web"]).await.ended(5);
    let list = typed(&["runs"]).await.stdout;
    let restore = list.lines().find_map(|line| line.split_once("put back: elb-deploy ")).unwrap().1;
    assert!(restore.contains(" --region us-east-1 --endpoint-url http://"), "{restore}");
    let words: Vec<_> = restore.split(' ').collect();
    typed(&words).await.ended(0);
    stage.until_in_service("web", &[A, B]).await;
}
