use super::*;
use crate::journal::RunId;
use crate::journal::sample::{self, at, failed, undisturbed};
use crate::report::Access;
use crate::rollout::{
    self, Dated, Fact, OnFailure, Plan, Rollout, Step, Strategy, Target, TargetId,
};

fn text(batches: &[&[&str]], facts: &[Dated]) -> String {
    let rollout = Rollout::recover(sample::plan(batches), sample::NOON, facts).unwrap();
    closing(&Summary::of(&rollout, sample::NOON, facts), Paint::Plain)
}

fn with_output(mut dated: Dated) -> Dated {
    if let Fact::Failed { failure, .. } = &mut dated.fact {
        failure.last_lines =
            ["unpacking", "\x1b[31mno space left\x1b[0m"].map(str::to_owned).into();
    }
    dated
}

#[test]
fn a_run_that_went_well_ends_with_its_time_against_the_least_possible() {
    let facts = [undisturbed(0.0, "i-0abc"), undisturbed(28.2, "i-0d")].concat();
    insta::assert_snapshot!("done", text(&[&["i-0abc"], &["i-0d"]], &facts));
}

#[test]
fn a_halted_run_says_what_is_out_and_how_to_put_it_right() {
    let mut facts = [undisturbed(0.0, "i-0a"), undisturbed(30.0, "i-0b")[..5].to_vec()].concat();
    facts.push(with_output(failed(60.0, "i-0b", Act::Deploy, true)));
    insta::assert_snapshot!("halted", text(&[&["i-0a"], &["i-0b"], &["i-0c", "i-0d"]], &facts));
}

fn undoing(mut dated: Dated) -> Dated {
    if let Fact::Started { step, .. } | Fact::Finished { step, .. } = &mut dated.fact {
        *step = Step { undo: true, ..Step::new(step.act) };
    }
    dated
}

#[test]
fn what_was_put_back_is_not_said_to_have_failed_at_that() {
    let mut facts = undisturbed(0.0, "i-0a")[..5].to_vec();
    facts.push(failed(30.0, "i-0a", Act::Deploy, true));
    let back = &undisturbed(10.0, "i-0a")[6..];
    facts.extend(back.iter().cloned().map(undoing));
    let mut plan = sample::plan(&[&["i-0a"], &["i-0b"]]);
    plan.policy.on_failure = OnFailure::Return;
    let rollout = Rollout::recover(plan, sample::NOON, &facts).unwrap();
    let said = closing(&Summary::of(&rollout, sample::NOON, &facts), Paint::Plain);
    assert!(said.contains("put back: deploy had failed"), "{said}");
    assert!(!said.contains("out of service now"), "{said}");
}

#[test]
fn only_what_has_failed_has_to_work_before_it_is_put_back() {
    let mut facts = undisturbed(0.0, "i-0a")[..3].to_vec();
    facts.push(failed(30.0, "i-0a", Act::AwaitDrained, true));
    let said = text(&[&["i-0a"]], &facts);
    assert!(said.contains("\nput it back with:"), "{said}");
    let mut facts = undisturbed(0.0, "i-0a")[..5].to_vec();
    facts.push(failed(30.0, "i-0a", Act::Deploy, true));
    let said = text(&[&["i-0a"]], &facts);
    assert!(said.contains("\nonce it works, put it back with:"), "{said}");
}

#[test]
fn what_no_journal_remembers_is_put_back_without_one() {
    let facts = undisturbed(0.0, "i-0a")[..5].to_vec();
    let rollout = Rollout::recover(sample::plan(&[&["i-0a"]]), sample::NOON, &facts).unwrap();
    let summary = Summary::of(&rollout, sample::NOON, &facts).forgotten(true);
    let said = closing(&summary, Paint::Plain);
    assert!(said.contains("put it back with:\n  aws elbv2 register-targets "), "{said}");
    assert!(said.contains("--targets Id=i-0a,Port=8080"), "{said}");
    assert!(!said.contains("elb-deploy restore"), "{said}");
}

#[test]
fn a_run_that_halted_with_everything_in_service_asks_for_nothing() {
    let facts = [
        sample::started(0.0, "i-0a", Act::Deregister),
        failed(1.0, "i-0a", Act::Deregister, false),
    ];
    let said = text(&[&["i-0a"], &["i-0b"]], &facts);
    assert!(said.contains("left as it is: deregister failed"), "{said}");
    assert!(!said.contains("out of service") && !said.contains("aws elbv2"), "{said}");
}

