//! A status as people read it: a block for each group, a row for each of its targets.

use console::measure_text_width;

use super::heading::{facts, headline};
use super::wrap::{widest_word, wrapped};
use super::{GroupStatus, Status, TargetStatus};
use crate::report::paint::Paint;

/// What prose keeps to where the reader's width is not known.
const PROSE_WIDTH: usize = 80;
/// Room for the longest label, `slow start`.
const LABEL_WIDTH: usize = 10;
/// What belongs to a group stands below its name.
const INDENT: &str = "  ";
/// A reason that gets less room than this beside its row stands below it.
const LEAST_REASON_WIDTH: usize = 24;
const BELOW: &str = "      ";

/// What a status is written on.
#[derive(Debug, Clone, Copy)]
pub struct Page {
    /// Whether words may be coloured.
    pub paint: Paint,
    /// Its width; `None` where nobody knows, as in a pipe: a target is one line then.
    pub width: Option<usize>,
}

/// A status as text, its last line ended.
pub fn table(status: &Status, page: Page) -> String {
    let blocks = status.groups.iter().map(|group| block(group, page));
    let blocks = blocks.map(|lines| lines.join("\n") + "\n");
    blocks.collect::<Vec<_>>().join("\n")
}

fn block(status: &GroupStatus, page: Page) -> Vec<String> {
    let mut lines = wrapped(&headline(status, page.paint), page.width.unwrap_or(PROSE_WIDTH));
    for (label, paragraphs) in facts(status, page.paint) {
        let mut label = label;
        for paragraph in paragraphs {
            lines.extend(labelled(std::mem::take(&mut label), &paragraph, page));
        }
    }
    if status.is_drainable() && !status.targets.is_empty() {
        lines.push(String::new());
        lines.extend(rows(&status.targets, page));
    }
    for command in &status.put_back {
        // As it is: a command that is broken over lines cannot be pasted.
        lines.push(format!("{INDENT}{:<LABEL_WIDTH$}  {command}", "put back"));
    }
    lines
}

fn labelled(label: &str, text: &str, page: Page) -> Vec<String> {
    let room = page.width.unwrap_or(PROSE_WIDTH).saturating_sub(INDENT.len() + LABEL_WIDTH + 2);
    let mut label = label;
    let lines = wrapped(text, room).into_iter();
    lines
        .map(|line| format!("{INDENT}{:<LABEL_WIDTH$}  {line}", std::mem::take(&mut label)))
        .collect()
}

/// What stands in a row; the zone is left out where none is told.
struct Row {
    cells: Vec<String>,
    why: String,
}

fn rows(targets: &[TargetStatus], page: Page) -> Vec<String> {
    let zoned = targets.iter().any(|target| target.place.zone.is_some());
    let mut names = vec!["TARGET", "PORT", "ZONE", "STATE"];
    names.retain(|name| zoned || *name != "ZONE");
    let names = names.into_iter().map(str::to_owned).collect();
    let mut rows = vec![Row { cells: names, why: "REASON".to_owned() }];
    if targets.iter().all(|target| target.why.is_none()) {
        rows[0].why.clear();
    }
    rows.extend(targets.iter().map(|target| row(target, zoned, page.paint)));
    let widths: Vec<usize> = (0..rows[0].cells.len())
        .map(|at| rows.iter().map(|row| measure_text_width(&row.cells[at])).max().unwrap_or(0))
        .collect();
    rows.iter().flat_map(|row| lines(row, &widths, page)).collect()
}

fn row(target: &TargetStatus, zoned: bool, paint: Paint) -> Row {
    let TargetStatus { place, health, why, held_out } = target;
    let left_behind = held_out.as_ref().is_some_and(|held| !held.under_way);
    let state = match left_behind {
        true => paint.bad(health.state.as_str()),
        false => paint.state(health),
    };
    let mut cells = vec![place.id.to_string(), place.port.to_string()];
    if zoned {
        cells.push(place.zone.clone().unwrap_or_else(|| "-".to_owned()));
    }
    cells.push(state);
    Row { cells, why: why.clone().unwrap_or_default() }
}

fn lines(row: &Row, widths: &[usize], page: Page) -> Vec<String> {
    let mut line = INDENT.to_owned();
    for (cell, width) in row.cells.iter().zip(widths) {
        let padding = width - measure_text_width(cell);
        line += &format!("{cell}{:padding$}  ", "");
    }
    let taken = measure_text_width(&line);
    let room = page.width.unwrap_or(usize::MAX).saturating_sub(taken);
    if room >= LEAST_REASON_WIDTH && widest_word(&row.why) <= room {
        let reason = wrapped(&row.why, room).join(&format!("\n{:taken$}", ""));
        return (line + &reason).lines().map(|line| line.trim_end().to_owned()).collect();
    }
    let below = page.width.unwrap_or(usize::MAX).saturating_sub(BELOW.len());
    let reason = wrapped(&row.why, below).into_iter().map(|text| format!("{BELOW}{text}"));
    let mut lines = vec![line.trim_end().to_owned()];
    lines.extend(reason.filter(|_| !row.why.is_empty()));
    lines
}
