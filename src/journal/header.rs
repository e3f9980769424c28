//! The first line of a journal: what was to be done, by whom, and with which version.

use std::collections::BTreeSet;
use std::fmt;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::process::Process;
use super::reached::Reached;
use super::run_id::RunId;
use crate::executor::Jobs;
use crate::rollout::{GroupArn, Moment, Plan};

/// The journal's format. It grows when an older version would misread a newer journal.
pub const FORMAT: u32 = 2;

/// What was to be done, by whom, and with which version of the tool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// Always [`FORMAT`] in what this version writes.
    pub format: u32,
    /// The run.
    pub run: RunId,
    /// When it began.
    pub at: Moment,
    /// The version of the tool.
    pub tool: String,
    /// Who began it.
    pub user: String,
    /// On which machine.
    pub host: String,
    /// In which process.
    pub pid: u32,
    /// What was asked for, in words, e.g. `roll web`.
    #[serde(default)]
    pub what: String,
    /// Why, as whoever began it said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What is run and asked for each target and around the batches; nothing of it in runs that deploy
    /// nothing.
    #[serde(flatten)]
    pub jobs: Jobs,
    /// The folder in which that runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<PathBuf>,
    /// Whether a person named where the targets are put in: they were not held out by anybody.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub named: bool,
    /// How its account was reached.
    #[serde(default, skip_serializing_if = "Reached::is_unsaid")]
    pub reached: Reached,
    /// What was to be done.
    pub plan: Plan,
}

impl Header {
    /// A header for a run that this process begins.
    pub fn new(run: RunId, at: Moment, plan: Plan) -> Self {
        let Process { user, host, pid } = Process::current();
        let tool = env!("CARGO_PKG_VERSION").to_owned();
        let (reason, jobs, folder) = (None, Jobs::default(), None);
        let what = in_words(&plan);
        let named = false;
        Self {
            format: FORMAT,
            run,
            at,
            tool,
            user,
            host,
            pid,
            what,
            reason,
            jobs,
            folder,
            named,
            reached: Reached::default(),
            plan,
        }
    }

    /// The same, asked for in these words and for this reason.
    #[must_use]
    pub fn asked(self, what: impl Into<String>, reason: Option<String>) -> Self {
        Self { what: what.into(), reason, ..self }
    }

    /// Who works on it.
    pub fn process(&self) -> Process {
        Process { user: self.user.clone(), host: self.host.clone(), pid: self.pid }
    }

    /// The same, worked on by another process.
    #[must_use]
    pub fn in_hands_of(self, Process { user, host, pid }: Process) -> Self {
        Self { user, host, pid, ..self }
    }

    /// What was asked for, and why if that was said: what tells whoever finds something out
    /// whether it can be put back.
    pub fn asked_for(&self) -> String {
        let why = self.reason.iter().map(|reason| format!(" (reason: {reason})"));
        why.fold(self.what.clone(), |what, why| what + &why)
    }

    /// The same, deploying by these jobs, in the folder of this process.
    #[must_use]
    pub fn deploying(self, jobs: Jobs) -> Self {
        Self { jobs, folder: std::env::current_dir().ok(), ..self }
    }
}

/// The account and region that a group is in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Home {
    /// The account's number.
    pub account: String,
    /// The region's name.
    pub region: String,
}

impl Home {
    /// What the ARN of a group tells: `arn:aws:elasticloadbalancing:REGION:ACCOUNT:targetgroup/…`;
    /// nothing if it is no such ARN.
    pub fn of(group: &GroupArn) -> Option<Self> {
        let mut parts = group.as_str().split(':').skip(3).map(str::to_owned);
        let (region, account) = (parts.next()?, parts.next()?);
        parts.next().is_some().then_some(Self { account, region })
    }
}

impl fmt::Display for Home {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "account {} in {}", self.account, self.region)
    }
}

impl Header {
    /// The accounts and regions of the run's groups: one, unless somebody changed the journal.
    pub fn homes(&self) -> BTreeSet<Home> {
        self.plan.groups.iter().filter_map(|group| Home::of(&group.arn)).collect()
    }
}

/// The verb that makes such runs, and the groups.
fn in_words(plan: &Plan) -> String {
    let groups = plan.groups.iter().map(|group| group.name.as_str());
    let words = [plan.strategy.verb()].into_iter().chain(groups);
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::sample;

    #[test]
    fn a_header_tells_the_account_and_region_of_its_groups() {
        let header = Header::new(RunId::unique(), sample::NOON, sample::plan(&[&["i-0a"]]));
        let homes: Vec<_> = header.homes().iter().map(ToString::to_string).collect();
        assert_eq!(homes, ["account 123456789012 in eu-west-1"]);
    }

    #[test]
    fn what_was_asked_for_is_told_with_its_reason() {
        let header = Header::new(RunId::unique(), sample::NOON, sample::plan(&[&["i-0a"]]));
        assert_eq!(header.asked_for(), "roll web");
        let header = header.asked("drain i-0a", Some("swap the disk".to_owned()));
        assert_eq!(header.asked_for(), "drain i-0a (reason: swap the disk)");
    }

    #[test]
    fn what_is_no_arn_tells_neither() {
        for no_arn in ["web", "", "arn:aws:elasticloadbalancing:eu-west-1:123456789012"] {
            assert_eq!(Home::of(&GroupArn::new(no_arn)), None, "{no_arn}");
        }
    }
}
