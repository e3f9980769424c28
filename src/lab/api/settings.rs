//! `DescribeTargetGroupAttributes` and `ModifyTargetGroupAttributes`.
//! Ranges and defaults are the model's part.

use super::action::{Call, Written};
use crate::lab::model::{Group, Refusal};

pub(super) fn describe(call: &mut Call<'_>) -> Result<Written, Refusal> {
    let arn = call.form.required("TargetGroupArn")?;
    let group = call.model.group(arn).ok_or(Refusal::GroupNotFound)?;
    Ok(attributes(group))
}

pub(super) fn modify(call: &mut Call<'_>) -> Result<Written, Refusal> {
    let arn = call.form.required("TargetGroupArn")?;
    let wanted = call.form.pairs("Attributes")?;
    Ok(attributes(call.model.set_attributes(arn, &wanted)?))
}

fn attributes(group: &Group) -> Written {
    let all: Vec<(&str, String)> =
        group.attributes.iter().map(|(key, value)| (key, value.to_owned())).collect();
    Box::new(move |xml| {
        xml.list("Attributes", all, |xml, (key, value)| {
            xml.text("Key", key);
            xml.text("Value", value);
        });
    })
}
