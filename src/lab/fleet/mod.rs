//! A fleet file: the balancers, groups, instances and targets that a lab starts with.
//! It is read and proven sound here; nothing is bound or started.

use std::net::IpAddr;
use std::str::FromStr;
use std::time::Duration;

use thiserror::Error;

mod build;
mod file;

use super::faults::Faults;
use super::model::{Model, Refusal};
use file::File;

/// A fleet that is sound.
#[derive(Clone, Debug)]
pub struct Fleet {
    model: Model,
    faults: Faults,
}

/// Why a fleet file cannot be used.
#[derive(Debug, Error)]
pub enum FleetError {
    /// Not TOML, an unknown key, or a value of the wrong kind; says in which line.
    #[error("{0}")]
    Toml(#[from] toml::de::Error),
    /// Other machines could be reached, or could reach us.
    #[error("{what} has the address {address}, which is not on loopback (127.0.0.0/8 or ::1)")]
    NotLoopback {
        /// Which instance or target.
        what: String,
        /// The address.
        address: IpAddr,
    },
    /// Something is named twice that must be unique.
    #[error("{what} is there twice")]
    Twice {
        /// What.
        what: String,
    },
    /// A name that nothing in the file has.
    #[error("{what} names the group {group}, which the file does not have")]
    NoGroup {
        /// Which listener or rule.
        what: String,
        /// The missing name.
        group: String,
    },
    /// A value that makes no sense.
    #[error("{what}: {why}")]
    Senseless {
        /// Where it stands.
        what: String,
        /// What is wrong with it.
        why: String,
    },
    /// The model refuses it, as the real service would.
    #[error("group {group}: {refusal}")]
    Refused {
        /// Which group.
        group: String,
        /// Why.
        refusal: Refusal,
    },
}

impl Fleet {
    /// The ready-made fleet, as a file to start one's own from.
    #[must_use]
    pub fn default_text() -> &'static str {
        include_str!("default.toml")
    }

    /// The model at the lab's start: every target has just been registered.
    #[must_use]
    pub fn model(&self) -> Model {
        self.model.clone()
    }

    /// The faults at the lab's start.
    #[must_use]
    pub fn faults(&self) -> Faults {
        self.faults.clone()
    }
}

impl FromStr for Fleet {
    type Err = FleetError;

    /// Reads a fleet file; says the first thing that is wrong with it.
    fn from_str(text: &str) -> Result<Self, FleetError> {
        let file: File = toml::from_str(text)?;
        let senseless = |error: super::faults::SettingsError| FleetError::Senseless {
            what: "faults".to_owned(),
            why: error.to_string(),
        };
        let settings = file.faults.checked().map_err(senseless)?;
        let mut model = build::model(&file)?;
        let faults = Faults::new(settings, file.seed);
        model.remember_for(faults.health_age());
        Ok(Self { model, faults })
    }
}

/// The lab's clock starts when its fleet stands.
const START: Duration = Duration::ZERO;

#[cfg(test)]
mod tests;
