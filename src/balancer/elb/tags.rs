//! Asks for the tags of groups: which of them somebody has put on hold. An answer that leaves out a
//! group is an error, because its hold would be passed over.

use super::{ElbBalancer, convert};
use crate::balancer::BalancerError;
use crate::rollout::{GroupArn, Hold};

const OPERATION: &str = "DescribeTags";
/// The API takes at most so many ARNs in one DescribeTags call.
const RESOURCES_PER_CALL: usize = 20;

impl ElbBalancer {
    pub(super) async fn describe_holds(
        &self,
        groups: &[GroupArn],
    ) -> Result<Vec<Hold>, BalancerError> {
        let mut holds = Vec::new();
        for chunk in groups.chunks(RESOURCES_PER_CALL) {
            let arns = chunk.iter().map(|group| group.as_str().to_owned()).collect();
            let call = self.asking.describe_tags().set_resource_arns(Some(arns));
            let answer = self.ask(OPERATION, || call.clone().send()).await?;
            for group in chunk {
                let mut described = answer.tag_descriptions().iter();
                let seen = described.find(|seen| seen.resource_arn() == Some(group.as_str()));
                let missing =
                    || format!("the tags of group {} are not in the answer", group.name());
                let seen =
                    seen.ok_or_else(|| convert::unreadable(OPERATION, missing(), &answer))?;
                holds.extend(convert::hold(group, seen));
            }
        }
        Ok(holds)
    }
}
