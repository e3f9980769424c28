//! A run on a terminal: a live row for each target under way, what happened above them. Rows are
//! drawn anew at most four times a second.

mod row;

use std::collections::BTreeMap;
use std::io::Write;

use indicatif::{MultiProgress, ProgressDrawTarget};

use self::row::Row;
use super::closing::closing;
use super::paint::Paint;
use super::phrase::{Phrases, indented, left_out, printable, runs_on};
use super::screen::{Screen, Size, size_of_stderr};
use super::{Event, Report, Sight};
use crate::journal::RunId;
use crate::rollout::{Fact, Moment, Outlook, Plan, Step, TargetId};
use crate::utc;

/// Enough for a clock that shows seconds, and cheap over a slow line.
const DRAWINGS_PER_SECOND: u8 = 4;

/// Shows a run on a terminal.
#[derive(Debug)]
pub struct Tty {
    screen: Screen,
    rows: MultiProgress,
    phrases: Phrases,
    under_way: BTreeMap<TargetId, Row>,
    standing: Row,
    targets: usize,
    done: usize,
    last_step: Option<Step>,
}

impl Tty {
    /// On the terminal behind standard error, through this writer to it.
    pub fn new(writer: impl Write + Send + 'static, paint: Paint) -> Self {
        Self::sized(writer, paint, size_of_stderr())
    }

    fn sized(writer: impl Write + Send + 'static, paint: Paint, size: Size) -> Self {
        let screen = Screen::new(writer, size);
        let drawn_on = Box::new(screen.clone());
        let target = ProgressDrawTarget::term_like_with_hz(drawn_on, DRAWINGS_PER_SECOND);
        Self {
            screen,
            rows: MultiProgress::with_draw_target(target),
            phrases: Phrases::new(paint),
            under_way: BTreeMap::new(),
            standing: Row::hidden(),
            targets: 0,
            done: 0,
            last_step: None,
        }
    }

    /// Not indicatif's `println`: it ends lines with blanks instead of a line break, so that
    /// they cannot be copied.
    fn above(&self, text: &str) {
        self.rows.suspend(|| self.screen.line(text));
    }

    fn above_at(&self, at: Moment, text: &str) {
        self.above(&format!("{}  {text}", utc::time_of_day(at)));
    }

    fn begin(&mut self, at: Moment, run: &RunId, plan: &Plan, outlook: Option<&Outlook>) {
        let lines = self.phrases.begun(run, plan, outlook);
        lines.iter().for_each(|line| self.above_at(at, line));
        self.targets = plan.targets().count();
        self.last_step = plan.steps().last().copied();
        self.standing = Row::standing(&self.rows);
        self.stand("");
    }

    fn await_all(&mut self, at: Moment, what: &str, targets: &[TargetId]) {
        self.phrases.align(targets.iter());
        self.above_at(at, what);
        self.standing = Row::standing(&self.rows);
        for target in targets {
            let row = Row::above(&self.rows, &self.standing);
            row.begin(self.phrases.target(target));
            self.under_way.insert(target.clone(), row);
        }
    }

    /// The row below all others: how many are done, and what is in the way.
    fn stand(&self, note: &str) {
        // A wait of no run has nothing to count.
        if self.targets == 0 {
            return self.standing.say(note);
        }
        let so_far = format!("{} of {} done", self.done, self.targets);
        let text = if note.is_empty() { so_far } else { format!("{so_far}, {note}") };
        self.standing.say(&text);
    }

    fn fact(&mut self, at: Moment, fact: &Fact) {
        let mut lines = self.phrases.fact(at, fact);
        match fact {
            Fact::Started { target, step } => return self.start(target, *step),
            Fact::Finished { target, step, .. } if Some(*step) == self.last_step => {
                self.under_way.remove(target);
                self.done += 1;
                lines = vec![self.phrases.all_done(target)];
            }
            Fact::Finished { .. } => return,
            Fact::Failed { target, .. } => drop(self.under_way.remove(target)),
            Fact::HookStarted { .. }
            | Fact::HookFinished { .. }
            | Fact::HookFailed { .. }
            | Fact::Skipped { .. }
            | Fact::PutBack { .. }
            | Fact::Forgotten { .. }
            | Fact::Interrupted { .. }
            | Fact::WindowClosed
            | Fact::Resumed { .. } => {}
        }
        self.stand("");
        for line in lines {
            self.above_at(at, &line);
        }
    }

    fn start(&mut self, target: &TargetId, step: Step) {
        let name = self.phrases.step(target, step);
        let standing = &self.standing;
        let row = self.under_way.entry(target.clone());
        row.or_insert_with(|| Row::above(&self.rows, standing)).begin(name);
        self.stand("");
    }

    fn sight(&self, at: Moment, sight: &Sight) {
        let Some(row) = self.under_way.get(&sight.target) else { return };
        let seen = sight.seen.iter().map(|seen| self.phrases.seen(sight, seen));
        let seen = seen.chain(runs_on(at, sight));
        row.see(sight, &seen.collect::<Vec<_>>().join("; "));
    }

    fn clear(&mut self) {
        self.under_way.clear();
        self.standing = Row::hidden();
    }

    fn end(&mut self, text: &str) {
        self.clear();
        self.above(text);
    }
}

impl Report for Tty {
    fn event(&mut self, at: Moment, event: &Event<'_>) {
        match event {
            Event::Begun { run, plan, outlook } => self.begin(at, run, plan, *outlook),
            Event::Awaiting { what, targets } => self.await_all(at, what, targets),
            Event::Reached { took, waited } => {
                self.clear();
                self.above_at(at, &self.phrases.reached(*took, *waited));
            }
            // Told as the error that ends the process.
            Event::NotReached { .. } => self.clear(),
            Event::Fact(fact) => self.fact(at, fact),
            Event::Waiting(sight) => self.sight(at, sight),
            Event::Output { target, line } => {
                self.above(&format!("{target} | {}", printable(line)));
            }
            Event::HookOutput { from, line } => {
                self.above(&format!("{from} | {}", printable(line)));
            }
            Event::LeftOut { lines, .. } => {
                left_out(*lines).iter().for_each(|said| self.above_at(at, said));
            }
            Event::Holding { why } => self.stand(&format!("holding: {why}")),
            Event::Troubled { what } => self.stand(&format!("still trying: {what}")),
            Event::Recovered => self.stand(""),
            Event::Noted { what } => self.above_at(at, &indented(what)),
            Event::Ended { summary } => self.end(&closing(summary, self.phrases.paint)),
        }
    }
}

#[cfg(test)]
mod tests;
