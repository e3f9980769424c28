//! What changes while a drain waits for its turn, and what somebody else takes out at the same
//! time: decided on what is so then, and told.

use elb_deploy::lab::model::TargetSpec;
use rustix::process::Signal;

use crate::run::{Ran, Running};
use crate::stage::{A, B, C, Stage, group};

/// A stage whose targets are in `web`, and in `api` those that are named.
async fn two_groups(targets: usize, in_api: &[&str]) -> Stage {
    Stage::with(targets, &[("web", 8080)], &group("api", 8081, in_api)).await
}

/// A drain that waits for the lock on `web`, which a roll of [`B`] holds.
struct Waiting {
    roll: Running,
    drain: Running,
}

impl Waiting {
    async fn of(stage: &Stage, drain: &[&str]) -> Self {
        let roll = stage.deploying(&["--target", B]).await;
        let wait = ["--settle", "1s", "--min-healthy", "0", "--lock-wait", "60s"];
        let mut drain = Running::start(stage.tool(&[&["drain"], drain, &wait].concat()));
        drain.until("waiting up to 1m to lock group web").await;
        Self { roll, drain }
    }

    async fn go(self, stage: &Stage) -> Ran {
        stage.go();
        self.roll.end().await.ended(0);
        self.drain.end().await
    }
}

fn register(stage: &Stage, group: &str, id: &str) {
    stage.server.lab().with_model(|model, now| {
        let arn = model.group_named(group).unwrap().arn.clone();
        model.register(now, &arn, &[TargetSpec::id(id)]).unwrap();
    });
}

#[tokio::test]
async fn a_target_that_goes_while_a_drain_waits_is_told_and_no_run_is_begun() {
    for (strict, code) in [(&[][..], 0), (&["--strict"], 3)] {
        let stage = Stage::of(2).await;
        let waiting = Waiting::of(&stage, &[&[A], strict].concat()).await;
        stage.take_out("web", A, 8080).await;
        let ran = waiting.go(&stage).await;
        ran.ended(code);
        ran.says(&format!("{A}: registered in no group that was looked at"));
        assert_eq!(stage.runs().len(), 1, "the roll's alone: {}", ran.stderr);
    }
}

#[tokio::test]
async fn of_two_targets_the_one_that_stays_is_drained() {
    let stage = Stage::of(3).await;
    let waiting = Waiting::of(&stage, &[A, C]).await;
    stage.take_out("web", C, 8080).await;
    let ran = waiting.go(&stage).await;
    ran.ended(0);
    ran.says(&format!("{C}: registered in no group that was looked at, so there is nothing"));
    stage.until_in_service("web", &[B]).await;
    stage.run(&["restore"]).await.ended(0);
    stage.until_in_service("web", &[A, B]).await;
}

#[tokio::test]
async fn a_target_that_comes_into_another_group_while_a_drain_waits_is_drained_there_too() {
    let stage = two_groups(2, &[]).await;
    let waiting = Waiting::of(&stage, &[A]).await;
    register(&stage, "api", A);
    let before = stage.registrations("api");
    let ran = waiting.go(&stage).await;
    ran.ended(0);
    assert_eq!(stage.registrations("api"), []);
    assert_eq!(stage.registrations("web").len(), 1);
    ran.says(&format!("{A}:8081 in api"));
    stage.run(&["restore"]).await.ended(0);
    assert_eq!(stage.registrations("api"), before);
    stage.until_in_service("web", &[A, B]).await;
}

#[tokio::test]
async fn a_run_that_began_with_the_target_while_a_drain_waits_is_waited_for_as_well() {
    let stage = two_groups(2, &[]).await;
    let waiting = Waiting::of(&stage, &[A]).await;
    register(&stage, "api", A);
    let other = ["drain", A, "--group", "api", "--settle", "4s", "--min-healthy", "0"];
    let mut other = Running::start(stage.tool(&other));
    other.until("await drained     started").await;
    let ran = waiting.go(&stage).await;
    ran.ended(0);
    ran.says(&format!("works on {A}: drain {A}"));
    ran.says("out already by run ");
    other.end().await.ended(0);
    assert_eq!(groups_of_last_run(&stage), ["web"], "the other one holds it out of the other");
}

/// By when it began: who waits is named before those that it waits for.
fn groups_of_last_run(stage: &Stage) -> Vec<String> {
    let runs = stage.runs().into_iter();
    let headers = runs.map(|(_, run)| elb_deploy::journal::read(&run.journal()).unwrap().header);
    let last = headers.max_by_key(|header| header.at).unwrap();
    last.plan.groups.into_iter().map(|group| group.name).collect()
}

