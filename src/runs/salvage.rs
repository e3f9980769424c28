//! What can be saved of a damaged journal: who may be out, so that a person can put it back.
//! It errs to the side of naming too much, since registering twice is harmless.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::journal::{Header, JournalError, Rest, read_rest};
use crate::rollout::{Act, Dated, Fact, GroupArn, Registration, Step, TargetId};

/// What can be saved of a damaged journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Salvage {
    /// What was to be done, and by whom.
    pub header: Header,
    /// What may be out, as far as it can be read.
    pub may_be_out: Vec<Registration>,
    /// The lines that cannot be read; they may tell of further targets of the plan.
    pub lost: Vec<usize>,
}

/// Reads what can be read of the journal at a path.
///
/// # Errors
/// Not even its header can be read.
pub fn salvage(path: &Path) -> Result<Salvage, JournalError> {
    let Rest { header, facts, lost } = read_rest(path)?;
    let mut out: BTreeMap<&TargetId, bool> = BTreeMap::new();
    let mut settled = BTreeSet::new();
    for dated in &facts {
        settled.extend(settles(&dated.fact));
        if let Some((target, is_out)) = says(dated) {
            out.insert(target, is_out);
        }
    }
    let is_out = |target: &TargetId| out.get(target).copied().unwrap_or_default();
    let targets = header.plan.targets().filter(|target| is_out(&target.id));
    let places = targets.flat_map(|target| &target.old);
    let may_be_out =
        places.filter(|place| !settled.contains(&(&place.id, &place.group))).cloned().collect();
    Ok(Salvage { header, may_be_out, lost })
}

/// Whom a fact shows out, or in again. The facts before it may be lost, so each speaks for itself.
fn says(dated: &Dated) -> Option<(&TargetId, bool)> {
    let between = |step: &Step| {
        // What comes after it is in service takes nobody out.
        !matches!(step.act, Act::Verify | Act::Bake)
    };
    match &dated.fact {
        Fact::Finished { target, step, .. } if step.act == Act::AwaitInService => {
            Some((target, false))
        }
        Fact::PutBack { target, groups, .. } | Fact::Forgotten { target, groups, .. }
            if groups.is_empty() =>
        {
            Some((target, false))
        }
        Fact::Failed { target, step, failure } if step.act == Act::Deregister => {
            Some((target, failure.may_have_acted))
        }
        Fact::Started { target, step }
        | Fact::Finished { target, step, .. }
        | Fact::Failed { target, step, .. }
            if between(step) =>
        {
            Some((target, true))
        }
        _ => None,
    }
}

/// Where others have seen to a target, if not everywhere.
fn settles(fact: &Fact) -> Vec<(&TargetId, &GroupArn)> {
    match fact {
        Fact::PutBack { target, groups, .. } | Fact::Forgotten { target, groups, .. } => {
            groups.iter().map(|group| (target, group)).collect()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::{Journal, RunFolder, RunId, sample};

    /// A journal of these facts of two targets, its line of this number destroyed.
    fn out_without(line: usize, facts: &[Dated]) -> Vec<String> {
        let state = tempfile::tempdir().unwrap();
        let plan = sample::plan(&[&["i-0a"], &["i-0b"]]);
        let header = Header::new(RunId::unique(), sample::NOON, plan);
        let mut journal = Journal::create(state.path(), &header).unwrap();
        facts.iter().for_each(|fact| journal.append(fact).unwrap());
        let path = RunFolder::of(state.path(), &header.run).journal();
        let text = std::fs::read_to_string(&path).unwrap();
        let mut lines: Vec<_> = text.lines().collect();
        lines[line - 1] = "#";
        std::fs::write(&path, lines.join("\n") + "\n").unwrap();
        let saved = salvage(&path).unwrap();
        assert_eq!((saved.lost, &saved.header), (vec![line], &header));
        saved.may_be_out.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn whoever_is_out_by_the_whole_journal_is_named_whichever_line_but_its_last_is_lost() {
        let done = sample::undisturbed(0.0, "i-0a");
        for length in 2..done.len() {
            let facts = [&done[..], &sample::undisturbed(30.0, "i-0b")[..length]].concat();
            for line in 2..=facts.len() {
                let out = out_without(line, &facts);
                assert!(out.contains(&"i-0b:8080 in web".to_owned()), "{length}, {line}: {out:?}");
                let lost_its_end = line == done.len() + 1;
                assert_eq!(out.len(), 1 + usize::from(lost_its_end), "{length}, {line}: {out:?}");
            }
        }
    }

    #[test]
    fn a_deregister_that_never_acted_took_nobody_out() {
        let [started, _, ..] = &sample::undisturbed(0.0, "i-0b")[..] else { panic!() };
        for (may_have_acted, out) in [(true, 1), (false, 0)] {
            let failed = sample::failed(1.0, "i-0b", Act::Deregister, may_have_acted);
            assert_eq!(out_without(2, &[started.clone(), failed]).len(), out);
        }
    }

    #[test]
    fn what_was_put_back_or_given_up_in_its_group_is_not_out() {
        let groups = vec![sample::arn("web")];
        let (target, by) = (TargetId::new("i-0b"), "another".to_owned());
        let settled = [
            Fact::PutBack { target: target.clone(), by: by.clone(), groups: groups.clone() },
            Fact::PutBack { target: target.clone(), by: by.clone(), groups: Vec::new() },
            Fact::Forgotten { target, by, groups },
        ];
        let [started, deregistered, ..] = &sample::undisturbed(0.0, "i-0b")[..] else { panic!() };
        for fact in settled {
            let settled = Dated { at: sample::at(9.0), fact };
            let facts = [started.clone(), deregistered.clone(), settled];
            assert_eq!(out_without(2, &facts), [""; 0]);
        }
    }

    #[test]
    fn of_a_journal_without_a_header_nothing_is_said() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "#\n").unwrap();
        assert!(salvage(file.path()).is_err());
    }
}