/// A flip from port 8081 to port 8082 in which a step fails, and how it ends. A stop fails because what is to follow has left service.
fn flipped(on_failure: OnFailure, old: &[u16], fails: Act) -> String {
    let place = |port| sample::place("web", "i-0a", port);
    let id = TargetId::new("i-0a");
    let old = old.iter().copied().map(place).collect();
    let batches = vec![vec![Target { id: id.clone(), old, new: vec![place(8082)] }]];
    let mut plan = Plan { strategy: Strategy::Flip, batches, ..sample::plan(&[&["i-0a"]]) };
    plan.policy.on_failure = on_failure;
    plan.policy.gates.bake = std::time::Duration::from_secs(60);
    let mut rollout = Rollout::new(plan, sample::NOON);
    let mut facts = Vec::new();
    while let Some(step) =
        rollout.progress(&id).filter(|at| !at.is_at_rest()).and_then(rollout::Progress::step)
    {
        let target = || id.clone();
        let left_service = fails == Act::Stop;
        let failure = rollout::Failure {
            left_service,
            ..rollout::Failure::new("it left service", None, true)
        };
        let ended = match step.act {
            act if act == fails => Fact::Failed { target: target(), step, failure },
            _ => Fact::Finished { target: target(), step, waited: None },
        };
        for fact in [Fact::Started { target: target(), step }, ended] {
            let dated = Dated { at: at(1.0), fact };
            rollout.apply(&dated).unwrap();
            facts.push(dated);
        }
    }
    closing(&Summary::of(&rollout, sample::NOON, &facts), Paint::Plain)
}

#[test]
fn a_flip_that_failed_says_what_became_of_its_new_release() {
    let said = flipped(OnFailure::Rollback, &[8081], Act::Bake);
    assert!(said.contains("not flipped: bake failed"), "{said}");
    assert!(said.contains("0 of 1 done, 1 not flipped"), "{said}");
    assert!(said.contains("\ni-0a: the release on port 8082 was stopped"), "{said}");
    let said = flipped(OnFailure::Hold, &[8081], Act::Bake);
    assert!(said.contains("\ni-0a: the release on port 8082 still runs, out of service"), "{said}");
    // What was to be stopped may have been, so that nothing is undone.
    let said = flipped(OnFailure::Hold, &[8081], Act::Stop);
    assert!(said.contains("\ni-0a: the release on port 8082 has left service"), "{said}");
}

#[test]
fn an_interrupted_run_names_the_signal_and_the_step_it_was_at() {
    let mut facts = undisturbed(0.0, "i-0a")[..3].to_vec();
    facts.push(Dated { at: at(5.0), fact: Fact::Interrupted { signal: "SIGINT".into() } });
    let said = text(&[&["i-0a"]], &facts);
    assert!(
        said.contains("SIGINT after 5.0s, least possible 4.9s (1.02x): 0 of 1 done, 1 held out"),
        "{said}"
    );
    assert!(said.contains("held out: await drained not finished"), "{said}");
}

#[test]
fn a_run_that_needed_no_time_has_no_ratio() {
    let none = Summary {
        targets: Vec::new(),
        hooks_failed: Vec::new(),
        interrupted: None,
        window_closed: false,
        is_forgotten: false,
        resumable: None,
        is_named: false,
        total: std::time::Duration::ZERO,
        least: std::time::Duration::ZERO,
        access: Access::default(),
    };
    assert!(closing(&none, Paint::Plain).ends_with("0 targets done in 0.0s, least possible 0.0s"));
}

#[test]
fn a_target_that_does_not_come_back_is_not_registered_once_more() {
    let mut facts = undisturbed(0.0, "i-0a")[..9].to_vec();
    facts.push(failed(60.0, "i-0a", Act::AwaitInService, false));
    insta::assert_snapshot!("not_in_service", text(&[&["i-0a"]], &facts));
}

fn run() -> RunId {
    "019aa6d0-1b2c-7000-8000-000000000000".parse().unwrap()
}

/// What the run that these facts tell of says at its end, known by its name.
fn of_run(batches: &[&[&str]], facts: &[Dated], change: impl Fn(Summary) -> Summary) -> String {
    let rollout = Rollout::recover(sample::plan(batches), sample::NOON, facts).unwrap();
    let summary = Summary::of(&rollout, sample::NOON, facts).of_run(run(), &rollout);
    closing(&change(summary), Paint::Plain)
}

#[test]
fn a_run_that_stopped_short_says_how_it_is_taken_up_whether_anything_is_out_or_not() {
    let run = run();
    let resume = format!("go on with:\n  elb-deploy resume {run}");
    let two: [&[&str]; 2] = [&["i-0a"], &["i-0b"]];
    let interrupted = Dated { at: at(30.0), fact: Fact::Interrupted { signal: "SIGINT".into() } };
    let facts = [undisturbed(0.0, "i-0a"), vec![interrupted]].concat();
    let said = of_run(&two, &facts, |summary| summary);
    assert!(said.ends_with(&format!("not begun: i-0b\n{resume}")), "{said}");
    let facts = [
        sample::started(0.0, "i-0a", Act::Deregister),
        failed(1.0, "i-0a", Act::Deregister, false),
    ];
    let said = of_run(&two, &facts, |summary| summary);
    assert!(said.ends_with(&format!("\nonce what failed is mended, {resume}")), "{said}");
    let mut facts = undisturbed(0.0, "i-0a")[..5].to_vec();
    facts.push(failed(60.0, "i-0a", Act::Deploy, true));
    let said = of_run(&[&["i-0a"]], &facts, |summary| summary);
    let restore = "once it works, put it back with:\n  elb-deploy restore i-0a";
    let both = format!("{restore}\nonce what failed is mended, {resume}");
    assert!(said.ends_with(&both), "{said}");
    let said = of_run(&[&["i-0a"]], &facts, |summary| summary.forgotten(true));
    assert!(!said.contains("resume"), "no journal tells: {said}");
    let said = of_run(&[&["i-0a"]], &undisturbed(0.0, "i-0a"), |summary| summary);
    assert!(!said.contains("resume"), "it is done: {said}");
}