#[tokio::test]
async fn a_group_that_a_target_has_left_meanwhile_is_left_alone() {
    let stage = two_groups(2, &[A]).await;
    let waiting = Waiting::of(&stage, &[A]).await;
    stage.take_out("api", A, 8081).await;
    waiting.go(&stage).await.ended(0);
    assert_eq!(groups_of_last_run(&stage), ["web"]);
}

#[tokio::test]
async fn what_somebody_else_takes_out_is_taken_along_and_told_once_with_a_way_to_forget_it() {
    let slow = group("slow", 8082, &[A]).replace("'1'", "'5'");
    let stage = Stage::with(2, &[("web", 8080)], &slow).await;
    stage.server.lab().with_model(|model, now| {
        let arn = model.group_named("slow").unwrap().arn.clone();
        model.deregister(now, &arn, &[TargetSpec::id(A).port(8082)]).unwrap();
    });
    let ran = stage.run(&["drain", A, "--settle", "1s"]).await;
    ran.ended(0);
    ran.says(&format!("draining already, taken out by somebody else: {A}:8082 in slow; "));
    let notes: Vec<_> = ran.stderr.lines().filter(|it| it.contains("draining already")).collect();
    let [note] = notes[..] else { panic!("once: {}", ran.stderr) };
    assert!(note.contains("restore will put it back; if it is being removed for good, "), "{note}");
    let (_, forget) = note.split_once("after this drain: elb-deploy ").unwrap();
    stage.run(&forget.split(' ').collect::<Vec<_>>()).await.ended(0);
    stage.run(&["restore"]).await.ended(0);
    assert_eq!(stage.registrations("slow"), [], "it is left to whoever took it out");
    stage.until_in_service("web", &[A, B]).await;
}

#[tokio::test]
async fn where_another_port_of_the_group_has_to_come_back_forgetting_it_is_not_offered() {
    let ports = format!("targets = [{{ id = '{A}', port = 8080 }}, ");
    let slow = group("slow", 8082, &[A]).replace("targets = [", &ports).replace("'1'", "'5'");
    let stage = Stage::with(2, &[("web", 8080)], &slow).await;
    stage.server.lab().with_model(|model, now| {
        let arn = model.group_named("slow").unwrap().arn.clone();
        model.deregister(now, &arn, &[TargetSpec::id(A).port(8082)]).unwrap();
    });
    let ran = stage.run(&["drain", A, "--settle", "1s", "--min-healthy", "0"]).await;
    ran.ended(0);
    ran.says(&format!("draining already, taken out by somebody else: {A}:8082 in slow; "));
    ran.says("then after the restore: aws elbv2 deregister-targets --region us-east-1 ");
    ran.says(&format!("--targets Id={A},Port=8082\n"));
    assert!(!ran.stderr.contains("runs forget"), "{}", ran.stderr);
}

#[tokio::test]
async fn what_a_run_of_this_machine_takes_out_is_not_somebody_elses() {
    let slow = group("web", 8080, &[A, B]).replace("'1'", "'5'");
    let stage = Stage::with(2, &[("api", 8081)], &slow).await;
    let args = ["drain", A, "--group", "web", "--settle", "1s", "--min-healthy", "0"];
    let mut first = Running::start(stage.tool(&args));
    first.until("await drained     started").await;
    first.kill().await;
    stage.until_let_go().await;
    let again = stage.run(&args).await;
    again.ended(0);
    assert!(!again.stderr.contains("draining already"), "{}", again.stderr);
}

#[tokio::test]
async fn a_target_that_somebody_puts_in_on_another_port_meanwhile_is_not_drained() {
    let stage = Stage::of(2).await;
    let mut drain = Running::start(stage.tool(&["drain", A, "--settle", "3s"]));
    drain.until("await drained     started").await;
    stage.put_in("web", A, 8081);
    let ran = drain.end().await;
    ran.ended(5);
    ran.says(&format!("{A}:8081 in web"));
}

#[tokio::test]
async fn a_drain_that_is_stopped_while_it_holds_for_others_takes_nobody_out() {
    let stage = Stage::of(2).await;
    let mut drain = Running::start(stage.tool(&["drain", A, "--settle", "1s"]));
    drain.until("deregister").await;
    drain.kill().await;
    stage.until_let_go().await;
    stage.put_back("web", A, 8080).await;
    stage.take_out("web", B, 8080).await;
    let calls = stage.mutating().len();
    let mut resumed = Running::start(stage.tool(&["resume"]));
    resumed.until("holding").await;
    resumed.signal(Signal::TERM);
    let ran = resumed.end().await;
    ran.says("the run takes nothing more out");
    assert_eq!(stage.mutating().len(), calls);
    assert_eq!(stage.registrations("web").len(), 1);
    assert!(matches!(ran.code, 143 | 5), "{ran:#?}");
}
