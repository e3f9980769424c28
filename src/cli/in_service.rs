//! The flags that say when a target that was put back counts as in service.

use clap::Args;

use super::typed::{Limit, Mistakes, SlowStart, Typed};
use crate::rollout::Policy;

#[derive(Debug, Args)]
pub(super) struct InService {
    /// How long coming into service may take [default: from the group's health check, and 2m]
    #[arg(
        long,
        value_name = "DURATION",
        env = "ELB_DEPLOY_IN_SERVICE_TIMEOUT",
        hide_env_values = true
    )]
    in_service_timeout: Option<Typed<Limit>>,
    /// Whether a target counts as in service only after its group's slow start
    #[arg(
        long,
        value_name = "WHAT",
        value_enum,
        default_value = "wait",
        env = "ELB_DEPLOY_SLOW_START",
        hide_env_values = true
    )]
    slow_start: SlowStart,
}

impl InService {
    /// These bounds with what was said; a mistake is noted.
    pub(super) fn bound(&self, policy: Policy, mistakes: &mut Mistakes) -> Policy {
        let limit = self.in_service_timeout.as_ref();
        let limit = limit.and_then(|limit| mistakes.meant("--in-service-timeout", limit));
        Policy {
            in_service_timeout: limit.map(|Limit(time)| time),
            after_slow_start: self.slow_start == SlowStart::Wait,
            ..policy
        }
    }
}
