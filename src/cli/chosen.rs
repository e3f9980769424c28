//! Which groups and targets a deploy is about, as `roll` and `verify` are both told.

use clap::Args;

use std::collections::BTreeSet;

use super::config;
use super::error::CliError;
use super::exit::Exit;
use super::hold::IgnoreHold;
use super::place::Place;
use super::typed::Mistakes;
use super::unfinished::IfHeldOut;
use crate::balancer::Balancer;
use crate::rollout::{Group, Policy, Registration, Request, Snapshot, TargetId};

#[derive(Debug, Clone, Args)]
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
    /// Take targets out of every group that they serve in, and put them back there too; without it a
    /// target that serves in a group that is not named is refused
    #[arg(long, env = "ELB_DEPLOY_ALL_GROUPS", hide_env_values = true)]
    pub(super) all_groups: bool,
    #[command(flatten)]
    pub(super) hold: IgnoreHold,
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

    /// Whether targets are named.
    pub(super) fn is_of_somebody(&self) -> bool {
        !self.targets.is_empty()
    }

    /// Who is named; a mistake is noted: a port says nothing of whom is meant.
    pub(super) fn note_ports(&self, mistakes: &mut Mistakes) {
        for text in self.targets.iter().chain(&self.exclude) {
            if let Ok(Place { id, port: Some(_) }) = text.parse::<Place>() {
                let what = format!("target {text}: it is meant as a whole, with every port");
                let hint = format!("name it without its port: {id}");
                mistakes.note(CliError::new(Exit::Usage, what).hint(Some(hint)));
            }
        }
    }

    /// The targets that are named.
    pub(super) fn targets(&self) -> Vec<TargetId> {
        self.targets.iter().map(TargetId::new).collect()
    }

    /// The same, for this target alone.
    pub(super) fn only(&self, id: &TargetId) -> Self {
        Self { targets: vec![id.to_string()], ..self.clone() }
    }

    /// The groups that are named.
    ///
    /// # Errors
    /// They cannot be had, or one of them holds nothing that could be drained.
    pub(super) async fn named(&self, balancer: &dyn Balancer) -> Result<Vec<Group>, CliError> {
        let named = balancer.groups(&self.groups).await;
        let named = named.map_err(|error| CliError::refused(&error))?;
        let undrainable: Vec<_> = named.iter().filter_map(Group::undrainable).collect();
        match undrainable.is_empty() {
            true => Ok(named),
            false => Err(CliError::refusals(&undrainable)),
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
        let (targets, exclude) = (ids(&self.targets), ids(&self.exclude));
        Request { groups, targets, exclude, away, policy, ..Request::default() }
    }

    /// The targets that are meant, of those that are registered in the named groups.
    pub(super) fn ids(&self, named: &[Group], seen: &Snapshot) -> BTreeSet<TargetId> {
        self.request(named.to_vec(), Vec::new(), Policy::default()).chosen(seen)
    }

    /// The same request where groups were taken in for the sake of the named ones' targets: nobody
    /// else in those is meant.
    pub(super) fn of_named_only(
        &self,
        request: Request,
        named: &[Group],
        seen: &Snapshot,
    ) -> Request {
        if request.groups.len() == named.len() || !request.targets.is_empty() {
            return request;
        }
        Request { targets: self.ids(named, seen).into_iter().collect(), ..request }
    }
}
