//! Describes groups: by name or ARN, twenty a call, and says which of them do not exist.

use aws_sdk_elasticloadbalancingv2::types::TargetGroup;

use super::asked::Asked;
use super::{ElbBalancer, convert};
use crate::balancer::{BalancerError, ErrorKind};
use crate::rollout::Group;

const DESCRIBE: &str = "DescribeTargetGroups";
const ATTRIBUTES: &str = "DescribeTargetGroupAttributes";
/// The API takes at most so many names or ARNs in one DescribeTargetGroups call.
const GROUPS_PER_CALL: usize = 20;
/// The API gives at most so many groups a page.
const GROUPS_PER_PAGE: i32 = 400;
/// From this similarity (Jaro-Winkler, 1 is equal) a name may be a slip of the other.
const SIMILAR: f64 = 0.85;
/// Jaro-Winkler misses two letters swapped in a short name, `wbe` for `web`. In a name shorter
/// than this, one other letter makes another name.
const SHORTEST_WITH_A_SLIP: usize = 3;

impl ElbBalancer {
    pub(super) async fn describe_groups(
        &self,
        names_or_arns: &[String],
    ) -> Result<Vec<Group>, BalancerError> {
        let asked = self.read(names_or_arns)?;
        let described = self.all_described(&asked).await?;
        let mut groups = Vec::new();
        for seen in in_order(&asked, described) {
            groups.push(self.with_settings(&seen).await?);
        }
        Ok(groups)
    }

    fn read(&self, names_or_arns: &[String]) -> Result<Vec<Asked>, BalancerError> {
        let read = names_or_arns.iter().map(|text| Asked::read(text, &self.region));
        let (good, bad): (Vec<_>, Vec<_>) = read.partition(Result::is_ok);
        let bad: Vec<_> = bad.into_iter().filter_map(Result::err).collect();
        match bad.is_empty() {
            true => Ok(good.into_iter().flatten().collect()),
            false => Err(BalancerError::new(ErrorKind::Invalid, DESCRIBE, bad.join("; "))),
        }
    }

    async fn all_described(&self, asked: &[Asked]) -> Result<Vec<TargetGroup>, BalancerError> {
        let described = match self.described(asked).await {
            Err(error) if error.kind == ErrorKind::GroupNotFound => {
                return Err(self.naming_missing(asked, error).await);
            }
            described => described?,
        };
        match asked.iter().all(|group| described.iter().any(|seen| is(group, seen))) {
            true => Ok(described),
            false => {
                let what = format!("not every group of {} is in the answer", listed(asked));
                let error = BalancerError::new(ErrorKind::GroupNotFound, DESCRIBE, what);
                Err(self.naming_missing(asked, error).await)
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
            described.extend(self.pages(Some(names), None).await?);
        }
        for chunk in arns.chunks(GROUPS_PER_CALL) {
            let arns = chunk.iter().map(text).collect();
            described.extend(self.pages(None, Some(arns)).await?);
        }
        Ok(described)
    }

    async fn pages(
        &self,
        names: Option<Vec<String>>,
        arns: Option<Vec<String>>,
    ) -> Result<Vec<TargetGroup>, BalancerError> {
        let everything = names.is_none() && arns.is_none();
        self.asking
            .describe_target_groups()
            .set_names(names)
            .set_target_group_arns(arns)
            .set_page_size(everything.then_some(GROUPS_PER_PAGE))
            .into_paginator()
            .items()
            .send()
            .try_collect()
            .await
            .map_err(|error| self.site.classify(DESCRIBE, error))
    }

    /// One missing group fails the whole call, and the answer does not say which: the list of all
    /// groups does, and knows what they may have been taken for.
    async fn naming_missing(&self, asked: &[Asked], error: BalancerError) -> BalancerError {
        let Ok(existing) = self.pages(None, None).await else {
            let message = format!("{}; one of {}", error.message, listed(asked));
            return BalancerError { message, ..error };
        };
        let missing: Vec<_> = asked
            .iter()
            .filter(|group| !existing.iter().any(|seen| is(group, seen)))
            .map(|group| with_suggestion(group, &existing))
            .collect();
        if missing.is_empty() {
            return error;
        }
        let message = format!("no such group in {}: {}", self.region, missing.join(", "));
        BalancerError { message, ..error }
    }

    async fn with_settings(&self, seen: &TargetGroup) -> Result<Group, BalancerError> {
        let answer = self
            .asking
            .describe_target_group_attributes()
            .set_target_group_arn(seen.target_group_arn().map(str::to_owned))
            .send()
            .await
            .map_err(|error| self.site.classify(ATTRIBUTES, error))?;
        convert::group(seen, answer.attributes())
            .map_err(|what| convert::unreadable(ATTRIBUTES, what, &answer))
    }
}

fn is(asked: &Asked, seen: &TargetGroup) -> bool {
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

fn listed(asked: &[Asked]) -> String {
    asked.iter().map(Asked::as_str).collect::<Vec<_>>().join(", ")
}

fn with_suggestion(missing: &Asked, existing: &[TargetGroup]) -> String {
    let suggestion = existing
        .iter()
        .filter_map(|seen| Some((similarity(missing.name(), seen.target_group_name()?)?, seen)))
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .and_then(|(_, seen)| match missing {
            Asked::Name(_) => seen.target_group_name(),
            Asked::Arn(_) => seen.target_group_arn(),
        });
    match suggestion {
        Some(like) => format!("{} (did you mean {like} ?)", missing.as_str()),
        None => missing.as_str().to_owned(),
    }
}

/// How similar two names are, if one may be a slip of the other.
fn similarity(missing: &str, existing: &str) -> Option<f64> {
    let similarity = strsim::jaro_winkler(missing, existing);
    let one_slip = strsim::damerau_levenshtein(missing, existing) == 1;
    let is_short_slip = one_slip && missing.chars().count() >= SHORTEST_WITH_A_SLIP;
    (similarity >= SIMILAR || is_short_slip).then_some(similarity)
}
