use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::process::Command;

use super::super::{GroupLocks, Header, Holder, RunId, read, sample};
use super::*;
use crate::rollout::Act;

/// Names the state folder to the test that runs in a process of its own.
const FULL_DISK: &str = "ELB_DEPLOY_TEST_FULL_DISK";
const UMASK: &str = "ELB_DEPLOY_TEST_UMASK";

fn begun(state_dir: &Path) -> (Journal, PathBuf) {
    let header = Header::new(RunId::unique(), sample::NOON, sample::plan(&[&["i-0a"]]));
    let journal = Journal::create(state_dir, &header).unwrap();
    (journal, RunFolder::of(state_dir, &header.run).journal())
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_run_is_readable_by_its_owner_only() {
    let state = tempfile::tempdir().unwrap();
    let (_journal, path) = begun(state.path());
    let folder = path.parent().unwrap();
    assert_eq!(mode(&path), 0o600);
    assert_eq!(mode(folder), 0o700);
    assert_eq!(mode(&folder.join("output")), 0o700);
}

#[test]
fn a_fact_is_in_the_file_when_append_returns() {
    let state = tempfile::tempdir().unwrap();
    let (mut journal, path) = begun(state.path());
    for (index, fact) in sample::undisturbed(0.0, "i-0a").iter().enumerate() {
        journal.append(fact).unwrap();
        assert_eq!(read(&path).unwrap().facts.len(), index + 1);
    }
}

#[test]
fn the_header_says_who_and_with_what() {
    let state = tempfile::tempdir().unwrap();
    let (_journal, path) = begun(state.path());
    let header = read(&path).unwrap().header;
    assert_eq!(header.pid, std::process::id());
    assert_eq!(header.tool, env!("CARGO_PKG_VERSION"));
    assert!(!header.host.is_empty() && !header.user.is_empty());
}

#[test]
fn two_runs_never_share_a_journal() {
    let state = tempfile::tempdir().unwrap();
    let header = Header::new(RunId::unique(), sample::NOON, sample::plan(&[&["i-0a"]]));
    let _first = Journal::create(state.path(), &header).unwrap();
    let error = Journal::create(state.path(), &header).unwrap_err();
    assert!(matches!(error, JournalError::Io { doing: "create", .. }), "{error}");
}

#[test]
fn a_torn_line_is_cut_off_before_anything_is_appended() {
    let state = tempfile::tempdir().unwrap();
    let (mut journal, path) = begun(state.path());
    let facts = sample::undisturbed(0.0, "i-0a");
    journal.append(&facts[0]).unwrap();
    drop(journal);
    let torn = [fs::read(&path).unwrap(), br#"{"at":17952,"fact":"fini"#.to_vec()].concat();
    fs::write(&path, torn).unwrap();

    let (mut journal, recorded) = Journal::reopen(&path).unwrap();
    assert!(recorded.torn);
    assert_eq!(recorded.facts, facts[..1]);
    journal.append(&facts[1]).unwrap();
    let after = read(&path).unwrap();
    assert!(!after.torn);
    assert_eq!(after.facts, facts[..2]);
}

#[test]
fn a_journal_that_is_being_written_cannot_be_reopened() {
    let state = tempfile::tempdir().unwrap();
    let (journal, path) = begun(state.path());
    assert!(matches!(Journal::reopen(&path), Err(JournalError::InUse { .. })));
    drop(journal);
    assert!(Journal::reopen(&path).is_ok());
}

#[test]
fn a_process_that_only_asks_does_not_keep_the_journal_from_being_taken_up() {
    let state = tempfile::tempdir().unwrap();
    let (journal, path) = begun(state.path());
    drop(journal);
    let asked = File::open(&path).unwrap();
    let asking = thread::spawn(move || {
        for _ in 0..2_000 {
            asked.try_lock_shared().ok();
            asked.unlock().unwrap();
        }
    });
    while !asking.is_finished() {
        assert!(Journal::reopen(&path).is_ok());
    }
}

#[test]
fn a_journal_that_nobody_would_find_is_not_written_on() {
    type Harm = fn(&Path);
    let harms: [(&str, Harm); 4] = [
        ("the file is deleted", |path| fs::remove_file(path).unwrap()),
        ("its folder is deleted", |path| fs::remove_dir_all(path.parent().unwrap()).unwrap()),
        ("its folder is moved", |path| {
            fs::rename(path.parent().unwrap(), path.parent().unwrap().with_extension("old"))
                .unwrap();
        }),
        ("another file stands there", |path| {
            let copy = path.with_extension("copy");
            fs::copy(path, &copy).unwrap();
            fs::rename(copy, path).unwrap();
        }),
    ];
    for (what, harm) in harms {
        let state = tempfile::tempdir().unwrap();
        let (mut journal, path) = begun(state.path());
        let fact = sample::started(0.0, "i-0a", Act::Deregister);
        journal.append(&fact).unwrap();
        harm(&path);
        let lost = journal.append(&fact).unwrap_err();
        assert!(matches!(lost, JournalError::Lost { .. }), "{what}: {lost}");
        assert!(lost.hint().unwrap().contains("put back"));
        assert!(matches!(journal.append(&fact), Err(JournalError::Poisoned { .. })), "{what}");
    }
}

#[test]
fn an_odd_umask_changes_nothing() {
    let state = tempfile::tempdir().unwrap();
    let this_test = std::env::current_exe().unwrap();
    for umask in ["0777", "0277", "0000"] {
        let state = state.path().join(umask).join("deep");
        let output = Command::new("sh")
            .args(["-c", &format!("umask {umask}; exec \"$@\""), "sh"])
            .arg(&this_test)
            .args(["--exact", "journal::write::tests::begin_under_a_umask", "--ignored"])
            .env(UMASK, &state)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        let (_, folder) = RunFolder::all(&state).unwrap().remove(0);
        assert_eq!((mode(&state), mode(folder.path())), (0o700, 0o700), "{umask}");
        assert_eq!((mode(&folder.journal()), mode(&folder.output())), (0o600, 0o700), "{umask}");
        let lock = fs::read_dir(state.join("locks")).unwrap().next().unwrap().unwrap();
        assert_eq!(mode(&lock.path()), 0o600, "{umask}");
    }
}

#[test]
#[ignore = "another test runs it in a process with a umask of its own"]
fn begin_under_a_umask() {
    let Some(state) = std::env::var_os(UMASK).map(PathBuf::from) else { return };
    let holder = Holder::new(RunId::unique(), sample::NOON, "roll web");
    let _locks = GroupLocks::acquire(&state, &[sample::arn("web")], &holder).unwrap();
    begun(&state).0.append(&sample::started(0.0, "i-0a", Act::Deregister)).unwrap();
}

#[test]
fn a_failed_write_poisons_the_journal() {
    let path = PathBuf::from("/dev/full");
    let file = OpenOptions::new().write(true).open(&path).unwrap();
    let mut journal = Journal { path, file, good: 0, poisoned: false, _brief: None };
    let fact = sample::started(0.0, "i-0a", Act::Deregister);
    let first = journal.append(&fact).unwrap_err();
    let hint = first.hint().unwrap();
    assert!(hint.contains("space") && hint.contains("put back"), "{hint}");
    assert!(!hint.contains("resume"), "there is no such verb: {hint}");
    assert!(matches!(journal.append(&fact), Err(JournalError::Poisoned { .. })));
}

#[test]
fn a_line_that_the_disk_has_no_room_for_leaves_no_trace() {
    let state = tempfile::tempdir().unwrap();
    let limited = "trap '' XFSZ; ulimit -f 8; exec \"$@\"";
    let this_test = std::env::current_exe().unwrap();
    let output = Command::new("sh")
        .args(["-c", limited, "sh"])
        .arg(this_test)
        .args(["--exact", "journal::write::tests::fill_a_full_disk", "--ignored", "--nocapture"])
        .env(FULL_DISK, state.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));

    let (_, folder) = RunFolder::all(state.path()).unwrap().remove(0);
    let appended = fs::read_to_string(state.path().join("appended")).unwrap();
    let recorded = read(&folder.journal()).unwrap();
    assert!(!recorded.torn, "the cut line was left behind");
    assert_eq!(recorded.facts.len().to_string(), appended);
    assert!(fs::metadata(folder.journal()).unwrap().size() > 3_000, "the limit was never met");
}

#[test]
#[ignore = "another test runs it in a process that may write little"]
fn fill_a_full_disk() {
    let Some(state) = std::env::var_os(FULL_DISK).map(PathBuf::from) else { return };
    let (mut journal, _) = begun(&state);
    let facts = sample::undisturbed(0.0, "i-0a");
    let appended = facts.iter().cycle().take(1_000).take_while(|fact| journal.append(fact).is_ok());
    let appended = appended.count();
    assert!(appended < 1_000);
    assert!(matches!(journal.append(&facts[0]), Err(JournalError::Poisoned { .. })));
    fs::write(state.join("appended"), appended.to_string()).unwrap();
}
