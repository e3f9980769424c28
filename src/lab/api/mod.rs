//! The `ELBv2` Query API over the model: a form in, XML out, as the real service answers.
//! Signatures are accepted unchecked; whoever reaches loopback may do everything.

use std::time::Duration;

mod action;
mod answer;
mod attributes;
mod balancers;
mod calls;
mod control;
mod form;
mod groups;
mod health;
mod listeners;
mod page;
mod rules;
mod server;
mod settings;
mod tags;
mod targets;
mod xml;

pub use answer::ApiAnswer;
pub use calls::Calls;
pub use server::serve;

use action::{Action, Call, Written};
use answer::ApiError;
use form::Form;
use xml::Xml;

use super::faults::Faults;
use super::model::Model;
use super::state::Lab;

/// What a caller that names no version is taken to mean.
const VERSION: &str = "2015-12-01";

/// Answers one call and counts it: the lab's front door for whoever is in the same process.
pub fn answer(lab: &Lab, body: &[u8]) -> ApiAnswer {
    let answer = lab.with_both(|model, faults, now| respond(model, faults, now, body));
    lab.with_calls(|calls| calls.count(&answer.action));
    answer
}

/// Answers the call whose form is `body`, at `now`. Pure: the same lab and the same calls give the
/// same answers, but for the request ids.
pub fn respond(model: &mut Model, faults: &mut Faults, now: Duration, body: &[u8]) -> ApiAnswer {
    let form = Form::parse(body);
    let action = form.text("Action").unwrap_or_default();
    let request_id = uuid::Uuid::now_v7().to_string();
    let strike = faults.strike(now, action::kind(action));
    let outcome = match strike.refused {
        Some(fault) => Err(fault.into()),
        None => perform(model, faults, now, &form),
    };
    let (status, body) = match outcome {
        Ok(written) => (200, success(action, &request_id, written)),
        Err(error) => (error.status(), error.body(&request_id)),
    };
    ApiAnswer {
        action: action.to_owned(),
        status,
        body,
        request_id,
        delay: strike.delay,
        cut: strike.cut,
    }
}

fn perform(
    model: &mut Model,
    faults: &Faults,
    now: Duration,
    form: &Form,
) -> Result<Written, ApiError> {
    let name = form.text("Action").ok_or_else(ApiError::missing_action)?;
    let version = form.text("Version").unwrap_or(VERSION);
    let action = Action::named(name)
        .filter(|_| version == VERSION)
        .ok_or_else(|| ApiError::invalid_action(name, version))?;
    let (health_age, untold_zones) = (faults.health_age(), faults.settings().untold_zones);
    model.remember_for(health_age);
    let mut call = Call { model, form, now, health_age, untold_zones };
    Ok((action.answer)(&mut call)?)
}

fn success(action: &str, request_id: &str, written: Written) -> Vec<u8> {
    Xml::document(&format!("{action}Response"), |xml| {
        xml.inside(&format!("{action}Result"), written);
        xml.inside("ResponseMetadata", |xml| xml.text("RequestId", request_id));
    })
}

#[cfg(test)]
mod tests;
