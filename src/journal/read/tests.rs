use std::path::PathBuf;
use std::sync::LazyLock;

use proptest::prelude::*;

use super::super::{Journal, RunFolder, RunId, sample};
use super::*;

fn facts() -> Vec<Dated> {
    let mut facts = sample::undisturbed(0.0, "i-0a");
    facts.push(sample::failed(30.0, "i-0b", crate::rollout::Act::Deregister, false));
    facts.push(Dated { at: sample::at(31.0), fact: crate::rollout::Fact::Resumed { by: None } });
    facts
}

fn header() -> Header {
    Header::new(RunId::unique(), sample::NOON, sample::plan(&[&["i-0a"], &["i-0b"]]))
}

static WHOLE: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let header = header();
    let mut journal = Journal::create(folder.path(), &header).unwrap();
    for fact in facts() {
        journal.append(&fact).unwrap();
    }
    std::fs::read(RunFolder::of(folder.path(), &header.run).journal()).unwrap()
});

fn parsed(bytes: &[u8]) -> Result<Recorded, JournalError> {
    parse(bytes, &PathBuf::from("journal.ndjson"))
}

fn with_line(number: usize, text: &str) -> Vec<u8> {
    let whole = String::from_utf8(WHOLE.clone()).unwrap();
    let mut lines: Vec<_> = whole.lines().collect();
    lines[number - 1] = text;
    (lines.join("\n") + "\n").into_bytes()
}

proptest! {
    #[test]
    fn every_prefix_of_a_journal_reads_as_a_prefix_of_its_facts(
        length in 0..=WHOLE.len()
    ) {
        let prefix = &WHOLE[..length];
        let whole_lines = prefix.iter().filter(|byte| **byte == b'\n').count();
        match parsed(prefix) {
            Ok(recorded) => {
                prop_assert_eq!(recorded.facts.len(), whole_lines - 1);
                prop_assert_eq!(&recorded.facts[..], &facts()[..recorded.facts.len()]);
                prop_assert_eq!(recorded.torn, !prefix.ends_with(b"\n"));
            }
            Err(JournalError::NotBegun { .. }) => prop_assert_eq!(whole_lines, 0),
            Err(other) => prop_assert!(false, "{}", other),
        }
    }

    #[test]
    fn no_flipped_bit_loses_more_than_the_last_fact_in_silence(
        position in 0..WHOLE.len(), bit in 0..8u32
    ) {
        let mut bytes = WHOLE.clone();
        bytes[position] ^= 1 << bit;
        if let Ok(recorded) = parsed(&bytes) {
            prop_assert!(recorded.facts.len() >= facts().len() - 1);
        }
    }
}

#[test]
fn a_folder_without_a_journal_is_a_run_that_did_nothing_and_no_folder_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let read = |path: PathBuf| super::read(&path).unwrap_err();
    let error = read(folder.path().join("journal.ndjson"));
    assert!(matches!(error, JournalError::NotBegun { .. }), "{error}");
    let error = read(folder.path().join("gone").join("journal.ndjson"));
    assert!(matches!(error, JournalError::Io { .. }), "{error}");
}

#[test]
fn what_is_written_is_what_is_read() {
    let recorded = parsed(&WHOLE).unwrap();
    assert_eq!(recorded.facts, facts());
    assert_eq!(recorded.header.plan, sample::plan(&[&["i-0a"], &["i-0b"]]));
    assert!(!recorded.torn);
}

