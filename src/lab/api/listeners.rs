//! `DescribeListeners`, and how a forward to a group is written.
//! Certificates and policies are left out: the lab speaks plain HTTP.

use super::action::{Call, Written};
use super::page::Page;
use super::xml::Xml;
use crate::lab::model::{Arn, Listener, Refusal};

pub(super) fn describe(call: &mut Call<'_>) -> Result<Written, Refusal> {
    let balancer = call.form.text("LoadBalancerArn");
    let arns = call.form.list("ListenerArns");
    let found = match balancer {
        Some(arn) => of_balancer(call, arn)?,
        None if arns.is_empty() => {
            let sentence = "Either LoadBalancerArn or ListenerArns must be specified";
            return Err(Refusal::Validation(sentence.to_owned()));
        }
        None => by_arn(call, &arns)?,
    };
    let page = Page::of(call.form, found.into_iter())?;
    Ok(Box::new(move |xml| {
        xml.list("Listeners", &page.items, |xml, (balancer, listener)| {
            describe_one(xml, balancer, listener);
        });
        page.next_marker(xml);
    }))
}

type Found = Vec<(Arn, Listener)>;

fn of_balancer(call: &Call<'_>, arn: &str) -> Result<Found, Refusal> {
    let balancer = call
        .model
        .balancers()
        .iter()
        .find(|balancer| &*balancer.arn == arn)
        .ok_or(Refusal::BalancerNotFound)?;
    let with_balancer = |listener: &Listener| (balancer.arn.clone(), listener.clone());
    Ok(balancer.listeners.iter().map(with_balancer).collect())
}

fn by_arn(call: &Call<'_>, arns: &[String]) -> Result<Found, Refusal> {
    let find = |arn: &String| {
        call.model.balancers().iter().find_map(|balancer| {
            let mut listeners = balancer.listeners.iter();
            let listener = listeners.find(|listener| *listener.arn == **arn)?;
            Some((balancer.arn.clone(), listener.clone()))
        })
    };
    arns.iter().map(|arn| find(arn).ok_or(Refusal::ListenerNotFound)).collect()
}

fn describe_one(xml: &mut Xml, balancer: &Arn, listener: &Listener) {
    xml.text("ListenerArn", &listener.arn);
    xml.text("LoadBalancerArn", balancer);
    xml.text("Port", listener.port);
    xml.text("Protocol", listener.protocol);
    xml.list("DefaultActions", [&listener.default_group], forward);
}

/// A forward is written twice, in the short and in the long form, as the real service does.
pub(super) fn forward(xml: &mut Xml, group: &Arn) {
    xml.text("Type", "forward");
    xml.text("TargetGroupArn", group);
    xml.inside("ForwardConfig", |xml| {
        xml.list("TargetGroups", [group], |xml, group| {
            xml.text("TargetGroupArn", group);
            xml.text("Weight", 1);
        });
        xml.inside("TargetGroupStickinessConfig", |xml| {
            xml.text("Enabled", false);
        });
    });
}
