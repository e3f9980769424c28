use std::io::Write;

use super::*;
use crate::journal::sample::{NOON, failed, started};
use crate::report::tests::Paper;
use crate::report::{Lines, Ndjson, Paint};
use crate::rollout::{Act, TargetId};

/// A reader that takes nothing until it is told to go on.
struct Stalled {
    go_on: Receiver<()>,
    paper: Paper,
}

impl Write for Stalled {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let _ = self.go_on.recv();
        self.paper.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A reader that takes 200 lines a second.
struct Slow(Paper);

impl Write for Slow {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        thread::park_timeout(Duration::from_millis(5));
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn stalled() -> (Sender<()>, Stalled, Paper) {
    let ((go_on, told), paper) = (channel(), Paper::default());
    (go_on, Stalled { go_on: told, paper: paper.clone() }, paper)
}

fn flood(report: &mut dyn Report, lines: usize) {
    let target = TargetId::new("i-0a");
    for _ in 0..lines {
        report.event(NOON, &Event::Output { target: &target, line: "line" });
    }
}

fn fail(report: &mut dyn Report) {
    report.event(NOON, &Event::Fact(&failed(1.0, "i-0a", Act::Deploy, true).fact));
}

#[test]
fn everything_is_said_before_it_is_dropped() {
    let paper = Paper::default();
    let mut report = Detached::new(Lines::new(paper.clone(), Paint::Plain)).unwrap();
    flood(&mut report, 100);
    drop(report);
    assert_eq!(paper.text().lines().count(), 100);
}

#[test]
fn a_reader_that_stalls_does_not_stall_the_run_and_is_told_what_it_missed() {
    let (go_on, writer, paper) = stalled();
    let mut report = Detached::new(Lines::new(writer, Paint::Plain)).unwrap();
    flood(&mut report, queue::ROOM * 2);
    fail(&mut report);
    assert_eq!(paper.text(), "");
    drop(go_on);
    drop(report);
    let text = paper.text();
    assert!(text.contains(" lines of output are left out here"), "{:?}", text.lines().last());
    assert!(text.lines().nth_back(1).unwrap().contains("deploy            failed: "));
}

#[test]
fn a_reader_too_slow_for_all_that_is_left_gets_it_without_the_output() {
    let paper = Paper::default();
    let mut report = Detached::new(Lines::new(Slow(paper.clone()), Paint::Plain)).unwrap();
    report.patience = Duration::from_millis(250);
    flood(&mut report, 1_000);
    fail(&mut report);
    drop(report);
    let text = paper.text();
    assert!(text.contains(" lines of output are left out here"), "{text}");
    assert!(text.contains("deploy            failed: "), "{text}");
}

#[test]
fn the_end_of_a_run_waits_for_a_stalled_reader_only_so_long() {
    let (_go_on, writer, paper) = stalled();
    let mut report = Detached::new(Lines::new(writer, Paint::Plain)).unwrap();
    report.patience = Duration::from_millis(20);
    fail(&mut report);
    drop(report);
    assert_eq!(paper.text(), "");
}

#[test]
fn json_that_misses_objects_has_numbers_that_tell_so() {
    let (go_on, writer, paper) = stalled();
    let mut report = Detached::new(Ndjson::new(writer)).unwrap();
    report.event(NOON, &Event::Fact(&started(0.0, "i-0a", Act::Deploy).fact));
    flood(&mut report, queue::ROOM * 2);
    drop(go_on);
    drop(report);
    let last: serde_json::Value =
        serde_json::from_str(paper.text().lines().last().unwrap()).unwrap();
    assert_eq!(last["event"], "left-out");
    let missed = last["lines"].as_u64().unwrap();
    let written = u64::try_from(paper.text().lines().count()).unwrap();
    assert_eq!(last["n"].as_u64().unwrap(), written + missed);
}