#[test]
fn a_damaged_line_in_the_middle_is_refused_with_what_is_still_good() {
    let error = parsed(&with_line(5, r#"{"at":1,"fact":"sta"#)).unwrap_err();
    assert!(matches!(error, JournalError::Damaged { line: 5, good: 3, .. }), "{error}");
    let said = error.to_string();
    assert!(said.contains("line 5 is damaged") && said.contains("3 facts before it are good"));
}

#[test]
fn a_whole_last_line_that_means_nothing_to_us_is_refused_not_dropped() {
    let last = facts().len() + 1;
    let error = parsed(&with_line(last, r#"{"at":1,"fact":"of a later version"}"#)).unwrap_err();
    assert!(matches!(error, JournalError::Damaged { line, .. } if line == last), "{error}");
}

#[test]
fn a_line_of_a_time_that_never_comes_is_damaged() {
    let last = facts().len() + 1;
    let resumed = |at: u64| with_line(last, &format!(r#"{{"at":{at},"fact":"resumed"}}"#));
    assert_eq!(parsed(&resumed(253_402_300_799_999)).unwrap().facts.len(), facts().len());
    for absurd in [253_402_300_800_000, u64::MAX] {
        let error = parsed(&resumed(absurd)).unwrap_err();
        assert!(matches!(error, JournalError::Damaged { line, .. } if line == last), "{error}");
        assert!(error.to_string().contains("a time after the year 9999"), "{error}");
    }
    let header = String::from_utf8(WHOLE.clone()).unwrap().lines().next().unwrap().to_owned();
    let header = header.replace("\"at\":1", "\"at\":999");
    let error = parsed(&with_line(1, &header)).unwrap_err();
    assert!(matches!(error, JournalError::Damaged { line: 1, .. }), "{error}");
}

#[test]
fn a_last_line_cut_or_never_filled_is_torn() {
    let last = facts().len() + 1;
    for torn in [r#"{"at":1,"fact":"#, "\0\0\0\0"] {
        let recorded = parsed(&with_line(last, torn)).unwrap();
        assert!(recorded.torn);
        assert_eq!(recorded.facts, facts()[..last - 2]);
    }
}

#[test]
fn a_newer_format_is_refused_with_both_versions_and_the_way_out() {
    let told = parsed(&with_line(1, r#"{"format":3,"tool":"7.8.9","plan":[]}"#)).unwrap_err();
    let said = told.to_string();
    for part in ["format 3", "version 7.8.9", env!("CARGO_PKG_VERSION"), "format 2"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(told.hint().unwrap().contains("use version 7.8.9"));

    for untold in [r#"{"format":3,"all":"else"}"#, r#"{"format":3,"tool":{"name":"x"}}"#] {
        let error = parsed(&with_line(1, untold)).unwrap_err();
        assert!(matches!(error, JournalError::Newer { format: 3, tool: None, .. }), "{error}");
        assert!(error.hint().unwrap().contains("use the version that wrote it"));
    }
}

#[test]
fn nobody_who_has_a_version_is_told_to_use_that_version() {
    let same = format!(r#"{{"format":3,"tool":"{}"}}"#, env!("CARGO_PKG_VERSION"));
    let hint = parsed(&with_line(1, &same)).unwrap_err().hint().unwrap().into_owned();
    assert!(hint.contains("use a later version on this run"), "{hint}");
    assert!(!hint.contains(env!("CARGO_PKG_VERSION")), "{hint}");
}

#[test]
fn a_damaged_header_is_line_one() {
    let error = parsed(&with_line(1, r#"{"format":1,"run":"no id"}"#)).unwrap_err();
    assert!(matches!(error, JournalError::Damaged { line: 1, good: 0, .. }), "{error}");
}

#[test]
fn a_journal_that_does_not_exist_is_named() {
    let error = read(&PathBuf::from("/nowhere/journal.ndjson")).unwrap_err();
    assert!(error.to_string().contains("open /nowhere/journal.ndjson"), "{error}");
    assert!(error.hint().is_some());
}

#[test]
fn of_a_damaged_journal_every_other_line_can_be_had() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.ndjson");
    let text = String::from_utf8(with_line(5, "\u{1}#")).unwrap();
    let text = text.replace(&text.lines().nth(7).unwrap().to_owned(), "{}");
    std::fs::write(&path, text).unwrap();
    let rest = read_rest(&path).unwrap();
    assert_eq!(rest.lost, [5, 8]);
    let mut left = facts();
    left.remove(6);
    left.remove(3);
    assert_eq!(rest.facts, left);

    std::fs::write(&path, with_line(1, "#")).unwrap();
    assert!(matches!(read_rest(&path), Err(JournalError::Damaged { line: 1, .. })));
}
