//! Tells the log of every try of every call: what was asked of which groups, how long it took, what
//! came of it, and the id under which AWS finds it. Of what is sent it reads the form alone: the
//! headers have the signature and the session's token.

use std::collections::BTreeSet;

use aws_sdk_elasticloadbalancingv2::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeTransmitInterceptorContextRef, FinalizerInterceptorContextRef,
};
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::retries::RequestAttempts;
use aws_smithy_runtime_api::http::Response;
use aws_smithy_types::config_bag::{Storable, StoreReplace};
use tokio::time::Instant;

use super::classify::{one_line, root};
use crate::rollout::GroupArn;

const REQUEST_ID: &str = "x-amzn-requestid";
/// The keys of a form that name groups, before the number of a list's item.
const NAMES_GROUPS: [&str; 4] =
    ["TargetGroupArn", "TargetGroupArns.member.", "Names.member.", "ResourceArns.member."];
const NAMES_TARGET: (&str, &str) = ("Targets.member.", ".Id");
/// A line is read by people; who needs all of two hundred targets has the journal.
const TARGETS_TOLD: usize = 10;
/// What no answer says.
const NO_ANSWER: &str = "no answer";

/// Sees every try and changes none.
#[derive(Debug)]
pub(super) struct Told;

/// A try under way. What it asks is read before it is sent: afterwards the request is gone.
#[derive(Debug)]
struct Began {
    at: Instant,
    asked: Asked,
}

impl Storable for Began {
    type Storer = StoreReplace<Self>;
}

impl Intercept for Told {
    fn name(&self) -> &'static str {
        "told"
    }

    fn read_before_attempt(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let asked = Asked::of(context.request().body().bytes().unwrap_or_default());
        cfg.interceptor_state().store_put(Began { at: Instant::now(), asked });
        Ok(())
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let operation = cfg.load::<Metadata>().map_or("", Metadata::name);
        let attempt = cfg.load::<RequestAttempts>().map_or(1, RequestAttempts::attempts);
        let Some(Began { at, asked: Asked { groups, targets } }) = cfg.load::<Began>() else {
            return Ok(());
        };
        let took_ms = at.elapsed().as_millis();
        let request_id = context.response().and_then(|it| it.headers().get(REQUEST_ID));
        let outcome = match (context.output_or_error(), context.response()) {
            (Some(Ok(_)), _) => "done".to_owned(),
            (_, Some(response)) => refused(response),
            (Some(Err(error)), None) => match error.as_connector_error() {
                Some(error) => format!("{NO_ANSWER}: {}", root(error)),
                None => NO_ANSWER.to_owned(),
            },
            (None, None) => NO_ANSWER.to_owned(),
        };
        let (groups, targets) = (groups.as_deref(), targets.as_deref());
        tracing::debug!(operation, groups, targets, attempt, took_ms, outcome, request_id, "call");
        Ok(())
    }
}

/// The status, and the service's own code if it can be read.
fn refused(response: &Response) -> String {
    let body = response.body().bytes().map(String::from_utf8_lossy).unwrap_or_default();
    let code = body.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>"));
    let code = code.map(|(code, _)| format!(" {}", one_line(code))).unwrap_or_default();
    format!("HTTP {}{code}", response.status().as_u16())
}

/// What a form asks about.
#[derive(Debug, PartialEq, Eq)]
struct Asked {
    /// By name, with commas; none if it asks for all of them.
    groups: Option<String>,
    /// By id, each once, with commas; of many only the first.
    targets: Option<String>,
}

impl Asked {
    fn of(form: &[u8]) -> Self {
        let fields: Vec<_> = form_urlencoded::parse(form).collect();
        let groups: BTreeSet<_> = fields
            .iter()
            .filter(|(key, _)| NAMES_GROUPS.iter().any(|begin| key.starts_with(begin)))
            .map(|(_, value)| GroupArn::new(value.as_ref()).name().to_owned())
            .collect();
        let (begin, end) = NAMES_TARGET;
        let is_target = |key: &str| key.starts_with(begin) && key.ends_with(end);
        let targets = fields.iter().filter(|(key, _)| is_target(key));
        let targets: BTreeSet<_> = targets.map(|(_, id)| id.to_string()).collect();
        let mut told: Vec<_> = targets.iter().take(TARGETS_TOLD).cloned().collect();
        if targets.len() > told.len() {
            told.push(format!("… {} in all", targets.len()));
        }
        let groups: Vec<_> = groups.into_iter().collect();
        let joined = |names: &[String]| (!names.is_empty()).then(|| names.join(","));
        Self { groups: joined(&groups), targets: joined(&told) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str =
        "arn%3Aaws%3Aelasticloadbalancing%3Aeu-west-1%3A123456789012%3Atargetgroup%2Fweb%2F0a1b";

    fn asked(form: &str) -> (Option<String>, Option<String>) {
        let Asked { groups, targets } = Asked::of(form.as_bytes());
        (groups, targets)
    }

    #[test]
    fn a_call_is_told_with_the_names_of_its_groups_and_the_targets_it_names() {
        let form = format!(
            "Action=RegisterTargets&TargetGroupArn={ARN}&Targets.member.1.Id=i-0a\
             &Targets.member.1.Port=80&Targets.member.2.Id=i-0b"
        );
        assert_eq!(asked(&form), (Some("web".to_owned()), Some("i-0a,i-0b".to_owned())));
        let form = format!("Action=DescribeTags&ResourceArns.member.1={ARN}");
        assert_eq!(asked(&form), (Some("web".to_owned()), None));
        let form = "Action=DescribeTargetGroups&Names.member.1=web&Names.member.2=api";
        assert_eq!(asked(form), (Some("api,web".to_owned()), None));
        assert_eq!(asked("Action=DescribeTargetGroups&PageSize=400"), (None, None));
    }

    #[test]
    fn of_many_targets_the_first_are_told_and_how_many_there_are() {
        let form = (10..30).map(|n| format!("Targets.member.{n}.Id=i-{n}"));
        let (_, targets) = asked(&form.collect::<Vec<_>>().join("&"));
        let targets = targets.unwrap();
        assert!(targets.starts_with("i-10,i-11,"), "{targets}");
        assert!(targets.ends_with(",i-19,… 20 in all"), "{targets}");
    }
}
