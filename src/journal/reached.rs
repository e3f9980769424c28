//! How the account of a run was reached, for the commands that people paste later. What the environment of
//! the AWS tools says is not kept: it belongs to a shell.

use serde::{Deserialize, Serialize};

/// What the command line of a run, or the file of its service, said of the account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reached {
    /// The region.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// The profile in the AWS configuration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// Another address of the API.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint_url: Option<String>,
}

impl Reached {
    /// Whether nothing was said.
    pub(super) fn is_unsaid(&self) -> bool {
        *self == Self::default()
    }
}
