//! A group that somebody has put on hold. Who did, and since when, the tag does not say.

use super::target::GroupArn;

/// The key of the tag that puts a group on hold; its value is the reason, and may be empty.
pub const HOLD_TAG: &str = "elb-deploy:hold";

/// A group with such a tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// The group.
    pub group: GroupArn,
    /// Why, in the words of whoever set it; may be empty.
    pub reason: String,
}

impl Hold {
    /// The reason as it stands in a sentence.
    pub(super) fn because(&self) -> String {
        match self.reason.trim() {
            "" => "no reason is given".to_owned(),
            reason => reason.to_owned(),
        }
    }
}
