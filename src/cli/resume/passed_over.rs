//! Whom a run that is taken up leaves alone, told before it goes on. It asks nobody.

use super::unfinished::anew_with;
use crate::journal::Header;
use crate::report::Access;
use crate::rollout::Rollout;

/// The targets that others have put back or given up, and how to begin anew with them; nothing if there
/// are none.
pub(super) fn passed_over(header: &Header, rollout: &Rollout, access: &Access) -> Option<String> {
    let ids: Vec<_> = rollout.passed_over().collect();
    let names = ids.iter().map(|id| id.as_str()).collect::<Vec<_>>().join(", ");
    let anew = anew_with(header, ids.iter().copied(), access);
    let anew = anew.map(|anew| format!("; {anew}")).unwrap_or_default();
    (!ids.is_empty()).then(|| format!("left alone, since others have seen to it: {names}{anew}"))
}
