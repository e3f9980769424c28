use std::os::unix::fs::symlink;
use std::time::Duration;

use super::*;
use crate::journal::{RunId, sample};
use crate::rollout::{Act, Dated};
use crate::runs::KEPT_FOR;

/// A run in a folder of its own: of two targets, with these facts.
fn ran(state: &Path, facts: &[Dated]) -> RunFolder {
    let plan = sample::plan(&[&["i-0a"], &["i-0b"]]);
    let header = Header::new(RunId::unique(), sample::NOON, plan);
    let mut journal = Journal::create(state, &header).unwrap();
    facts.iter().for_each(|fact| journal.append(fact).unwrap());
    let folder = RunFolder::of(state, &header.run);
    fs::write(folder.output().join("i-0a.log"), "deployed").unwrap();
    folder
}

fn done() -> Vec<Dated> {
    [sample::undisturbed(0.0, "i-0a"), sample::undisturbed(30.0, "i-0b")].concat()
}

fn much_later() -> Moment {
    sample::NOON.after(KEPT_FOR + Duration::from_secs(60 * 60))
}

#[test]
fn a_new_run_forgets_old_ones_and_never_what_is_unfinished() {
    let state = tempfile::tempdir().unwrap();
    let old = ran(state.path(), &done());
    let held_out = ran(state.path(), &done()[..7]);
    let mut halted = done();
    halted.truncate(10);
    halted.push(sample::failed(40.0, "i-0b", Act::Deregister, false));
    let halted = ran(state.path(), &halted);
    let unreadable = ran(state.path(), &done());
    fs::write(unreadable.journal(), "#\n").unwrap();
    let in_use = ran(state.path(), &done());
    let (_writing, _) = Journal::reopen(&in_use.journal()).unwrap();

    let plan = sample::plan(&[&["i-0c"]]);
    let header = Header::new(RunId::unique(), much_later(), plan);
    let (_journal, notes) = begin(state.path(), &header).unwrap();
    assert_eq!(notes, [""; 0]);
    let exists = |folder: &RunFolder| folder.path().exists();
    assert!(!exists(&old), "it was to be forgotten");
    assert!(exists(&held_out) && exists(&unreadable) && exists(&in_use));
    assert!(exists(&halted), "it says of an older run that what that took out is back");
    assert!(exists(&RunFolder::of(state.path(), &header.run)));
}

/// A run that failed at its second target, and took nothing out then.
fn halted(state: &Path) -> RunFolder {
    let mut facts = sample::undisturbed(0.0, "i-0a");
    facts.push(sample::started(40.0, "i-0b", Act::Deregister));
    facts.push(sample::failed(41.0, "i-0b", Act::Deregister, false));
    ran(state, &facts)
}

#[test]
fn a_halted_run_is_kept_until_it_is_gone_on_with_or_overtaken() {
    let state = tempfile::tempdir().unwrap();
    let halted = halted(state.path());
    assert_eq!(prune(state.path(), much_later()), [""; 0]);
    assert!(halted.path().exists(), "it can be resumed");
    let header = Header::new(RunId::unique(), sample::at(100.0), sample::plan(&[&["i-0b"]]));
    let mut journal = Journal::create(state.path(), &header).unwrap();
    sample::undisturbed(100.0, "i-0b").iter().for_each(|fact| journal.append(fact).unwrap());
    drop(journal);
    assert_eq!(prune(state.path(), much_later()), [""; 0]);
    assert!(!halted.path().exists(), "a later run has deployed what it was to deploy");
}

#[test]
fn nothing_is_forgotten_within_its_time() {
    let state = tempfile::tempdir().unwrap();
    let run = ran(state.path(), &done());
    assert_eq!(prune(state.path(), sample::NOON.after(KEPT_FOR)), [""; 0]);
    assert!(run.journal().exists());
}

#[test]
fn no_link_is_followed_out_of_the_folder() {
    let (state, others) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let linked = ran(others.path(), &done());
    let precious = others.path().join("precious");
    fs::create_dir(&precious).unwrap();
    fs::write(precious.join("file"), "kept").unwrap();

    let run = ran(state.path(), &done());
    symlink(&precious, run.output().join("link")).unwrap();
    let home = RunFolder::home(state.path());
    symlink(linked.path(), home.join(linked.path().file_name().unwrap())).unwrap();
    symlink(&precious, home.join(".deleted-x")).unwrap();

    assert_eq!(prune(state.path(), much_later()), [""; 0]);
    assert!(!run.path().exists());
    assert!(linked.journal().exists(), "a run's folder that is a link was followed");
    assert_eq!(fs::read_to_string(precious.join("file")).unwrap(), "kept");
}

#[test]
fn what_an_interrupted_deletion_left_behind_is_no_run_and_is_deleted() {
    let state = tempfile::tempdir().unwrap();
    let run = ran(state.path(), &done());
    let home = RunFolder::home(state.path());
    let half = home.join(format!(".deleted-{}", RunId::unique()));
    fs::rename(run.path(), &half).unwrap();
    assert!(Past::all(state.path()).unwrap().is_empty());
    assert_eq!(prune(state.path(), sample::NOON), [""; 0]);
    assert!(!half.exists());
}

#[test]
fn what_cannot_be_deleted_is_a_note_and_the_run_begins() {
    let state = tempfile::tempdir().unwrap();
    let run = ran(state.path(), &done());
    let name = run.path().file_name().unwrap().to_str().unwrap();
    // A file stands where the folder is moved to.
    fs::write(run.path().with_file_name(format!(".deleted-{name}")), "").unwrap();
    let plan = sample::plan(&[&["i-0c"]]);
    let header = Header::new(RunId::unique(), much_later(), plan);
    let (_journal, notes) = begin(state.path(), &header).unwrap();
    let [note] = &notes[..] else { panic!("{notes:?}") };
    assert!(note.starts_with("old journals are not all deleted: failed to delete "), "{note}");
    assert!(run.journal().exists());
}
