use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Barrier};

use super::super::{RunId, sample};
use super::*;

/// Names the state folder to the test that runs in a process of its own.
const HOLDING: &str = "ELB_DEPLOY_TEST_HOLDING";

fn holder(why: &str) -> Holder {
    Holder::new(RunId::unique(), sample::NOON, why)
}

fn groups(names: &[&str]) -> Vec<GroupArn> {
    names.iter().map(|name| sample::arn(name)).collect()
}

fn acquire(state: &Path, names: &[&str]) -> Result<GroupLocks, LockError> {
    GroupLocks::acquire(state, &groups(names), &holder("roll i-0a"))
}

/// A process that holds the lock of group `web` and has a child of its own, which outlives it.
fn holding_process(state: &Path) -> (Child, u32) {
    let mut process = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "journal::lock::tests::hold", "--ignored", "--nocapture"])
        .env(HOLDING, state)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let said = lines
        .map(Result::unwrap)
        .find_map(|line| line.rsplit_once("its child is ").and_then(|(_, pid)| pid.parse().ok()));
    (process, said.unwrap())
}

fn kill(pid: u32) {
    let pid = rustix::process::Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
    let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
}

fn is_alive(pid: u32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

#[test]
#[ignore = "another test runs it in a process of its own"]
fn hold() {
    let Some(state) = std::env::var_os(HOLDING).map(PathBuf::from) else { return };
    let _locks = acquire(&state, &["web"]).unwrap();
    let mut child =
        Command::new("sleep").arg("30").stdout(Stdio::null()).stdin(Stdio::null()).spawn().unwrap();
    writeln!(io::stdout(), "its child is {}", child.id()).unwrap();
    child.wait().unwrap();
}

#[test]
fn a_dead_process_holds_no_lock_although_its_child_lives_on() {
    let state = tempfile::tempdir().unwrap();
    let (mut process, child) = holding_process(state.path());
    let held = acquire(state.path(), &["web"]).unwrap_err();
    assert!(held.to_string().contains(&format!("pid {}", process.id())), "{held}");

    process.kill().unwrap();
    process.wait().unwrap();
    assert!(is_alive(child));
    let locks = acquire(state.path(), &["web"]);
    kill(child);
    let locks = locks.unwrap();
    let [taken_over] = locks.taken_over() else { panic!("nothing was taken over") };
    assert_eq!(taken_over.group, sample::arn("web"));
    assert_eq!(taken_over.from.as_ref().unwrap().pid, process.id());
}

#[test]
fn the_second_one_sees_who_since_when_and_why_in_one_line() {
    let state = tempfile::tempdir().unwrap();
    let first = holder("roll i-0a, i-0b");
    let _locks = GroupLocks::acquire(state.path(), &groups(&["web"]), &first).unwrap();
    let error = acquire(state.path(), &["web"]).unwrap_err();
    let said = error.to_string();
    let Holder { user, host, pid, run, .. } = first;
    assert_eq!(
        said,
        format!(
            "lock group web: held by {user} (pid {pid} on {host}) since 2026-11-21T12:03:04Z \
             for roll i-0a, i-0b, run {run}"
        )
    );
    assert!(error.hint().contains("wait"), "{}", error.hint());
}

#[test]
fn all_groups_are_locked_or_none() {
    let state = tempfile::tempdir().unwrap();
    let _mid = acquire(state.path(), &["mid"]).unwrap();
    let error = acquire(state.path(), &["zoo", "mid", "api"]).unwrap_err();
    assert!(matches!(error, LockError::Held { group, .. } if group == sample::arn("mid")));
    let both = acquire(state.path(), &["api", "zoo"]).unwrap();
    assert!(both.taken_over().is_empty(), "a lock given back was said to be left behind");
}

#[test]
fn a_lock_given_back_is_free_and_left_by_nobody() {
    let state = tempfile::tempdir().unwrap();
    drop(acquire(state.path(), &["web"]).unwrap());
    let again = acquire(state.path(), &["web"]).unwrap();
    assert!(again.taken_over().is_empty());
}

#[test]
fn a_group_named_twice_is_locked_once() {
    let state = tempfile::tempdir().unwrap();
    assert!(acquire(state.path(), &["web", "web"]).is_ok());
}

#[test]
fn a_holder_that_cannot_be_read_is_said_to_be_unknown() {
    let state = tempfile::tempdir().unwrap();
    let _locks = acquire(state.path(), &["web"]).unwrap();
    let file = state.path().join("locks").join(file_name(&sample::arn("web")));
    fs::write(&file, r#"{"run":"#).unwrap();
    let error = acquire(state.path(), &["web"]).unwrap_err();
    assert!(matches!(error, LockError::Held { holder: None, .. }));
}

#[test]
fn of_many_at_once_exactly_one_wins() {
    const THREADS: usize = 8;
    let state = Arc::new(tempfile::tempdir().unwrap());
    for _ in 0..20 {
        let ready = Arc::new(Barrier::new(THREADS));
        let contenders: Vec<_> = (0..THREADS)
            .map(|index| {
                let (state, ready) = (Arc::clone(&state), Arc::clone(&ready));
                std::thread::spawn(move || {
                    let names = if index % 2 == 0 { ["web", "api"] } else { ["api", "web"] };
                    ready.wait();
                    let won = acquire(state.path(), &names);
                    ready.wait();
                    won.is_ok()
                })
            })
            .collect();
        let won = contenders.into_iter().map(|thread| thread.join().unwrap());
        assert_eq!(won.filter(|won| *won).count(), 1);
    }
}

#[test]
fn an_arn_becomes_one_file_name() {
    assert_eq!(
        file_name(&sample::arn("web")),
        "arn_aws_elasticloadbalancing_eu-west-1_123456789012_targetgroup_web_73e2d6bc24d8a067.lock"
    );
    assert_eq!(file_name(&GroupArn::new("../../etc/passwd")), "______etc_passwd.lock");
}
