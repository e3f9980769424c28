//! Which targets a verb is about: named, or this machine itself.

use clap::Args;
use std::collections::BTreeSet;

use super::error::CliError;
use super::exit::Exit;
use super::place::Place;
use super::typed::{Mistakes, Typed};
use crate::metadata::{self, Myself};
use crate::rollout::{Listed, TargetId, TargetType};

#[derive(Debug, Args)]
pub(super) struct Whom {
    /// Targets: the ids of instances, or addresses
    #[arg(value_name = "TARGET")]
    targets: Vec<Typed<Place>>,
    /// This instance, as the instance metadata service tells it
    #[arg(long = "self")]
    myself: bool,
}

/// The targets, and what is known of where they can be registered.
pub(super) struct Targets {
    pub(super) ids: BTreeSet<TargetId>,
    vpc: Option<String>,
}

impl Whom {
    /// Whether nobody is named.
    pub(super) fn is_nobody(&self) -> bool {
        self.targets.is_empty() && !self.myself
    }

    /// Whether this instance is meant.
    pub(super) fn is_myself(&self) -> bool {
        self.myself
    }

    /// # Errors
    /// A name that means no target, both or (where somebody has to be named) neither of the two
    /// ways to name one, or no answer from the metadata service.
    pub(super) async fn targets(
        &self,
        mistakes: Mistakes,
        region_said: Option<&str>,
    ) -> Result<Targets, CliError> {
        let ids = self.named(mistakes)?;
        if !self.myself {
            return Ok(Targets { ids, vpc: None });
        }
        let Myself { instance, address, vpc, region, .. } = metadata::ask().await?;
        is_in_use(&region, region_said)?;
        let address = address.map(|address| TargetId::new(address.to_string()));
        Ok(Targets { ids: [Some(instance), address].into_iter().flatten().collect(), vpc })
    }

    fn named(&self, mut mistakes: Mistakes) -> Result<BTreeSet<TargetId>, CliError> {
        let ids = ids(&self.targets, &mut mistakes);
        if self.myself && !self.targets.is_empty() {
            let what = "targets are named, and --self names this instance";
            mistakes.note(CliError::new(Exit::Usage, what).hint(Some("give one or the other")));
        }
        mistakes.none().map(|()| ids)
    }
}

/// The targets that are named, each without a port; a mistake is noted.
pub(super) fn ids(targets: &[Typed<Place>], mistakes: &mut Mistakes) -> BTreeSet<TargetId> {
    let mut ids = BTreeSet::new();
    for target in targets {
        match mistakes.meant("target", target) {
            Some(Place { port: Some(port), id }) => {
                let what = format!("target {id}:{port}: a target goes out and in as a whole");
                let hint = format!("name it without its port: {id}");
                mistakes.note(CliError::new(Exit::Usage, what).hint(Some(hint)));
            }
            Some(place) => drop(ids.insert(place.id)),
            None => {}
        }
    }
    ids
}

impl Targets {
    /// Whether one of them can be registered in a group.
    pub(super) fn fit(&self, group: &Listed) -> bool {
        let is_elsewhere = self.vpc.is_some() && group.vpc.is_some() && self.vpc != group.vpc;
        let is_of_type = |id: &TargetId| match group.target_type {
            TargetType::Instance => id.is_instance(),
            TargetType::Ip => !id.is_instance(),
            TargetType::Lambda | TargetType::Alb => false,
        };
        !is_elsewhere && self.ids.iter().any(is_of_type)
    }

    /// Their ids, as people write a list.
    pub(super) fn listed(&self) -> String {
        self.ids.iter().map(TargetId::as_str).collect::<Vec<_>>().join(" ")
    }
}

/// Whether the region that was said, by flag or environment, is this instance's: in another one it
/// would be found nowhere, and that is no error.
fn is_in_use(region: &str, said: Option<&str>) -> Result<(), CliError> {
    let variables = ["AWS_REGION", "AWS_DEFAULT_REGION"];
    let from_variable = || variables.iter().find_map(|name| std::env::var(name).ok());
    let said = said.map(str::to_owned).or_else(from_variable).filter(|said| !said.is_empty());
    match said.filter(|said| said != region) {
        None => Ok(()),
        Some(said) => {
            let what = format!("this instance is in {region}, and {said} is in use");
            let hint = format!("choose its region with --region {region}");
            Err(CliError::new(Exit::Refused, what).hint(Some(hint)))
        }
    }
}
