//! A run as lines for a log: one for each fact, and one when a health changes. Looks that see
//! what was seen before print nothing.

use std::collections::BTreeMap;
use std::io::Write;

use super::closing::closing;
use super::outlet::Outlet;
use super::paint::Paint;
use super::phrase::{Phrases, far, indented, left_out, printable};
use super::{Event, Report, Sight};
use crate::rollout::{Fact, Moment, Sighting, TargetId};
use crate::utc;

/// Prints a run as lines.
#[derive(Debug)]
pub struct Lines<W> {
    outlet: Outlet<W>,
    phrases: Phrases,
    seen: BTreeMap<TargetId, Vec<Sighting>>,
}

impl<W: Write> Lines<W> {
    /// Lines on a writer.
    pub fn new(writer: W, paint: Paint) -> Self {
        let phrases = Phrases::new(paint);
        Self { outlet: Outlet::new(writer), phrases, seen: BTreeMap::new() }
    }

    fn say(&mut self, at: Moment, text: &str) {
        self.outlet.line(&format!("{}  {text}", utc::time_of_day(at)));
    }

    fn fact(&mut self, at: Moment, fact: &Fact) {
        if let Fact::Started { target, .. } = fact {
            self.seen.remove(target);
        }
        for line in self.phrases.fact(at, fact) {
            self.say(at, &line);
        }
    }

    fn sight(&mut self, at: Moment, sight: &Sight) {
        let before = self.seen.insert(sight.target.clone(), sight.seen.clone());
        let before = before.unwrap_or_default();
        for seen in sight.seen.iter().filter(|seen| !before.contains(seen)) {
            let step = self.phrases.step(&sight.target, sight.step);
            let seen = self.phrases.seen(sight, seen);
            self.say(at, &format!("{step}  {seen}  {}", far(at, sight)));
        }
    }
}

impl<W: Write + Send> Report for Lines<W> {
    fn event(&mut self, at: Moment, event: &Event<'_>) {
        match event {
            Event::Begun { run, plan, outlook } => {
                let lines = self.phrases.begun(run, plan, *outlook);
                lines.iter().for_each(|line| self.say(at, line));
            }
            Event::Awaiting { what, targets } => {
                self.phrases.align(targets.iter());
                self.say(at, what);
            }
            Event::Reached { took, waited } => {
                let text = self.phrases.reached(*took, *waited);
                self.say(at, &text);
            }
            // Told as the error that ends the process.
            Event::NotReached { .. } => {}
            Event::Fact(fact) => self.fact(at, fact),
            Event::Waiting(sight) => self.sight(at, sight),
            Event::Output { target, line } => {
                self.outlet.line(&format!("{target} | {}", printable(line)));
            }
            Event::HookOutput { from, line } => {
                self.outlet.line(&format!("{from} | {}", printable(line)));
            }
            Event::LeftOut { lines, .. } => {
                left_out(*lines).iter().for_each(|said| self.say(at, said));
            }
            Event::Holding { why } => self.say(at, &format!("holding: {why}")),
            Event::Troubled { what } => self.say(at, &format!("still trying: {what}")),
            Event::Recovered => self.say(at, "the load balancer answers again"),
            Event::Noted { what } => self.say(at, &indented(what)),
            Event::Ended { summary } => self.outlet.line(&closing(summary, self.phrases.paint)),
        }
    }
}
