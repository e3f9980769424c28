use std::io;
use std::sync::{Arc, Mutex};

use super::super::tests::{draining, run, sight};
use super::*;
use crate::journal::sample;
use crate::rollout::{Act, Dated};

/// As much of a terminal as the rows need: the cursor, wrapping at the margin, clearing a line.
#[derive(Clone)]
struct Terminal(Arc<Mutex<Shown>>);

struct Shown {
    columns: usize,
    lines: Vec<Vec<char>>,
    row: usize,
    column: usize,
}

impl Terminal {
    fn lines(&self) -> Vec<String> {
        let shown = self.0.lock().unwrap();
        let lines = shown.lines.iter().map(|line| line.iter().collect::<String>());
        lines.map(|line| line.trim_end().to_owned()).filter(|line| !line.is_empty()).collect()
    }

    fn row(&self, id: &str) -> Option<String> {
        let spinning = |line: &String| line.get(2..).is_some_and(|rest| rest.starts_with(id));
        self.lines().into_iter().find(spinning).map(|line| line[2..].to_owned())
    }
}

impl Shown {
    fn put(&mut self, c: char) {
        match c {
            '\n' => (self.row, self.column) = (self.row + 1, 0),
            '\r' => self.column = 0,
            c => {
                if self.column == self.columns {
                    (self.row, self.column) = (self.row + 1, 0);
                }
                let column = self.column;
                self.line()[column] = c;
                self.column += 1;
            }
        }
    }

    fn line(&mut self) -> &mut Vec<char> {
        let blank = vec![' '; self.columns];
        if self.lines.len() <= self.row {
            self.lines.resize(self.row + 1, blank);
        }
        &mut self.lines[self.row]
    }

    fn obey(&mut self, code: &str, letter: char) {
        let count = code.parse().unwrap_or(1);
        match letter {
            'A' => self.row = self.row.saturating_sub(count),
            'B' => self.row += count,
            'K' => self.line().fill(' '),
            _ => {}
        }
    }
}

