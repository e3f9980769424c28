//! `RegisterTargets` and `DeregisterTargets`.
//! What they refuse, and what they silently do not do, is the model's part.

use super::action::{Call, Written, nothing};
use super::form::Form;
use crate::lab::model::{Refusal, TargetSpec};

pub(super) fn register(call: &mut Call<'_>) -> Result<Written, Refusal> {
    let (group, targets) = named(call.form)?;
    call.model.register(call.now, &group, &targets)?;
    Ok(nothing())
}

pub(super) fn deregister(call: &mut Call<'_>) -> Result<Written, Refusal> {
    let (group, targets) = named(call.form)?;
    call.model.deregister(call.now, &group, &targets)?;
    Ok(nothing())
}

/// The targets of a call, which may be none.
pub(super) fn specs(form: &Form) -> Result<Vec<TargetSpec>, Refusal> {
    form.records("Targets").iter().map(spec).collect()
}

fn named(form: &Form) -> Result<(String, Vec<TargetSpec>), Refusal> {
    let group = form.required("TargetGroupArn")?.to_owned();
    let targets = specs(form)?;
    if targets.is_empty() {
        let sentence = "The request must contain the parameter Targets";
        return Err(Refusal::Validation(sentence.to_owned()));
    }
    Ok((group, targets))
}

fn spec(record: &Form) -> Result<TargetSpec, Refusal> {
    let port = record.parsed("Port")?;
    if port == Some(0) {
        let sentence = "'0' is not a valid value for 'Port': must be between 1 and 65535";
        return Err(Refusal::Validation(sentence.to_owned()));
    }
    let owned = |name: &str| record.text(name).map(str::to_owned);
    Ok(TargetSpec {
        id: record.required("Id")?.to_owned(),
        port,
        zone: owned("AvailabilityZone"),
        quic_server_id: owned("QuicServerId"),
    })
}
