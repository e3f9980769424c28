//! Tags of groups, balancers, listeners and rules.
//! They decide nothing here; people and policies read them.

use std::collections::{BTreeMap, BTreeSet};

use super::Model;
use super::refusal::Refusal;

/// AWS's quota of tags on a resource.
pub const MOST_TAGS: usize = 50;

/// Tags by key.
pub type Tags = BTreeMap<String, String>;

impl Model {
    /// The tags of a resource.
    ///
    /// # Errors
    /// The resource does not exist.
    pub fn tags(&self, arn: &str) -> Result<Tags, Refusal> {
        self.find_resource(arn)?;
        Ok(self.tags.get(arn).cloned().unwrap_or_default())
    }

    /// Sets tags on a resource; a key that is there already gets the new value.
    ///
    /// # Errors
    /// The resource does not exist, a key is given twice, or there would be too many.
    pub fn add_tags(&mut self, arn: &str, added: &[(String, String)]) -> Result<(), Refusal> {
        let mut tags = self.tags(arn)?;
        let keys: BTreeSet<_> = added.iter().map(|(key, _)| key).collect();
        if keys.len() < added.len() {
            return Err(Refusal::DuplicateTagKeys);
        }
        tags.extend(added.iter().cloned());
        if tags.len() > MOST_TAGS {
            return Err(Refusal::TooManyTags(MOST_TAGS));
        }
        self.tags.insert(arn.to_owned(), tags);
        Ok(())
    }

    /// Removes tags from a resource; one that is not there is no error.
    ///
    /// # Errors
    /// The resource does not exist.
    pub fn remove_tags(&mut self, arn: &str, keys: &[String]) -> Result<(), Refusal> {
        self.find_resource(arn)?;
        if let Some(tags) = self.tags.get_mut(arn) {
            tags.retain(|key, _| !keys.contains(key));
        }
        Ok(())
    }

    fn find_resource(&self, arn: &str) -> Result<(), Refusal> {
        let listeners = || self.balancers.iter().flat_map(|each| &each.listeners);
        let (found, missing) = match resource_kind(arn) {
            "targetgroup" => (self.groups.contains_key(arn), Refusal::GroupNotFound),
            "loadbalancer" => {
                (self.balancers.iter().any(|each| &*each.arn == arn), Refusal::BalancerNotFound)
            }
            "listener" => (listeners().any(|each| &*each.arn == arn), Refusal::ListenerNotFound),
            "listener-rule" => (listeners().any(|each| each.has_rule(arn)), Refusal::RuleNotFound),
            _ => {
                (false, Refusal::Validation(format!("'{arn}' is not a valid ARN of this service")))
            }
        };
        if found { Ok(()) } else { Err(missing) }
    }
}

fn resource_kind(arn: &str) -> &str {
    let resource = arn.splitn(6, ':').nth(5).unwrap_or_default();
    resource.split('/').next().unwrap_or_default()
}
