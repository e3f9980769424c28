//! What ran here as JSON, for programs. Fields are added over time; none changes its meaning
//! without a new `v`.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::words::{commands, one_line, put_aside, unreadable};
use super::{Page, newest_first};
use crate::journal::{Header, Process, RunId};
use crate::report::put_right::put_right_by_hand;
use crate::report::{HookFailed, UndoFailed};
use crate::rollout::{Failure, GroupArn, Hook, Moment, Registration, Step, TargetId, Waited};
use crate::runs::{
    self, Course, Ending, HookRun, How, Past, Salvage, Settled, Settling, Told, Tried, courses,
    hooks, salvage,
};

/// The version of the documents.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct List<'a> {
    v: u32,
    state_dir: PathBuf,
    runs: Vec<Run<'a>>,
}

#[derive(Serialize)]
struct Shown<'a> {
    v: u32,
    #[serde(flatten)]
    run: Run<'a>,
    output: PathBuf,
    /// `null` if the journal cannot be read.
    targets: Option<Vec<Target<'a>>>,
    /// What was run around the batches, in order; `null` likewise.
    hooks: Option<Vec<Around<'a>>>,
    /// What can be had of a journal that cannot be relied on.
    saved: Option<Saved>,
    /// The command that puts it aside, once nothing of it is out.
    put_aside: Option<String>,
}

#[derive(Serialize)]
struct Run<'a> {
    run: RunId,
    began: Option<Moment>,
    changed: Option<Moment>,
    by: Option<By<'a>>,
    /// Who took it up again, the last one last; as far as that was recorded.
    taken_up: Vec<TakenUp<'a>>,
    verb: Option<&'static str>,
    /// What was asked for, in words, and why.
    what: Option<&'a str>,
    reason: Option<&'a str>,
    /// What deploys a target, and in which folder; empty if nothing does.
    command: Option<&'a [String]>,
    folder: Option<&'a Path>,
    groups: Option<Vec<&'a str>>,
    ending: Ended,
    held_out: Vec<Held<'a>>,
    /// What is still to be run after batches.
    hooks_owed: Vec<HookOf>,
    /// The targets that serve what failed on them.
    serving_what_failed: Vec<&'a TargetId>,
    /// The run that has deployed since what this one has still to deploy.
    overtaken_by: Option<RunId>,
    commands: Vec<String>,
    journal: PathBuf,
}

#[derive(Serialize)]
struct By<'a> {
    user: &'a str,
    host: &'a str,
    pid: u32,
    tool: &'a str,
}

#[derive(Serialize)]
struct TakenUp<'a> {
    at: Moment,
    #[serde(flatten)]
    by: &'a Process,
}

#[derive(Serialize)]
#[serde(tag = "how", rename_all = "kebab-case")]
enum Ended {
    UnderWay,
    Done,
    Halted {
        interrupted: Option<String>,
        /// Whether its window was over, and nothing else ended it.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        window_closed: bool,
        failed: Vec<Failed>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        hooks_failed: Vec<HookFailed>,
        /// Whom it left alone when it was taken up, because others had seen to them.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        passed_over: Vec<TargetId>,
    },
    Died {
        during: Vec<At>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        hooks: Vec<HookOf>,
    },
    NotBegun,
    Unreadable {
        why: String,
    },
}

#[derive(Serialize)]
struct At {
    target: TargetId,
    step: Step,
}

#[derive(Serialize)]
struct Failed {
    #[serde(flatten)]
    at: At,
    failure: Failure,
    /// Where and why it could not be undone, if that was tried in vain.
    #[serde(skip_serializing_if = "Option::is_none")]
    undo_failed: Option<UndoFailed>,
}

impl Failed {
    fn of(failed: runs::Failed) -> Self {
        let runs::Failed { target, step, failure, undo_failed } = failed;
        let undo_failed = undo_failed.map(|(step, failure)| UndoFailed { step, failure });
        Self { at: At { target, step }, failure, undo_failed }
    }
}

#[derive(Serialize)]
struct Held<'a> {
    registration: &'a Registration,
    since: Moment,
}

#[derive(Serialize)]
struct Target<'a> {
    target: &'a TargetId,
    steps: Vec<Done<'a>>,
    /// What others did about its being out.
    settled: Vec<Seen<'a>>,
}

#[derive(Serialize)]
struct Seen<'a> {
    at: Moment,
    how: &'static str,
    /// The run that put it back, or the person who gave it up.
    by: &'a str,
    /// Only in these; empty means in all.
    groups: &'a [GroupArn],
}

#[derive(Serialize)]
struct Done<'a> {
    step: Step,
    began: Option<Moment>,
    ended: Option<Moment>,
    how: &'static str,
    waited: Option<Waited>,
    failure: Option<&'a Failure>,
}

#[derive(Serialize)]
struct Around<'a> {
    hook: Hook,
    /// The first one is 1.
    batch: usize,
    began: Moment,
    ended: Option<Moment>,
    how: &'static str,
    failure: Option<&'a Failure>,
}

/// What is run around a batch; the first one is 1.
#[derive(Serialize)]
struct HookOf {
    hook: Hook,
    batch: usize,
}

#[derive(Serialize)]
struct Saved {
    may_be_out: Vec<Registration>,
    lost_lines: Vec<usize>,
    commands: Vec<String>,
}

