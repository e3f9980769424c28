//! Real processes: what a hook is told, how it ends, and what becomes of what it prints.

use std::fs;

use tempfile::TempDir;

use super::*;
use crate::executor::command::still_running;

const SECOND: Duration = Duration::from_secs(1);

fn hook(command: &str) -> Hook {
    Hook {
        occasion: Occasion::BeforeBatch(1),
        command: command.to_owned(),
        briefing: Briefing {
            variables: BTreeMap::from([("ELB_DEPLOY_BATCH_NUMBER".to_owned(), "1".to_owned())]),
            document: "{\"batch\":1}".to_owned(),
        },
        time_limit: SECOND * 10,
    }
}

fn options(folder: &TempDir) -> CommandOptions {
    let output_folder = folder.path().join("output");
    CommandOptions { kill_grace: SECOND, run: "run-1".to_owned(), output_folder, ports: None }
}

async fn run(hook: &Hook, options: &CommandOptions) -> (Result<(), ExecutorError>, Vec<String>) {
    let (sender, mut lines) = mpsc::channel(1000);
    let result = hook.run(options, sender).await;
    let lines = std::iter::from_fn(|| lines.try_recv().ok()).map(|line| line.text);
    (result, lines.collect())
}

#[tokio::test]
async fn it_is_told_by_environment_and_json_on_its_standard_input() {
    let folder = tempfile::tempdir().unwrap();
    let hook = hook("cat; echo; echo $ELB_DEPLOY_BATCH_NUMBER $ELB_DEPLOY_HOOK $ELB_DEPLOY_RUN");
    let (result, lines) = run(&hook, &options(&folder)).await;
    result.unwrap();
    assert_eq!(lines, ["{\"batch\":1}", "1 before-batch run-1"]);
    let log = options(&folder).output_folder.join("before-batch-1.log");
    assert_eq!(fs::read_to_string(log).unwrap(), "{\"batch\":1}\n1 before-batch run-1\n");
}

#[tokio::test]
async fn a_document_of_any_length_may_be_read_or_not() {
    let folder = tempfile::tempdir().unwrap();
    let document = "x".repeat(3_000_000);
    for (command, told) in [("wc -c", "3000000"), ("head -c 3", "xxx"), ("exec <&-; echo no", "no")]
    {
        let briefing = Briefing { document: document.clone(), ..Briefing::default() };
        let hook = Hook { briefing, ..hook(command) };
        let (result, lines) = run(&hook, &options(&folder)).await;
        result.unwrap();
        assert_eq!(lines.last().unwrap().trim(), told);
    }
}

#[tokio::test]
async fn a_failure_names_the_hook_and_has_its_last_lines() {
    let folder = tempfile::tempdir().unwrap();
    let hook = Hook { occasion: Occasion::OnFinish, ..hook("echo no; exit 7") };
    let error = run(&hook, &options(&folder)).await.0.unwrap_err();
    assert!(error.to_string().starts_with("the on-finish hook ended with exit code 7"), "{error}");
    assert_eq!(error.last_lines(), ["no"]);
    assert!(error.hint().unwrap().ends_with("on-finish.log"));
}

#[tokio::test]
async fn past_its_time_limit_it_is_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let hook = Hook { time_limit: Duration::from_millis(100), ..hook("sleep 30") };
    let error = run(&hook, &options(&folder)).await.0.unwrap_err();
    assert!(matches!(error, ExecutorError::TimedOut { .. }), "{error:?}");
}

#[tokio::test]
async fn one_that_runs_is_known_and_its_process_group_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let (options, hook) =
        (options(&folder), hook("echo $$; cut -d' ' -f5 /proc/$$/stat; sleep 30"));
    let (sender, mut lines) = mpsc::channel(10);
    let seen = async {
        let (pid, group) = (lines.recv().await.unwrap(), lines.recv().await.unwrap());
        assert_eq!(pid, group);
        still_running(&options.output_folder)
    };
    let running = tokio::select! {
        result = hook.run(&options, sender) => panic!("{result:?}"),
        running = seen => running,
    };
    assert_eq!(running.len(), 1);
    assert_eq!(running[0].to_string(), "the before-batch hook");
    assert_eq!(running[0].target, None);
}

#[tokio::test]
async fn without_a_place_for_its_document_it_is_not_started() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("output"), "").unwrap();
    let marker = folder.path().join("marker");
    let hook = hook(&format!("touch {}", marker.display()));
    let error = run(&hook, &options(&folder)).await.0.unwrap_err();
    assert!(matches!(error, ExecutorError::Log { .. }) && !error.may_have_acted(), "{error:?}");
    assert!(!marker.exists());
}
