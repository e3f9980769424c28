//! What a preflight found, as a table for people and as JSON for programs.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde::Serialize;

use super::access::Access;
use super::paint::Paint;
use super::phrase::printable;
use super::setting::set;
use crate::rollout::preflight::{Change, Finding, Level};
use crate::rollout::{GroupArn, Moment};

/// The version of the document.
const VERSION: u32 = 1;
/// What stands for the group of a finding that is about the run.
const NO_GROUP: &str = "";
const THE_RUN: &str = "the run";

/// Findings as lines, the worst first, each with what would change it below, and a count for each
/// group at the end, where a reader looks first.
pub fn table(findings: &[Finding], access: &Access, paint: Paint) -> String {
    let mut sorted: Vec<_> = findings.iter().collect();
    sorted.sort_by_key(|finding| finding.level);
    let width = |cell: fn(&Finding) -> &str| {
        findings.iter().map(|finding| cell(finding).chars().count()).max().unwrap_or_default()
    };
    let (group, check) = (width(group_name), width(|finding| finding.check));
    let mut text = String::new();
    for finding in sorted {
        let level = painted(finding.level, paint);
        let gap = if group == 0 { "" } else { "  " };
        let (name, what) = (group_name(finding), printable(&finding.what).replace('\n', " "));
        text += &format!("{level}{gap}{name:<group$}  {:<check$}  {what}\n", finding.check);
        for change in &finding.changes {
            let what = said(finding, change, access);
            let mark = if matches!(change, Change::Words(_)) { "->" } else { "  " };
            text += &format!("      {mark} {}\n", printable(&what).replace('\n', " "));
        }
    }
    for (group, counts) in counted(findings) {
        let name = group.map_or(THE_RUN, GroupArn::name);
        let Counts { fail, warn, ok } = counts;
        let _ = writeln!(text, "{name}: {fail} fail, {warn} warn, {ok} ok");
    }
    text
}

fn group_name(finding: &Finding) -> &str {
    finding.group.as_ref().map_or(NO_GROUP, GroupArn::name)
}

fn painted(level: Level, paint: Paint) -> String {
    match level {
        Level::Fail => paint.bad("fail"),
        Level::Warn => paint.pending("warn"),
        Level::Ok => paint.good("ok  "),
    }
}

fn said(finding: &Finding, change: &Change, access: &Access) -> String {
    match (change, &finding.group) {
        (Change::Words(words), _) => words.clone(),
        (Change::Set(setting), Some(group)) => set(group, setting, access),
        (Change::Set(_), None) => String::new(),
    }
}

/// How many findings there are of each level.
#[derive(Debug, Clone, Copy, Default, Serialize)]
struct Counts {
    fail: usize,
    warn: usize,
    ok: usize,
}

impl Counts {
    fn count(&mut self, level: Level) {
        *match level {
            Level::Fail => &mut self.fail,
            Level::Warn => &mut self.warn,
            Level::Ok => &mut self.ok,
        } += 1;
    }
}

/// By group, in the order in which they are found; those of the run first.
fn counted(findings: &[Finding]) -> Vec<(Option<&GroupArn>, Counts)> {
    let mut counted: BTreeMap<Option<&GroupArn>, Counts> = BTreeMap::new();
    for finding in findings {
        counted.entry(finding.group.as_ref()).or_default().count(finding.level);
    }
    counted.into_iter().collect()
}

#[derive(Serialize)]
struct Document<'a> {
    v: u32,
    at: Moment,
    #[serde(flatten)]
    counts: Counts,
    findings: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Row<'a> {
    level: Level,
    check: &'static str,
    group: Option<&'a str>,
    group_arn: Option<&'a GroupArn>,
    what: &'a str,
    change: Vec<String>,
}

/// Findings as one JSON document in one line, in the order in which they are found. `at` is in milliseconds
/// since the Unix epoch; `group` is null where a finding is about the run.
///
/// # Errors
/// None that the types allow.
pub fn json(findings: &[Finding], access: &Access, at: Moment) -> serde_json::Result<String> {
    let mut counts = Counts::default();
    findings.iter().for_each(|finding| counts.count(finding.level));
    let row = |finding| row(finding, access);
    let findings = findings.iter().map(row).collect();
    serde_json::to_string(&Document { v: VERSION, at, counts, findings })
}

fn row<'a>(finding: &'a Finding, access: &Access) -> Row<'a> {
    Row {
        level: finding.level,
        check: finding.check,
        group: finding.group.as_ref().map(GroupArn::name),
        group_arn: finding.group.as_ref(),
        what: &finding.what,
        change: finding.changes.iter().map(|change| said(finding, change, access)).collect(),
    }
}

#[cfg(test)]
mod tests;