#[test]
fn a_rollback_that_was_cut_off_is_told_and_to_go_on_with_it_comes_first() {
    let signal = |at: f64, name: &str| {
        let fact = Fact::Interrupted { signal: name.into() };
        Dated { at: sample::at(at), fact }
    };
    let mut facts = undisturbed(0.0, "i-0a")[..5].to_vec();
    facts.push(failed(30.0, "i-0a", Act::Deploy, true));
    facts.push(undoing(sample::started(30.0, "i-0a", Act::Rollback)));
    facts.extend([signal(31.0, "SIGINT"), signal(32.0, "SIGINT")]);
    let mut plan = sample::plan(&[&["i-0a"], &["i-0b"]]);
    plan.policy.on_failure = OnFailure::Rollback;
    let rollout = Rollout::recover(plan, sample::NOON, &facts).unwrap();
    let summary = Summary::of(&rollout, sample::NOON, &facts).of_run(run(), &rollout);
    insta::assert_snapshot!("undoing_cut_off", closing(&summary, Paint::Plain));
    let told = serde_json::to_value(&summary).unwrap();
    assert_eq!(told["targets"][0]["undo_stopped_at"]["act"], "rollback");
}

#[test]
fn who_puts_back_is_not_told_to_take_that_up() {
    let plan = Plan { strategy: Strategy::Restore, ..sample::plan(&[&["i-0a"]]) };
    let facts = [Dated { at: at(1.0), fact: Fact::Interrupted { signal: "SIGINT".into() } }];
    let rollout = Rollout::recover(plan, sample::NOON, &facts).unwrap();
    let summary = Summary::of(&rollout, sample::NOON, &facts).of_run(run(), &rollout);
    let said = closing(&summary, Paint::Plain);
    assert!(said.contains("elb-deploy restore i-0a") && !said.contains("resume"), "{said}");
}

#[test]
fn what_does_not_come_back_is_waited_for_by_a_command_that_works_there() {
    let mut facts = undisturbed(0.0, "i-0a")[..9].to_vec();
    facts.push(failed(60.0, "i-0a", Act::AwaitInService, false));
    let rollout = Rollout::recover(sample::plan(&[&["i-0a"]]), sample::NOON, &facts).unwrap();
    let summary = || Summary::of(&rollout, sample::NOON, &facts);
    let said = closing(&summary(), Paint::Plain);
    let title = "once it works, see it in service with:\n";
    assert!(format!("{said}\n").contains(&format!("{title}  elb-deploy restore i-0a\n")), "{said}");
    let said = closing(&summary().named(true), Paint::Plain);
    let group = sample::arn("web");
    let command = format!("{title}  elb-deploy restore i-0a --group {group} --port 8080\n");
    assert!(format!("{said}\n").contains(&command), "{said}");
    let said = closing(&summary().forgotten(true), Paint::Plain);
    assert!(said.contains("see why with:") && !said.contains("restore"), "{said}");
}

#[test]
fn the_commands_go_to_the_account_that_the_run_was_on() {
    let access = Access {
        profile: Some("blue green".to_owned()),
        endpoint_url: Some("http://127.0.0.1:4566".to_owned()),
        ..Access::default()
    };
    let mut facts = [undisturbed(0.0, "i-0a")[..5].to_vec(), undisturbed(0.0, "i-0b")].concat();
    facts.pop();
    let rollout = Rollout::recover(sample::plan(&[&["i-0a", "i-0b"]]), sample::NOON, &facts);
    let summary = Summary::of(&rollout.unwrap(), sample::NOON, &facts).reached_by(access);
    let said = closing(&summary, Paint::Plain);
    let is_command = |line: &&str| line.contains("aws elbv2") || line.contains("elb-deploy ");
    let commands: Vec<_> = said.lines().filter(is_command).collect();
    assert_eq!(commands.len(), 3, "{said}");
    for command in commands {
        let options = " --profile 'blue green' --endpoint-url http://127.0.0.1:4566";
        assert!(command.contains(options), "{command}");
    }
}

#[test]
fn what_no_journal_remembers_is_put_back_by_hand() {
    let facts = &undisturbed(0.0, "i-0a")[..5];
    let rollout = Rollout::recover(sample::plan(&[&["i-0a"]]), sample::NOON, facts).unwrap();
    let summary = Summary::of(&rollout, sample::NOON, facts).forgotten(true);
    let text = closing(&summary, Paint::Plain);
    assert!(text.contains("put it back with:\n  aws elbv2 register-targets "), "{text}");
}
