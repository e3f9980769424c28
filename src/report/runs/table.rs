//! All runs as people read them: a row for each, and below it what is still to be put right.

use console::measure_text_width;

use super::words::{commands, ended, one_line, out, overtaken, owed, serving, unreadable};
use super::{AS_RECORDED, Page, newest_first};
use crate::journal::RunId;
use crate::runs::Past;
use crate::utc;

/// How much of an id tells the millisecond: `019a1111-2222`. Most runs need no more.
const SHORT_ID: usize = 13;
const HEADING: [&str; 5] = ["RUN", "BEGAN", "BY", "WHAT", "ENDED"];
const INDENT: &str = "    ";

/// Runs, oldest first, as a table with the newest on top.
pub fn table(runs: &[Past], page: Page<'_>) -> String {
    let folder = page.state_dir.display();
    if runs.is_empty() {
        return format!("no run is recorded in {folder}\n");
    }
    let ids: Vec<_> = runs.iter().map(|past| past.run).collect();
    let length = id_length(&ids);
    let cells: Vec<_> = newest_first(runs).map(|past| row(past, length, page)).collect();
    let heading = HEADING.map(str::to_owned);
    let width = |column: usize| {
        let rows = cells.iter().chain([&heading]);
        rows.map(|row| measure_text_width(&row[column])).max().unwrap_or_default()
    };
    let widths = [0, 1, 2, 3, 4].map(width);
    let mut text = line(&heading, widths);
    for (past, row) in newest_first(runs).zip(&cells) {
        text += &line(row, widths);
        text.extend(below(past, page).iter().map(|line| format!("{INDENT}{line}\n")));
    }
    text + &format!("{AS_RECORDED} ({folder})\n")
}

fn row(past: &Past, length: usize, page: Page<'_>) -> [String; 5] {
    let unknown = || "-".to_owned();
    let header = past.told.as_ref().ok().map(|told| &told.header);
    let by = header.map(|header| one_line(&format!("{}@{}", header.user, header.host)));
    [
        past.run.to_string().chars().take(length).collect(),
        past.began().map_or_else(unknown, utc::date_and_time),
        by.unwrap_or_else(unknown),
        header.map(|header| one_line(&header.what)).unwrap_or_else(unknown),
        ended(past, page.paint),
    ]
}

fn line(cells: &[String; 5], widths: [usize; 5]) -> String {
    let cells = cells.iter().zip(widths);
    let padded = cells.map(|(cell, width)| {
        let padding = width.saturating_sub(measure_text_width(cell));
        format!("{cell}{:padding$}", "")
    });
    padded.collect::<Vec<_>>().join("  ").trim_end().to_owned() + "\n"
}

fn below(past: &Past, page: Page<'_>) -> Vec<String> {
    let out = out(past);
    let mut lines = Vec::new();
    if !out.is_empty() {
        let since = past.held_out().iter().map(|held| held.since).min();
        let since = since.map(|since| format!(" (since {})", utc::date_and_time(since)));
        lines.push(format!("held out: {}{}", out.join(", "), since.unwrap_or_default()));
        let reason = past.told.as_ref().ok().and_then(|told| told.header.reason.as_ref());
        lines.extend(reason.map(|reason| format!("reason: {}", one_line(reason))));
    }
    lines.extend(serving(past));
    lines.extend(overtaken(past));
    lines.extend(owed(past).iter().map(|hook| format!("not run yet: {hook}")));
    let commands = commands(past, page.access);
    lines.extend(commands.iter().map(|(what, command)| format!("{what}: {command}")));
    if let Some((why, hint)) = unreadable(past) {
        lines.push(format!("failed to {why}"));
        let show = || page.access.command(&format!("runs show {}", past.run));
        lines.push(hint.unwrap_or_else(|| format!("see what can be saved: {}", show())));
    }
    lines
}

/// So much of the ids that each is told from every other.
fn id_length(ids: &[RunId]) -> usize {
    let mut names: Vec<_> = ids.iter().map(ToString::to_string).collect();
    names.sort();
    let shared = |(one, other): (&String, &String)| {
        one.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count()
    };
    let most = names.iter().zip(names.iter().skip(1)).map(shared).max();
    most.map_or(SHORT_ID, |shared| (shared + 1).max(SHORT_ID))
}
