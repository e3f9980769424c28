//! How long deploys took on this machine, for who wants to know how long the next one takes.

use std::time::Duration;

use super::past::Past;
use super::steps::{How, Tried, courses};
use crate::rollout::GroupArn;

/// Of so many of the latest deploys the median is told: one that had to wait for a mirror counts little.
const LATEST: usize = 20;

/// How long a deploy into one of these groups usually took; none if none is recorded.
pub fn usual_deploy(runs: &[Past], groups: &[&GroupArn]) -> Option<Duration> {
    let told = runs.iter().rev().filter_map(|past| past.told.as_ref().ok());
    let here = told
        .filter(|told| told.header.plan.groups.iter().any(|group| groups.contains(&&group.arn)));
    let tried = here.flat_map(|told| courses(&told.header.plan, &told.facts));
    let tried = tried.flat_map(|course| course.tried).filter_map(|tried| took(&tried));
    let mut latest: Vec<_> = tried.take(LATEST).collect();
    latest.sort();
    latest.get(latest.len() / 2).copied()
}

fn took(tried: &Tried) -> Option<Duration> {
    let is_done = tried.step.act.deploys() && matches!(tried.how, How::Finished(_));
    is_done.then_some(tried.ended?.since(tried.began?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::{Header, Journal, RunId, sample};
    use crate::rollout::Act;

    #[test]
    fn the_median_of_the_deploys_into_these_groups_is_told() {
        let state = tempfile::tempdir().unwrap();
        for (number, took) in [5.0, 1.0, 90.0].into_iter().enumerate() {
            let began = sample::at(f64::from(u32::try_from(number).unwrap()) * 1000.0);
            let header = Header::new(RunId::unique(), began, sample::plan(&[&["i-0a"]]));
            let mut journal = Journal::create(state.path(), &header).unwrap();
            let mut facts = sample::undisturbed(0.0, "i-0a")[..4].to_vec();
            facts.push(sample::started(30.0, "i-0a", Act::Deploy));
            facts.push(sample::finished(30.0 + took, "i-0a", Act::Deploy));
            facts.iter().for_each(|fact| journal.append(fact).unwrap());
        }
        let runs = Past::all(state.path()).unwrap();
        let usual = |group: &str| usual_deploy(&runs, &[&sample::arn(group)]);
        assert_eq!(usual("web"), Some(Duration::from_secs(5)));
        assert_eq!(usual("other"), None);
    }
}
