//! The actions that the lab knows, and who answers each.
//! An action that is not here is answered with `InvalidAction`, as by the real service.

use std::time::Duration;

use super::form::Form;
use super::xml::Xml;
use super::{attributes, balancers, groups, health, listeners, rules, settings, tags, targets};
use crate::lab::faults::CallKind;
use crate::lab::model::{Model, Refusal};

/// What a call is answered with: writes the content of its result element.
pub(super) type Written = Box<dyn FnOnce(&mut Xml)>;

/// Everything that answering a call may look at.
pub(super) struct Call<'a> {
    pub(super) model: &'a mut Model,
    pub(super) form: &'a Form,
    pub(super) now: Duration,
    /// How old a health in the answer is.
    pub(super) health_age: Duration,
    /// Whether the zones of instances are left out.
    pub(super) untold_zones: bool,
}

/// One action of the API.
pub(super) struct Action {
    pub(super) name: &'static str,
    pub(super) answer: fn(&mut Call<'_>) -> Result<Written, Refusal>,
}

const ACTIONS: [Action; 15] = [
    action("AddTags", tags::add),
    action("CreateTargetGroup", groups::create),
    action("DeleteTargetGroup", groups::delete),
    action("DeregisterTargets", targets::deregister),
    action("DescribeListeners", listeners::describe),
    action("DescribeLoadBalancerAttributes", attributes::describe),
    action("DescribeLoadBalancers", balancers::describe),
    action("DescribeRules", rules::describe),
    action("DescribeTags", tags::describe),
    action("DescribeTargetGroupAttributes", settings::describe),
    action("DescribeTargetGroups", groups::describe),
    action("DescribeTargetHealth", health::describe),
    action("ModifyTargetGroupAttributes", settings::modify),
    action("RegisterTargets", targets::register),
    action("RemoveTags", tags::remove),
];

const fn action(
    name: &'static str,
    answer: fn(&mut Call<'_>) -> Result<Written, Refusal>,
) -> Action {
    Action { name, answer }
}

impl Action {
    pub(super) fn named(name: &str) -> Option<&'static Self> {
        ACTIONS.iter().find(|action| action.name == name)
    }
}

/// Whether an action, known or not, only looks.
pub(super) fn kind(action: &str) -> CallKind {
    if action.starts_with("Describe") { CallKind::Describe } else { CallKind::Mutate }
}

/// The empty result of a change.
pub(super) fn nothing() -> Written {
    Box::new(|_| {})
}
