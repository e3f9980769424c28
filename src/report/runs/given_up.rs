//! What a person has given up, for people and for programs.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::journal::RunId;
use crate::rollout::{Registration, TargetId};

/// The version of the document.
const VERSION: u32 = 1;

/// A target that journals held out until somebody gave it up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GivenUp {
    /// Which target.
    pub target: TargetId,
    /// Where it is not held out any more, each place once.
    pub registrations: BTreeSet<Registration>,
    /// Whose journals held it out.
    pub runs: Vec<RunId>,
}

#[derive(Serialize)]
struct Document<'a> {
    v: u32,
    given_up: &'a [GivenUp],
}

/// One line for each target.
pub fn given_up(all: &[GivenUp]) -> String {
    let line = |it: &GivenUp| {
        let places: Vec<_> = it.registrations.iter().map(ToString::to_string).collect();
        let runs: Vec<_> = it.runs.iter().map(ToString::to_string).collect();
        format!("given up: {} (run {})\n", places.join(", "), runs.join(", "))
    };
    all.iter().map(line).collect()
}

/// The same as one line of JSON.
///
/// # Errors
/// None that the types allow.
pub fn given_up_document(all: &[GivenUp]) -> Result<String, serde_json::Error> {
    serde_json::to_string(&Document { v: VERSION, given_up: all }).map(|text| text + "\n")
}