/// Runs, oldest first, as one line of JSON with the newest first.
///
/// # Errors
/// Something has no JSON form, such as a path that is no text.
pub fn list_document(runs: &[Past], page: Page<'_>) -> Result<String, serde_json::Error> {
    let state_dir = page.state_dir.to_owned();
    let runs = newest_first(runs).map(|past| run(past, page)).collect();
    serde_json::to_string(&List { v: VERSION, state_dir, runs }).map(|text| text + "\n")
}

/// One run with its steps, as one line of JSON.
///
/// # Errors
/// Something has no JSON form, such as a path that is no text.
pub fn run_document(past: &Past, page: Page<'_>) -> Result<String, serde_json::Error> {
    let told = past.told.as_ref().ok();
    let courses = told.map(|told| courses(&told.header.plan, &told.facts));
    let targets = courses.as_ref().map(|courses| courses.iter().map(target).collect());
    let around: Option<Vec<_>> = told.map(|told| hooks(&told.facts));
    let hooks = around.as_ref().map(|hooks| hooks.iter().map(run_around).collect());
    let output = past.folder.output();
    let saved = unreadable(past).and_then(|_| salvage(&past.folder.journal()).ok());
    let saved = saved.map(|Salvage { may_be_out, lost, header }| {
        let commands = put_right_by_hand(&may_be_out, &page.access.or(&header.reached));
        Saved { may_be_out, lost_lines: lost, commands }
    });
    let put_aside = put_aside(past);
    let run = run(past, page);
    let shown = Shown { v: VERSION, run, output, targets, hooks, saved, put_aside };
    serde_json::to_string(&shown).map(|text| text + "\n")
}

fn run<'a>(past: &'a Past, page: Page<'_>) -> Run<'a> {
    let told = past.told.as_ref().ok();
    let header = told.map(|told| &told.header);
    let held = past.held_out().iter();
    let owed = past.owed_hooks().into_iter();
    let names =
        |header: &'a Header| header.plan.groups.iter().map(|group| group.name.as_str()).collect();
    Run {
        run: past.run,
        began: past.began(),
        changed: told.map(|told| told.changed()),
        by: told.map(by),
        taken_up: told.into_iter().flat_map(Told::taken_up).map(taken_up).collect(),
        verb: header.map(|header| header.plan.strategy.verb()),
        what: header.map(|header| header.what.as_str()),
        reason: header.and_then(|header| header.reason.as_deref()),
        command: header.map(|header| header.jobs.deploy.as_slice()),
        folder: header.and_then(|header| header.folder.as_deref()),
        groups: header.map(names),
        ending: ended(past),
        held_out: held.map(|it| Held { registration: &it.place, since: it.since }).collect(),
        hooks_owed: owed.map(|(hook, batch)| HookOf { hook, batch }).collect(),
        serving_what_failed: past.serving_what_failed(),
        overtaken_by: past.overtaken().map(|overtaken| overtaken.by),
        commands: commands(past, page.access).into_iter().map(|(_, command)| command).collect(),
        journal: past.folder.journal(),
    }
}

fn by(Told { began_by: Process { user, host, pid }, header, .. }: &Told) -> By<'_> {
    By { user, host, pid: *pid, tool: &header.tool }
}

fn taken_up((at, by): (Moment, &Process)) -> TakenUp<'_> {
    TakenUp { at, by }
}

fn ended(past: &Past) -> Ended {
    match past.ending() {
        Ending::UnderWay => Ended::UnderWay,
        Ending::Done => Ended::Done,
        Ending::Halted { interrupted, window_closed, failed, hooks, passed_over } => {
            let failed = failed.into_iter().map(Failed::of);
            let hooks =
                hooks.into_iter().map(|(hook, batch, failure)| HookFailed { hook, batch, failure });
            let hooks_failed = hooks.collect();
            let failed = failed.collect();
            Ended::Halted { interrupted, window_closed, failed, hooks_failed, passed_over }
        }
        Ending::Died { during, hooks } => {
            let during = during.into_iter().map(|(target, step)| At { target, step });
            let hooks = hooks.into_iter().map(|(hook, batch)| HookOf { hook, batch });
            Ended::Died { during: during.collect(), hooks: hooks.collect() }
        }
        Ending::NotBegun => Ended::NotBegun,
        Ending::Unreadable => {
            let why = past.told.as_ref().err().map(|why| one_line(&why.to_string()));
            Ended::Unreadable { why: why.unwrap_or_default() }
        }
    }
}

fn target(course: &Course) -> Target<'_> {
    let steps = course.tried.iter().map(done).collect();
    Target { target: &course.target, steps, settled: course.settled.iter().map(seen).collect() }
}

fn seen(Settled { at, how, groups }: &Settled) -> Seen<'_> {
    let (how, by) = match how {
        Settling::PutBack(by) => ("put-back", by),
        Settling::Forgotten(by) => ("forgotten", by),
    };
    Seen { at: *at, how, by, groups }
}

fn run_around(run: &HookRun) -> Around<'_> {
    let (how, _, failure) = ended_how(&run.how);
    let HookRun { hook, batch, began, ended, .. } = *run;
    Around { hook, batch, began, ended, how, failure }
}

fn ended_how(how: &How) -> (&'static str, Option<Waited>, Option<&Failure>) {
    match how {
        How::Finished(waited) => ("finished", *waited, None),
        How::Failed(failure) => ("failed", None, Some(failure)),
        How::Skipped => ("skipped", None, None),
        How::Unknown => ("unknown", None, None),
    }
}

fn done(tried: &Tried) -> Done<'_> {
    let (how, waited, failure) = ended_how(&tried.how);
    let Tried { step, began, ended, .. } = *tried;
    Done { step, began, ended, how, waited, failure }
}
