//! `DescribeTags`, `AddTags` and `RemoveTags`.
//! They work on groups, balancers, listeners and rules.

use super::action::{Call, Written, nothing};
use super::form::Form;
use crate::lab::model::Refusal;

/// The most resources in a call.
const MOST_RESOURCES: usize = 20;

pub(super) fn describe(call: &mut Call<'_>) -> Result<Written, Refusal> {
    let resources = resources(call.form)?;
    let tagged = resources
        .into_iter()
        .map(|arn| Ok((call.model.tags(&arn)?, arn)))
        .collect::<Result<Vec<_>, Refusal>>()?;
    Ok(Box::new(move |xml| {
        xml.list("TagDescriptions", tagged, |xml, (tags, arn)| {
            xml.text("ResourceArn", arn);
            xml.list("Tags", tags, |xml, (key, value)| {
                xml.text("Key", key);
                xml.text("Value", value);
            });
        });
    }))
}

pub(super) fn add(call: &mut Call<'_>) -> Result<Written, Refusal> {
    let tags = call.form.pairs("Tags")?;
    for arn in resources(call.form)? {
        call.model.add_tags(&arn, &tags)?;
    }
    Ok(nothing())
}

pub(super) fn remove(call: &mut Call<'_>) -> Result<Written, Refusal> {
    let keys = call.form.list("TagKeys");
    for arn in resources(call.form)? {
        call.model.remove_tags(&arn, &keys)?;
    }
    Ok(nothing())
}

fn resources(form: &Form) -> Result<Vec<String>, Refusal> {
    let arns = form.list("ResourceArns");
    if arns.is_empty() || arns.len() > MOST_RESOURCES {
        return Err(Refusal::Validation(format!(
            "ResourceArns must have 1 to {MOST_RESOURCES} members"
        )));
    }
    Ok(arns)
}
