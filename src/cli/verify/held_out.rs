//! What runs of this machine hold out, as findings: a run would be refused for it.

use crate::cli::Global;
use crate::cli::unfinished::{IfHeldOut, LeftOut, left_out};
use crate::journal::Header;
use crate::report::{give_up_each, put_right};
use crate::rollout::Snapshot;
use crate::rollout::preflight::{Finding, Level, names};
use crate::state_dir::known_state_dir;

/// One for each run that holds something out of a group that was looked at, and one for each
/// journal that cannot be read.
pub(super) fn findings(seen: &Snapshot, what: IfHeldOut, global: &Global) -> Vec<Finding> {
    let Some(folder) = known_state_dir(global.state_dir.clone()) else {
        let finding =
            Finding::new(Level::Fail, names::HELD_OUT, "no folder for the state is known");
        return vec![finding.advise("name one with --state-dir")];
    };
    let (left, unreadable) = match left_out(&folder, seen) {
        Ok(read) => read,
        Err(error) => {
            let finding = Finding::new(Level::Fail, names::HELD_OUT, format!("failed to {error}"));
            return vec![error.hint().into_iter().fold(finding, Finding::advise)];
        }
    };
    let level = if what == IfHeldOut::Fail { Level::Fail } else { Level::Warn };
    let mut findings: Vec<_> = left.iter().map(|run| of_run(run, level, global)).collect();
    findings
        .extend(unreadable.into_iter().map(|why| Finding::new(Level::Warn, names::HELD_OUT, why)));
    if findings.is_empty() {
        let what = "no run on this machine holds a target of these groups out";
        findings.push(Finding::new(Level::Ok, names::HELD_OUT, what));
    }
    findings
}

fn of_run(left: &LeftOut, level: Level, global: &Global) -> Finding {
    let Header { run, user, host, .. } = &left.header;
    let places = left.places().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let asked_for = left.header.asked_for();
    if left.is_under_way {
        let what = format!(
            "run {run} by {user} on {host}, {asked_for}, is under way and holds out: {places}"
        );
        return Finding::new(Level::Fail, names::HELD_OUT, what).advise("wait until it has ended");
    }
    let what = format!(
        "run {run} by {user} on {host}, {asked_for}, took out and did not put back: {places}"
    );
    let commands = put_right(left.places(), &global.access()).into_iter();
    let finding = commands.fold(Finding::new(level, names::HELD_OUT, what), |finding, command| {
        finding.advise(format!("put it back with: {command}"))
    });
    let finding = match level {
        Level::Fail => finding.advise("or go on without it: --if-held-out ignore"),
        _ => finding,
    };
    let gone = give_up_each(left.places(), &global.access()).into_iter();
    gone.fold(finding, |finding, (id, command)| {
        finding.advise(format!("if {id} is gone for good: {command}"))
    })
}
