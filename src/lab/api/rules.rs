//! `DescribeRules`: a listener's rules by priority, the default one last.
//! The only condition that the lab knows is a path pattern.

use super::action::{Call, Written};
use super::listeners::forward;
use super::page::Page;
use super::xml::Xml;
use crate::lab::model::{Arn, Listener, Refusal};

/// A rule, the default one included.
#[derive(Clone)]
struct Described {
    arn: Arn,
    priority: Option<u32>,
    paths: Vec<String>,
    group: Arn,
}

pub(super) fn describe(call: &mut Call<'_>) -> Result<Written, Refusal> {
    let rules = match call.form.text("ListenerArn") {
        Some(arn) => of_listener(call, arn)?,
        None => by_arn(call, &call.form.list("RuleArns"))?,
    };
    let page = Page::of(call.form, rules.into_iter())?;
    Ok(Box::new(move |xml| {
        xml.list("Rules", &page.items, describe_one);
        page.next_marker(xml);
    }))
}

fn of_listener(call: &Call<'_>, arn: &str) -> Result<Vec<Described>, Refusal> {
    listeners(call)
        .find(|listener| &*listener.arn == arn)
        .map(rules)
        .ok_or(Refusal::ListenerNotFound)
}

fn by_arn(call: &Call<'_>, arns: &[String]) -> Result<Vec<Described>, Refusal> {
    if arns.is_empty() {
        let sentence = "Either ListenerArn or RuleArns must be specified";
        return Err(Refusal::Validation(sentence.to_owned()));
    }
    let all: Vec<Described> = listeners(call).flat_map(rules).collect();
    let find = |arn: &String| all.iter().find(|rule| *rule.arn == **arn).cloned();
    arns.iter().map(|arn| find(arn).ok_or(Refusal::RuleNotFound)).collect()
}

fn listeners<'a>(call: &'a Call<'_>) -> impl Iterator<Item = &'a Listener> {
    let balancers = call.model.balancers().iter();
    balancers.flat_map(|balancer| &balancer.listeners)
}

fn rules(listener: &Listener) -> Vec<Described> {
    let own = listener.rules.iter().map(|rule| Described {
        arn: rule.arn.clone(),
        priority: Some(rule.priority),
        paths: rule.paths.clone(),
        group: rule.group.clone(),
    });
    let default = Described {
        arn: listener.default_rule.clone(),
        priority: None,
        paths: Vec::new(),
        group: listener.default_group.clone(),
    };
    own.chain([default]).collect()
}

fn describe_one(xml: &mut Xml, rule: &Described) {
    let default = || "default".to_owned();
    xml.text("RuleArn", &rule.arn);
    xml.text("Priority", rule.priority.map_or_else(default, |number| number.to_string()));
    let conditions = (!rule.paths.is_empty()).then_some(&rule.paths);
    xml.list("Conditions", conditions, |xml, paths| {
        xml.text("Field", "path-pattern");
        xml.texts("Values", paths);
        xml.inside("PathPatternConfig", |xml| xml.texts("Values", paths));
    });
    xml.list("Actions", [&rule.group], forward);
    xml.text("IsDefault", rule.priority.is_none());
}
