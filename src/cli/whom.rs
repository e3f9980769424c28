//! Which targets a verb is about: named, or this machine itself.

use clap::Args;
use std::collections::BTreeSet;

use super::error::CliError;
use super::exit::Exit;
use super::place::Place;
use super::typed::{Mistakes, Typed};
use crate::metadata::{self, Myself};
use crate::rollout::{Sought, TargetId};

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
    home: Option<Home>,
}

/// Where this instance is, if it is meant.
struct Home {
    region: String,
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
    pub(super) async fn targets(&self, mistakes: Mistakes) -> Result<Targets, CliError> {
        let ids = self.named(mistakes)?;
        if !self.myself {
            return Ok(Targets { ids, home: None });
        }
        Ok(Targets::of_myself(metadata::ask().await?))
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
    /// This instance, and its addresses.
    pub(super) fn of_myself(myself: Myself) -> Self {
        let Myself { instance, addresses, vpc, region, .. } = myself;
        let addresses = addresses.iter().map(|address| TargetId::new(address.to_string()));
        let ids = [instance].into_iter().chain(addresses).collect();
        Self { ids, home: Some(Home { region, vpc }) }
    }

    /// Them, as they are looked for: this instance in its VPC.
    pub(super) fn sought(&self) -> Sought {
        Sought::targets(&self.ids, self.home.as_ref().and_then(|home| home.vpc.as_ref()))
    }

    /// Whether they can be in the region that is called: this instance would be found nowhere in
    /// another one, and that is no error.
    ///
    /// # Errors
    /// This instance is in another region.
    pub(super) fn are_in(&self, called: &str) -> Result<(), CliError> {
        match self.home.as_ref().map(|home| &home.region).filter(|region| *region != called) {
            None => Ok(()),
            Some(region) => {
                let what = format!("this instance is in {region}, and {called} is in use");
                let hint = format!("choose its region with --region {region}");
                Err(CliError::new(Exit::Refused, what).hint(Some(hint)))
            }
        }
    }

    /// Their ids, as people write a list.
    pub(super) fn listed(&self) -> String {
        self.ids.iter().map(TargetId::as_str).collect::<Vec<_>>().join(" ")
    }
}
