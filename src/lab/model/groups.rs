//! Creating, changing and deleting groups, as the API does it.
//! A group made this way is in no listener, because the lab's API cannot change listeners.

use super::Model;
use super::arn::Arn;
use super::group::Group;
use super::refusal::Refusal;

impl Model {
    /// Adds a new group. The same again is no error, and the existing one stays as it is.
    ///
    /// # Errors
    /// [`Refusal::DuplicateGroup`] if the name is taken by a group with other settings.
    pub fn create_group(&mut self, group: Group) -> Result<Arn, Refusal> {
        match self.group_named(&group.name) {
            Some(same) if same.is_set_like(&group) => Ok(same.arn.clone()),
            Some(_) => Err(Refusal::DuplicateGroup(group.name)),
            None => {
                let arn = group.arn.clone();
                self.add_group(group);
                Ok(arn)
            }
        }
    }

    /// Deletes a group with its registrations and tags; one that does not exist is no error.
    ///
    /// # Errors
    /// [`Refusal::ResourceInUse`] while a listener or rule forwards to it.
    pub fn delete_group(&mut self, arn: &str) -> Result<(), Refusal> {
        if self.balancers_of(arn).next().is_some() {
            return Err(Refusal::ResourceInUse(arn.to_owned()));
        }
        if self.groups.remove(arn).is_some() {
            self.tags.remove(arn);
            self.revision += 1;
        }
        Ok(())
    }

    /// Sets attributes of a group: all of them or, if one is refused, none.
    ///
    /// # Errors
    /// The group does not exist, a key is not known for it, or a value is out of its range.
    pub fn set_attributes(
        &mut self,
        arn: &str,
        wanted: &[(String, String)],
    ) -> Result<&Group, Refusal> {
        let group = self.groups.get_mut(arn).ok_or(Refusal::GroupNotFound)?;
        let mut changed = group.attributes.clone();
        for (key, value) in wanted {
            changed.set(key, value)?;
        }
        group.attributes = changed;
        self.revision += 1;
        Ok(group)
    }
}

impl Group {
    fn is_set_like(&self, other: &Self) -> bool {
        self.kind == other.kind
            && self.protocol == other.protocol
            && self.port == other.port
            && self.vpc == other.vpc
            && self.check == other.check
    }
}
