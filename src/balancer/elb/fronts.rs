//! Describes load balancers with their listeners and rules.
//!
//! What is deleted between two calls is left out: it is in front of nothing any more.

use aws_sdk_elasticloadbalancingv2::types::{Listener, LoadBalancer, Rule};
use futures_util::stream::{self, StreamExt, TryStreamExt};

use super::ask::pages;
use super::describe::ASKED_AT_ONCE;
use super::{ElbBalancer, convert};
use crate::balancer::{BalancerError, ErrorKind};
use crate::rollout::{BalancerKind, Front};

const BALANCERS: &str = "DescribeLoadBalancers";
const ATTRIBUTES: &str = "DescribeLoadBalancerAttributes";
const LISTENERS: &str = "DescribeListeners";
const RULES: &str = "DescribeRules";
/// The API takes at most so many ARNs in one DescribeLoadBalancers call.
const BALANCERS_PER_CALL: usize = 20;
/// The API gives at most so many items a page.
const ITEMS_PER_PAGE: i32 = 400;

impl ElbBalancer {
    pub(super) async fn describe_fronts(
        &self,
        arns: &[String],
    ) -> Result<Vec<Front>, BalancerError> {
        let balancers = self.balancers(&each_once(arns)).await?;
        let asking: Vec<_> = balancers.iter().map(|balancer| self.front(balancer)).collect();
        let fronts: Vec<_> = stream::iter(asking).buffered(ASKED_AT_ONCE).try_collect().await?;
        Ok(fronts.into_iter().flatten().collect())
    }

    async fn balancers(&self, arns: &[String]) -> Result<Vec<LoadBalancer>, BalancerError> {
        let mut described = Vec::new();
        for chunk in arns.chunks(BALANCERS_PER_CALL) {
            described.extend(match self.pages_of_balancers(Some(chunk.to_vec())).await {
                // One that is missing fails the whole call, and the answer does not say which.
                Err(error) if error.kind == ErrorKind::FrontNotFound => {
                    self.pages_of_balancers(None).await?
                }
                balancers => balancers?,
            });
        }
        let of = |arn: &String| {
            described.iter().find(|seen| seen.load_balancer_arn() == Some(arn)).cloned()
        };
        Ok(arns.iter().filter_map(of).collect())
    }

    /// All of them if no ARNs are given.
    async fn pages_of_balancers(
        &self,
        arns: Option<Vec<String>>,
    ) -> Result<Vec<LoadBalancer>, BalancerError> {
        let page_size = arns.is_none().then_some(ITEMS_PER_PAGE);
        let call = self.asking.describe_load_balancers();
        let call = &call.set_load_balancer_arns(arns).set_page_size(page_size);
        pages(async |marker| {
            let send = || call.clone().set_marker(marker.clone()).send();
            let answer = self.ask(BALANCERS, send).await?;
            Ok((answer.load_balancers, answer.next_marker))
        })
        .await
    }

    /// `None` if it was deleted meanwhile.
    async fn front(&self, seen: &LoadBalancer) -> Result<Option<Front>, BalancerError> {
        match self.existing_front(seen).await {
            Err(error) if error.kind == ErrorKind::FrontNotFound => Ok(None),
            front => front.map(Some),
        }
    }

    async fn existing_front(&self, seen: &LoadBalancer) -> Result<Front, BalancerError> {
        let arn = seen.load_balancer_arn().unwrap_or_default();
        let send = || self.asking.describe_load_balancer_attributes().load_balancer_arn(arn).send();
        let attributes = self.ask(ATTRIBUTES, send).await?;
        let unreadable = |what| convert::unreadable(BALANCERS, what, &attributes);
        let mut front = convert::front(seen, attributes.attributes()).map_err(unreadable)?;
        for listener in self.listeners(arn).await? {
            let unreadable = |what| BalancerError::new(ErrorKind::Unexpected, LISTENERS, what);
            let Some(rules) = self.rules(front.kind, &listener).await? else { continue };
            front.uses.extend(convert::uses(&listener, &rules).map_err(unreadable)?);
        }
        Ok(front)
    }

    async fn listeners(&self, balancer: &str) -> Result<Vec<Listener>, BalancerError> {
        let call = self.asking.describe_listeners().load_balancer_arn(balancer);
        let call = &call.page_size(ITEMS_PER_PAGE);
        pages(async |marker| {
            let send = || call.clone().set_marker(marker.clone()).send();
            let answer = self.ask(LISTENERS, send).await?;
            Ok((answer.listeners, answer.next_marker))
        })
        .await
    }

    /// The rules of a listener; `None` if it was deleted meanwhile. Only an application load
    /// balancer has any beside the default action, which the listener itself tells.
    async fn rules(
        &self,
        kind: BalancerKind,
        listener: &Listener,
    ) -> Result<Option<Vec<Rule>>, BalancerError> {
        if kind != BalancerKind::Application {
            return Ok(Some(Vec::new()));
        }
        let call = self.asking.describe_rules().page_size(ITEMS_PER_PAGE);
        let call = &call.set_listener_arn(listener.listener_arn().map(str::to_owned));
        let rules = pages(async |marker| {
            let send = || call.clone().set_marker(marker.clone()).send();
            let answer = self.ask(RULES, send).await?;
            Ok((answer.rules, answer.next_marker))
        });
        match rules.await {
            Err(error) if error.kind == ErrorKind::FrontNotFound => Ok(None),
            rules => rules.map(Some),
        }
    }
}

fn each_once(arns: &[String]) -> Vec<String> {
    let first = |(index, arn): &(usize, &String)| !arns[..*index].contains(arn);
    arns.iter().enumerate().filter(first).map(|(_, arn)| arn.clone()).collect()
}
