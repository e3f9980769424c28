//! Groups behind QUIC, whose registrations need more than flip knows. An empty one cannot be told from
//! others.

use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::rollout::{Group, Snapshot};

/// A registration of a QUIC or TCP_QUIC group needs a server id that no other one behind the listener has
/// ("TargetDescription" in the API reference). The new port would need one of its own, which its release
/// has to know too; that of the old port would be refused once the release is started.
///
/// # Errors
/// Targets of one of the groups have server ids.
pub(super) fn none_has_server_ids(groups: &[Group], seen: &Snapshot) -> Result<(), CliError> {
    let has_them = |group: &&Group| {
        let look = seen.get(&group.arn);
        let mut places = look.into_iter().flat_map(|look| &look.seen).map(|(place, _)| place);
        places.any(|place| place.quic_server_id.is_some())
    };
    let Some(group) = groups.iter().find(has_them) else { return Ok(()) };
    let what = format!(
        "targets of group {} have QUIC server ids: the new port would need one of its own, and flip has none",
        group.name
    );
    let hint = "use roll, which puts a target back with the id that it had";
    Err(CliError::new(Exit::Refused, what).hint(Some(hint)))
}
