//! An error as a person meets it: what failed, what to do, and the exit code.

use std::fmt;

use super::exit::Exit;
use super::one_line::OneLine;
use crate::balancer::{BalancerError, ErrorKind};
use crate::engine::EngineError;
use crate::journal::{FindError, JournalError, LockError, RunId};
use crate::metadata::MetadataError;
use crate::report::Access;
use crate::rollout::Refusal;
use crate::runs::Untold;
use crate::state_dir::StateDirError;

/// An error that ends the process. The kind alone picks the exit code.
#[derive(Debug, Clone)]
pub struct CliError {
    /// How the process ends.
    pub kind: Exit,
    /// What failed and why; one line each.
    pub what: Vec<String>,
    /// What to do about it.
    pub hints: Vec<String>,
}

impl CliError {
    pub(super) fn new(kind: Exit, what: impl Into<String>) -> Self {
        Self { kind, what: vec![what.into()], hints: Vec::new() }
    }

    /// Both, with the kind of the first.
    pub(super) fn and(mut self, other: Self) -> Self {
        self.what.extend(other.what);
        other.hints.into_iter().fold(self, |both, hint| both.hint(Some(hint)))
    }

    pub(super) fn hint(mut self, hint: Option<impl Into<String>>) -> Self {
        let hint = hint.map(Into::into).filter(|hint| !self.hints.contains(hint));
        self.hints.extend(hint);
        self
    }

    /// A signal came before anything was changed.
    pub(super) fn interrupted(signal: &str) -> Self {
        let what = format!("stopped by {signal} before anything was changed");
        Self::new(Exit::interrupted_by(signal), what)
    }

    /// The errors of a call that was made before anything was changed.
    pub(super) fn refused(error: &BalancerError) -> Self {
        let kind = if error.kind == ErrorKind::Region { Exit::Usage } else { Exit::Refused };
        Self::new(kind, error.to_string()).hint(error.hint())
    }

    /// A journal from which nothing can be told.
    pub(super) fn unreadable(run: RunId, why: &Untold, access: &Access) -> Self {
        let error = Self::new(Exit::Journal, format!("failed to {why}"));
        match why {
            Untold::Journal(JournalError::Damaged { .. }) | Untold::Impossible { .. } => {
                error.hint(Some(what_can_be_saved(run, access)))
            }
            Untold::Journal(why) => error.hint(why.hint()),
        }
    }

    /// The run that a person means.
    pub(super) fn not_found(error: FindError, access: &Access) -> Self {
        let hint = error.hint(&access.command("runs"));
        match error {
            FindError::Journal(error) => error.into(),
            error => Self::new(Exit::Refused, format!("failed to {error}")).hint(hint),
        }
    }

    pub(super) fn refusals(refusals: &[Refusal]) -> Self {
        let hints = refusals.iter().map(|refusal| Some(refusal.hint()));
        let mut error = Self { kind: Exit::Refused, what: Vec::new(), hints: Vec::new() };
        error.what.extend(refusals.iter().map(ToString::to_string));
        hints.fold(error, Self::hint)
    }
}

/// What a person can do about a journal that cannot be relied on.
pub(super) fn what_can_be_saved(run: RunId, access: &Access) -> String {
    format!("see what can be saved of it with: {}", access.command(&format!("runs show {run}")))
}

impl fmt::Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for what in &self.what {
            writeln!(f, "error: {}", OneLine(what))?;
        }
        for hint in &self.hints {
            writeln!(f, "hint: {}", OneLine(hint))?;
        }
        if self.kind == Exit::Refused {
            writeln!(f, "nothing was changed")?;
        }
        Ok(())
    }
}

impl From<JournalError> for CliError {
    fn from(error: JournalError) -> Self {
        Self::new(Exit::Journal, format!("failed to {error}")).hint(error.hint())
    }
}

impl From<LockError> for CliError {
    fn from(error: LockError) -> Self {
        Self::new(Exit::Journal, format!("failed to {error}")).hint(Some(error.hint()))
    }
}

impl From<StateDirError> for CliError {
    fn from(error: StateDirError) -> Self {
        Self::new(Exit::Journal, format!("failed to {error}")).hint(Some(error.hint()))
    }
}

impl From<MetadataError> for CliError {
    fn from(error: MetadataError) -> Self {
        Self::new(Exit::Refused, format!("failed to {error}")).hint(Some(error.hint()))
    }
}

impl From<EngineError> for CliError {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::Journal(error) => error.into(),
            EngineError::Illegal(_) => Self::new(Exit::Unexpected, format!("failed to {error}"))
                .hint(Some("this is a bug; please report it with the run's journal")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metadata::MetadataErrorKind;

    #[test]
    fn who_does_not_know_the_instance_is_refused_with_what_to_do() {
        let message = "no answer: timed out".to_owned();
        let kind = MetadataErrorKind::NoAnswer;
        let error = CliError::from(MetadataError { kind, message, endpoint: None });
        assert_eq!(error.kind, Exit::Refused);
        assert_eq!(
            error.to_string(),
            "error: failed to ask the instance metadata service: no answer: timed out\n\
             hint: if this is no EC2 instance, name the target in place of --self; in a container \
             on one, the answer needs a second hop: aws ec2 modify-instance-metadata-options \
             --instance-id INSTANCE --http-put-response-hop-limit 2\n\
             nothing was changed\n"
        );
    }
}
