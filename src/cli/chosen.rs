//! Which groups and targets a deploy is about, as `roll` and `verify` are both told.

use clap::Args;

use super::config;
use super::unfinished::IfHeldOut;
use crate::rollout::{Group, Policy, Registration, Request, TargetId};

#[derive(Debug, Args)]
#[command(args = config::flags())]
pub(super) struct Chosen {
    /// Target groups, by name or ARN
    #[arg(required = true, value_name = "GROUP")]
    pub(super) groups: Vec<String>,
    /// Deploy only this target; can be repeated [default: all of the groups]
    #[arg(
        long = "target",
        value_name = "ID",
        env = "ELB_DEPLOY_TARGETS",
        value_delimiter = ',',
        hide_env_values = true
    )]
    targets: Vec<String>,
    /// Leave this target alone; can be repeated
    #[arg(
        long,
        value_name = "ID",
        env = "ELB_DEPLOY_EXCLUDE",
        value_delimiter = ',',
        hide_env_values = true
    )]
    exclude: Vec<String>,
    /// What is done if an earlier run on this machine holds out a target of these groups
    #[arg(
        long,
        value_name = "WHAT",
        value_enum,
        default_value = "fail",
        env = "ELB_DEPLOY_IF_HELD_OUT",
        hide_env_values = true
    )]
    pub(super) if_held_out: IfHeldOut,
}

impl Chosen {
    /// `a,,b` and `a,` are what scripts make of a variable that is not set.
    pub(super) fn drop_empty_items(&mut self) {
        for list in [&mut self.targets, &mut self.exclude] {
            list.retain(|id| !id.is_empty());
        }
    }

    /// What is asked for, of these groups, beside what is away, and within these bounds.
    pub(super) fn request(
        &self,
        groups: Vec<Group>,
        away: Vec<Registration>,
        policy: Policy,
    ) -> Request {
        let ids = |ids: &[String]| ids.iter().map(TargetId::new).collect();
        Request { groups, targets: ids(&self.targets), exclude: ids(&self.exclude), away, policy }
    }
}
