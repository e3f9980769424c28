//! Groups whose health checks ask a fixed port: whether the new release runs has to be found out otherwise,
//! before what serves is taken out.

use std::net::IpAddr;

use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::executor::{Ask, Gate, Jobs};
use crate::rollout::{Gates, Group, Policy, TargetId};

/// The gates of a flip into these groups: if nothing else asks the new release, its port is to be listened
/// on.
///
/// # Errors
/// Nobody would ask it, and where it listens is not known here either.
pub(super) fn with_a_question(
    groups: &[Group],
    (policy, jobs): (Policy, Jobs),
    ids: &[TargetId],
) -> Result<(Policy, Jobs), CliError> {
    let Gates { ready, verify, .. } = policy.gates;
    let is_fixed = |group: &&Group| group.health_check.port.is_some();
    let fixed = groups.iter().find(is_fixed);
    let Some(group) = fixed.filter(|_| !ready && !verify) else { return Ok((policy, jobs)) };
    let is_unknown = |id: &&TargetId| id.as_str().parse::<IpAddr>().is_err();
    if let Some(id) = ids.iter().find(is_unknown).filter(|_| jobs.address.is_none()) {
        // One that asks the port of the traffic is enough: a target has to be in service in all of them.
        if !groups.iter().all(|group| is_fixed(&group)) {
            return Ok((policy, jobs));
        }
        let what = format!(
            "nobody would find out whether the new release runs: the health checks of group {} ask port {} \
             whatever serves, and where {id} listens is not known here",
            group.name,
            group.health_check.port.unwrap_or_default()
        );
        let hint = "ask it with --ready, --ready-command, --verify or --verify-url, or let the group's \
                    health checks ask the traffic port";
        return Err(CliError::new(Exit::Refused, what).hint(Some(hint)));
    }
    let policy = Policy { gates: Gates { ready: true, ..policy.gates }, ..policy };
    Ok((policy, Jobs { ready: Some(Gate::ready(Ask::Listens)), ..jobs }))
}
