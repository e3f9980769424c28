//! Describes groups with their settings: by name or ARN, twenty a call, or all of them.

use aws_sdk_elasticloadbalancingv2::types::TargetGroup;
use futures_util::stream::{self, StreamExt, TryStreamExt};

use super::ask::pages;
use super::asked::{Asked, Unaskable};
use super::{ElbBalancer, convert, missing};
use crate::balancer::{BalancerError, ErrorKind};
use crate::rollout::{Group, Listed};

const DESCRIBE: &str = "DescribeTargetGroups";
const ATTRIBUTES: &str = "DescribeTargetGroupAttributes";
/// The API takes at most so many names or ARNs in one DescribeTargetGroups call.
const GROUPS_PER_CALL: usize = 20;
/// The API gives at most so many groups a page.
const GROUPS_PER_PAGE: i32 = 400;
/// Questions of one kind that are under way together: an answer takes about 50 ms, and the pace
/// gives no more turns than that anyhow.
pub(super) const ASKED_AT_ONCE: usize = 5;

impl ElbBalancer {
    pub(super) async fn describe_groups(
        &self,
        names_or_arns: &[String],
    ) -> Result<Vec<Group>, BalancerError> {
        let asked = self.read(names_or_arns)?;
        let described = self.all_described(&asked).await?;
        let described = in_order(&asked, described);
        let asking: Vec<_> = described.iter().map(|seen| self.with_settings(seen)).collect();
        stream::iter(asking).buffered(ASKED_AT_ONCE).try_collect().await
    }

    /// A group that was deleted meanwhile is left out, and so is one of a kind that this version
    /// does not know: nobody asked for it by name.
    pub(super) async fn describe_all_groups(&self) -> Result<Vec<Group>, BalancerError> {
        let mut described = self.pages_of_groups(None, None).await?;
        described.retain(|seen| {
            let name = seen.target_group_name().unwrap_or_default();
            let known = convert::is_known(seen);
            known.inspect_err(|why| tracing::warn!("group {name} is passed over: {why}")).is_ok()
        });
        let asking: Vec<_> = described.iter().map(|seen| self.existing_group(seen)).collect();
        let groups: Vec<_> = stream::iter(asking).buffered(ASKED_AT_ONCE).try_collect().await?;
        Ok(groups.into_iter().flatten().collect())
    }

    /// Those of a kind that this version does not know are left out.
    pub(super) async fn list_groups(&self) -> Result<Vec<Listed>, BalancerError> {
        let described = self.pages_of_groups(None, None).await?;
        Ok(described.iter().filter_map(convert::listed).collect())
    }

    async fn existing_group(&self, seen: &TargetGroup) -> Result<Option<Group>, BalancerError> {
        match self.with_settings(seen).await {
            Err(error) if error.kind == ErrorKind::GroupNotFound => Ok(None),
            group => group.map(Some),
        }
    }

    fn read(&self, names_or_arns: &[String]) -> Result<Vec<Asked>, BalancerError> {
        let read = names_or_arns.iter().map(|text| Asked::read(text, &self.region));
        let (good, bad): (Vec<_>, Vec<_>) = read.partition(Result::is_ok);
        let (mut kind, mut why) = (ErrorKind::Elsewhere, Vec::new());
        for unaskable in bad.into_iter().filter_map(Result::err) {
            why.push(match unaskable {
                Unaskable::Elsewhere(why) => why,
                Unaskable::Malformed(why) => {
                    kind = ErrorKind::Invalid;
                    why
                }
            });
        }
        match why.is_empty() {
            true => Ok(good.into_iter().flatten().collect()),
            false => Err(BalancerError::new(kind, DESCRIBE, why.join("; "))),
        }
    }

    async fn all_described(&self, asked: &[Asked]) -> Result<Vec<TargetGroup>, BalancerError> {
        let described = match self.described(asked).await {
            Err(error) if missing::may_be_why(&error, asked) => {
                return Err(self.naming_missing(asked, error).await);
            }
            described => described?,
        };
        match asked.iter().all(|group| described.iter().any(|seen| is(group, seen))) {
            true => Ok(described),
            false => {
                let what =
                    format!("not every group of {} is in the answer", missing::listed(asked));
                let error = BalancerError::new(ErrorKind::GroupNotFound, DESCRIBE, what);
                Err(self.naming_missing(asked, error).await)
            }
        }
    }

    /// One missing group fails the whole call, and the answer does not say which: the list of all
    /// groups does.
    async fn naming_missing(&self, asked: &[Asked], error: BalancerError) -> BalancerError {
        match self.pages_of_groups(None, None).await {
            Ok(existing) => missing::named(asked, &existing, &self.region, error),
            Err(_) => {
                let message = format!("{}; one of {}", error.message, missing::listed(asked));
                BalancerError { message, ..error }
            }
        }
    }

    /// Names and ARNs cannot be asked for in one call.
    async fn described(&self, asked: &[Asked]) -> Result<Vec<TargetGroup>, BalancerError> {
        let (names, arns): (Vec<_>, Vec<_>) =
            asked.iter().partition(|group| matches!(group, Asked::Name(_)));
        let text = |group: &&Asked| group.as_str().to_owned();
        let mut described = Vec::new();
        for chunk in names.chunks(GROUPS_PER_CALL) {
            let names = chunk.iter().map(text).collect();
            described.extend(self.pages_of_groups(Some(names), None).await?);
        }
        for chunk in arns.chunks(GROUPS_PER_CALL) {
            let arns = chunk.iter().map(text).collect();
            described.extend(self.pages_of_groups(None, Some(arns)).await?);
        }
        Ok(described)
    }

    async fn pages_of_groups(
        &self,
        names: Option<Vec<String>>,
        arns: Option<Vec<String>>,
    ) -> Result<Vec<TargetGroup>, BalancerError> {
        let everything = names.is_none() && arns.is_none();
        let call = self.asking.describe_target_groups().set_names(names);
        let call = call.set_target_group_arns(arns);
        let call = &call.set_page_size(everything.then_some(GROUPS_PER_PAGE));
        pages(async |marker| {
            let send = || call.clone().set_marker(marker.clone()).send();
            let answer = self.ask(DESCRIBE, send).await?;
            Ok((answer.target_groups, answer.next_marker))
        })
        .await
    }

    async fn with_settings(&self, seen: &TargetGroup) -> Result<Group, BalancerError> {
        let call = self.asking.describe_target_group_attributes();
        let call = call.set_target_group_arn(seen.target_group_arn().map(str::to_owned));
        let answer = self.ask(ATTRIBUTES, || call.clone().send()).await?;
        convert::group(seen, answer.attributes())
            .map_err(|what| convert::unreadable(ATTRIBUTES, what, &answer))
    }
}

/// Whether it is the group that was asked for.
pub(super) fn is(asked: &Asked, seen: &TargetGroup) -> bool {
    let name = seen.target_group_name().unwrap_or_default();
    asked.is(name, seen.target_group_arn().unwrap_or_default())
}

/// In the order asked for; a group asked for twice, say by name and by ARN, comes once.
fn in_order(asked: &[Asked], described: Vec<TargetGroup>) -> Vec<TargetGroup> {
    let mut ordered: Vec<TargetGroup> = Vec::new();
    for group in asked {
        let Some(seen) = described.iter().find(|seen| is(group, seen)) else { continue };
        let arn = seen.target_group_arn();
        if !ordered.iter().any(|other| other.target_group_arn() == arn) {
            ordered.push(seen.clone());
        }
    }
    ordered
}