impl Write for Terminal {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut shown = self.0.lock().unwrap();
        let mut text = std::str::from_utf8(bytes).unwrap().chars();
        while let Some(c) = text.next() {
            if c != '\x1b' {
                shown.put(c);
                continue;
            }
            let mut code = String::new();
            for c in text.by_ref().skip(1) {
                if c.is_alphabetic() {
                    shown.obey(&code, c);
                    break;
                }
                code.push(c);
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn tty(columns: u16) -> (Tty, Terminal) {
    let shown = Shown { columns: usize::from(columns), lines: Vec::new(), row: 0, column: 0 };
    let terminal = Terminal(Arc::new(Mutex::new(shown)));
    let size: Size = Arc::new(move || (24, columns));
    let mut tty = Tty::sized(terminal.clone(), Paint::Plain, size);
    let plan = sample::plan(&[&["i-0abc", "i-0d"], &["i-0e"]]);
    tty.event(sample::NOON, &Event::Begun { run: &run(), plan: &plan, outlook: None });
    (tty, terminal)
}

fn tell(tty: &mut Tty, facts: &[Dated]) {
    for dated in facts {
        tty.event(dated.at, &Event::Fact(&dated.fact));
    }
}

/// Rows are drawn at most so often, so the screen is right a moment later at the latest.
fn eventually(terminal: &Terminal, is_right: impl Fn(&Terminal) -> bool) {
    for _ in 0..150 {
        if is_right(terminal) {
            return;
        }
        std::thread::park_timeout(std::time::Duration::from_millis(20));
    }
    panic!("it stays wrong: {:#?}", terminal.lines());
}

fn last(terminal: &Terminal) -> String {
    terminal.lines().pop().unwrap_or_default()
}

/// The run and its two batches are told first.
const BEGUN: usize = 3;

#[test]
fn a_target_under_way_has_a_row_with_its_step_its_time_and_what_is_seen() {
    let (mut tty, terminal) = tty(120);
    tell(&mut tty, &sample::undisturbed(0.0, "i-0abc")[..3]);
    let look = sight("i-0abc", Act::AwaitDrained, 12.0, &[draining()]);
    tty.event(sample::at(12.0), &Event::Waiting(&look));
    let row = "i-0abc  await drained     0:12 of 0:20  draining, Target.DeregistrationInProgress";
    eventually(&terminal, |it| it.row("i-0abc").as_deref() == Some(row));
    assert_eq!(last(&terminal), "0 of 3 done");
}

#[test]
fn the_clock_of_a_row_goes_on_between_looks() {
    let (mut tty, terminal) = tty(120);
    tell(&mut tty, &sample::undisturbed(0.0, "i-0abc")[..3]);
    let look = sight("i-0abc", Act::AwaitDrained, 12.5, &[draining()]);
    tty.event(sample::at(12.5), &Event::Waiting(&look));
    eventually(&terminal, |it| it.row("i-0abc").is_some_and(|row| row.contains("0:13 of 0:20")));
}

#[test]
fn a_finished_target_becomes_a_plain_line_above_the_rows() {
    let (mut tty, terminal) = tty(120);
    tell(&mut tty, &sample::undisturbed(0.0, "i-0abc"));
    tell(&mut tty, &sample::undisturbed(30.0, "i-0d")[..1]);
    eventually(&terminal, |it| {
        it.row("i-0abc").is_none()
            && it.row("i-0d    deregister        0:00").is_some()
            && last(it) == "1 of 3 done"
    });
    let lines = terminal.lines();
    let done = "12:03:32Z  i-0abc  done  drained in 0:20, deployed in 3.0s, in service in 5.0s";
    assert_eq!(lines[BEGUN], done);
    assert_eq!(lines.len(), BEGUN + 3, "{lines:#?}");
}

#[test]
fn a_failed_target_leaves_its_reason_above_the_rows() {
    let (mut tty, terminal) = tty(120);
    tell(&mut tty, &sample::undisturbed(0.0, "i-0abc")[..5]);
    tell(&mut tty, &[sample::failed(21.0, "i-0abc", Act::Deploy, true)]);
    let failed = "12:03:25Z  i-0abc  deploy            failed: run ./deploy.sh: it ended with \
                  exit code 7";
    assert_eq!(terminal.lines()[BEGUN..BEGUN + 2], [failed, "12:03:25Z  hint: look at its output"]);
    eventually(&terminal, |it| it.row("i-0abc").is_none() && last(it) == "0 of 3 done");
}

#[test]
fn output_stands_above_the_rows_and_they_stay() {
    let (mut tty, terminal) = tty(120);
    tell(&mut tty, &sample::undisturbed(0.0, "i-0abc")[..5]);
    let target = TargetId::new("i-0abc");
    for line in ["one", "two"] {
        tty.event(sample::at(21.0), &Event::Output { target: &target, line });
    }
    eventually(&terminal, |it| it.row("i-0abc  deploy ").is_some());
    let lines = terminal.lines();
    assert_eq!(lines[BEGUN..BEGUN + 2], ["i-0abc | one", "i-0abc | two"]);
    assert_eq!(lines.len(), BEGUN + 4, "{lines:#?}");
}

#[test]
fn a_narrow_terminal_keeps_a_row_on_one_line() {
    let (mut tty, terminal) = tty(48);
    tell(&mut tty, &sample::undisturbed(0.0, "i-0abc")[..3]);
    let look = sight("i-0abc", Act::AwaitDrained, 12.0, &[draining()]);
    tty.event(sample::at(12.0), &Event::Waiting(&look));
    let row = "i-0abc  await drained     0:12 of 0:20  drain";
    eventually(&terminal, |it| it.row("i-0abc").is_some_and(|it| it.starts_with(row)));
    assert!(terminal.row("i-0abc").unwrap().chars().count() <= 46);
    assert_eq!(last(&terminal), "0 of 3 done");
}

#[test]
fn trouble_stands_below_the_rows_until_something_happens() {
    let (mut tty, terminal) = tty(120);
    tty.event(sample::at(1.0), &Event::Holding { why: "the floor is 2" });
    eventually(&terminal, |it| last(it) == "0 of 3 done, holding: the floor is 2");
    tell(&mut tty, &sample::undisturbed(0.0, "i-0abc")[..1]);
    eventually(&terminal, |it| last(it) == "0 of 3 done");
}

#[test]
fn what_is_noted_stays_above_the_rows() {
    let (mut tty, terminal) = tty(120);
    tty.event(sample::at(1.0), &Event::Noted { what: "took over a lock" });
    tell(&mut tty, &sample::undisturbed(0.0, "i-0abc")[..1]);
    eventually(&terminal, |it| last(it) == "0 of 3 done");
    assert_eq!(terminal.lines()[BEGUN], "12:03:05Z  took over a lock");
}

#[test]
fn the_end_leaves_the_summary_and_no_row() {
    let (mut tty, terminal) = tty(120);
    let plan = sample::plan(&[&["i-0abc"]]);
    let facts = sample::undisturbed(0.0, "i-0abc");
    tell(&mut tty, &facts);
    let rollout = crate::rollout::Rollout::recover(plan, sample::NOON, &facts).unwrap();
    let summary = crate::report::Summary::of(&rollout, sample::NOON, &facts);
    tty.event(sample::at(29.0), &Event::Ended { summary: &summary });
    drop(tty);
    let lines = terminal.lines();
    assert_eq!(lines.last().unwrap(), "1 target done in 0:28, least possible 0:27 (1.04x)");
    assert!(!lines.iter().any(|line| line.contains("of 3 done")), "{lines:#?}");
}
