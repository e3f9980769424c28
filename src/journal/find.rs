//! Finds the run that a person means by the beginning of its id.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use super::error::JournalError;
use super::folder::RunFolder;
use super::run_id::RunId;

/// More of them would hide the hint below.
const NAMED_AT_MOST: usize = 5;

/// No run, or more than one, is meant.
#[derive(Debug, thiserror::Error)]
pub enum FindError {
    /// None begins so.
    #[error("find run '{said}': no run in {} has such an id", state_dir.display())]
    Unknown {
        /// What was said.
        said: String,
        /// Where it was looked for.
        state_dir: PathBuf,
    },
    /// Several begin so.
    #[error("find run '{said}': it can be {}", or(runs))]
    Ambiguous {
        /// What was said.
        said: String,
        /// Whose ids begin so, newest first.
        runs: Vec<RunId>,
    },
    /// The runs cannot be listed.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

impl FindError {
    /// What a person can do about it, given the command that lists the runs.
    pub fn hint(&self, list: &str) -> Option<String> {
        match self {
            Self::Unknown { .. } => Some(format!("list them with: {list}")),
            Self::Ambiguous { .. } => Some(format!("say more of the id; list them with: {list}")),
            Self::Journal(error) => error.hint().map(Cow::into_owned),
        }
    }
}

impl RunId {
    /// The run below a state folder whose id begins so; hyphens and case do not matter.
    ///
    /// # Errors
    /// None or several do, or the runs cannot be listed.
    pub fn find(state_dir: &Path, said: &str) -> Result<Self, FindError> {
        let wanted = bare(said);
        let runs = RunFolder::all(state_dir)?.into_iter().rev().map(|(run, _)| run);
        let runs: Vec<_> = runs.filter(|run| bare(&run.to_string()).starts_with(&wanted)).collect();
        match runs[..] {
            [run] if !wanted.is_empty() => Ok(run),
            [_, _, ..] if !wanted.is_empty() => {
                Err(FindError::Ambiguous { said: said.to_owned(), runs })
            }
            _ => {
                let state_dir = state_dir.to_owned();
                Err(FindError::Unknown { said: said.to_owned(), state_dir })
            }
        }
    }
}

fn bare(id: &str) -> String {
    id.chars().filter(|sign| *sign != '-').map(|sign| sign.to_ascii_lowercase()).collect()
}

fn or(runs: &[RunId]) -> String {
    let named = runs.iter().take(NAMED_AT_MOST).map(ToString::to_string);
    let more = runs.len().saturating_sub(NAMED_AT_MOST);
    let more = (more > 0).then(|| format!("{more} more"));
    named.chain(more).collect::<Vec<_>>().join(" or ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(runs: &[&str]) -> tempfile::TempDir {
        let state = tempfile::tempdir().unwrap();
        for run in runs {
            std::fs::create_dir_all(state.path().join("runs").join(run)).unwrap();
        }
        state
    }

    const ONE: &str = "019a1111-2222-7333-8444-555555555555";
    const TWO: &str = "019a1111-2223-7333-8444-555555555555";

    #[test]
    fn the_beginning_of_an_id_is_enough_if_no_other_begins_so() {
        let state = state(&[ONE, TWO]);
        for said in [ONE, "019a1111-2222", "019a11112222", "019A1111-2222-7"] {
            assert_eq!(RunId::find(state.path(), said).unwrap().to_string(), ONE, "{said}");
        }
    }

    #[test]
    fn what_several_ids_begin_with_is_refused_with_all_of_them() {
        let state = state(&[ONE, TWO]);
        let error = RunId::find(state.path(), "019a").unwrap_err();
        assert_eq!(error.to_string(), format!("find run '019a': it can be {TWO} or {ONE}"));
        assert!(error.hint("LIST").unwrap().contains("say more"));
    }

    #[test]
    fn what_no_id_begins_with_is_unknown() {
        for (runs, said) in [(&[ONE][..], "019b"), (&[ONE][..], ""), (&[], ONE), (&[ONE], "web")] {
            let state = state(runs);
            let error = RunId::find(state.path(), said).unwrap_err();
            assert!(matches!(error, FindError::Unknown { .. }), "{said}: {error}");
            assert_eq!(error.hint("LIST").unwrap(), "list them with: LIST");
        }
    }

    #[test]
    fn an_id_tells_when_it_was_made() {
        let made = ONE.parse::<RunId>().unwrap().made().unwrap();
        assert_eq!(made.as_millis(), 0x019a_1111_2222);
        assert!(RunId::unique().made().is_some());
        for odd in ["00000000-0000-4000-8000-000000000000", "ffffffff-ffff-7000-8000-000000000000"]
        {
            assert_eq!(odd.parse::<RunId>().unwrap().made(), None, "{odd}");
        }
    }
}
