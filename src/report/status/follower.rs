//! What a reader of statuses is told of the next one: the screen drawn anew, or what changed.

use std::collections::BTreeMap;

use console::measure_text_width;

use super::table::{Page, table};
use super::{Status, TargetStatus, document};
use crate::report::paint::Paint;
use crate::rollout::Registration;
use crate::utc;

/// Rows and columns of a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// How many lines it has.
    pub rows: usize,
    /// How many signs stand in a line.
    pub columns: usize,
}

/// Follows a status from pass to pass, for one kind of reader.
#[derive(Debug)]
pub struct Follower {
    kind: Kind,
    before: Option<Status>,
}

#[derive(Debug)]
enum Kind {
    Screen { paint: Paint, drawn: usize },
    Lines(Page),
    Json,
}

impl Follower {
    /// A terminal, which shows the latest status only.
    pub fn screen(paint: Paint) -> Self {
        Self { kind: Kind::Screen { paint, drawn: 0 }, before: None }
    }

    /// A table, then a line for each change.
    pub fn lines(page: Page) -> Self {
        Self { kind: Kind::Lines(page), before: None }
    }

    /// A document, then another one after each change.
    pub fn json() -> Self {
        Self { kind: Kind::Json, before: None }
    }

    /// What is to be written now. On a terminal of this size the notes stand above the table and
    /// stay, and the foot stands below it; others are not told of them here.
    pub fn next(&mut self, status: Status, size: Size, notes: &[String], foot: &str) -> String {
        let before = self.before.replace(status.clone());
        match (&mut self.kind, before) {
            (Kind::Screen { paint, drawn }, _) => {
                let table = table(&status, Page { paint: *paint, width: Some(size.columns) });
                let (text, rows) = drawing(&table, foot, size);
                let up = if *drawn > 0 { format!("\x1b[{drawn}A\r") } else { String::new() };
                *drawn = rows;
                up + &notes.iter().map(|note| over(note)).collect::<String>() + &text
            }
            (Kind::Lines(page), None) => table(&status, *page),
            (Kind::Lines(_), Some(before)) => changes(&before, &status).concat(),
            (Kind::Json, Some(before)) if before.groups == status.groups => String::new(),
            (Kind::Json, _) => document(&status) + "\n",
        }
    }
}

/// A line over what stood there before: nothing is cleared first, so nothing flickers.
fn over(line: &str) -> String {
    format!("{line}\x1b[K\n")
}

/// The table and its foot, with the rows that they take. What does not fit is left out: a cursor
/// cannot go back above the screen.
fn drawing(table: &str, foot: &str, size: Size) -> (String, usize) {
    let takes = |line: &str| measure_text_width(line).div_ceil(size.columns.max(1)).max(1);
    let all: Vec<&str> = table.lines().collect();
    // The foot, what is left out, and the line that the cursor stands in.
    let room = size.rows.saturating_sub(takes(foot) + 2);
    let mut rows = 0;
    let fits = all.iter().take_while(|line| {
        rows += takes(line);
        rows <= room
    });
    let shown: Vec<&str> = fits.copied().collect();
    let left_out = all.len() - shown.len();
    let more = format!("... {left_out} more lines; name fewer groups to see them");
    let more = (left_out > 0).then_some(more.as_str());
    let lines: Vec<&str> = shown.into_iter().chain(more).chain([foot]).collect();
    let text: String = lines.iter().map(|line| over(line)).collect();
    (text + "\x1b[J", lines.into_iter().map(takes).sum())
}

/// A line for each registration of which something else is said than before.
fn changes(before: &Status, after: &Status) -> Vec<String> {
    let (old, new) = (by_place(before), by_place(after));
    let places = new.keys().chain(old.keys().filter(|place| !new.contains_key(*place)));
    let at = utc::time_of_day(after.at);
    let line = |place: &&Registration| {
        let change = change(old.get(*place).copied(), new.get(*place).copied())?;
        let Registration { group, id, port, .. } = place;
        Some(format!("{at}  {} {id}:{port}  {change}\n", group.name()))
    };
    places.filter_map(line).collect()
}

fn by_place(status: &Status) -> BTreeMap<&Registration, &TargetStatus> {
    let targets = status.groups.iter().flat_map(|group| &group.targets);
    targets.map(|target| (&target.place, target)).collect()
}

fn change(before: Option<&TargetStatus>, after: Option<&TargetStatus>) -> Option<String> {
    let said = |target: Option<&TargetStatus>| match target {
        Some(target) if !target.health.is_not_registered() => {
            target.health.state.as_str().to_owned()
        }
        _ => "not registered".to_owned(),
    };
    let why = |target: Option<&TargetStatus>| target.and_then(|target| target.why.clone());
    let (from, to) = (said(before), said(after));
    let (was, is) = (why(before), why(after));
    if from == to && was == is {
        return None;
    }
    let states = if from == to { to } else { format!("{from} -> {to}") };
    Some(match is {
        Some(why) => format!("{states}, {why}"),
        None => states,
    })
}
