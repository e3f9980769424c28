//! What no cloud has: `/lab/…` tells of the calls so far, changes the faults, and pulls plugs.
//! JSON in and out, by the same loopback port as the API.

use serde_json::{Value, json};

use crate::lab::model::Power;
use crate::lab::state::Lab;

/// Where the control begins; everything else is the API.
pub(super) const PREFIX: &str = "/lab/";

/// Status and JSON.
pub(super) type Controlled = (u16, Value);

/// Does what a request to `/lab/<rest>` asks for.
pub(super) fn control(lab: &Lab, method: &str, rest: &str, body: &[u8]) -> Controlled {
    let path: Vec<&str> = rest.split('/').collect();
    match (method, path.as_slice()) {
        ("GET", ["calls"]) => (200, lab.with_calls(|calls| json!(calls))),
        ("GET", ["faults"]) => (200, lab.with_faults(|faults, _| json!(faults.settings()))),
        ("PUT" | "POST", ["faults"]) => change_faults(lab, body),
        ("GET", ["instances"]) => (200, instances(lab)),
        ("POST", ["instances", id, "start"]) => power(lab, id, Power::Running),
        ("POST", ["instances", id, "stop"]) => power(lab, id, Power::Stopped),
        ("POST", ["instances", id, "terminate"]) => power(lab, id, Power::Terminated),
        ("POST", ["zones", zone, "shift"]) => shift(lab, zone, true),
        ("POST", ["zones", zone, "return"]) => shift(lab, zone, false),
        _ => failed(404, "there is no such thing in the lab"),
    }
}

fn change_faults(lab: &Lab, body: &[u8]) -> Controlled {
    lab.with_both(|model, faults, _| match faults.settings().with(body) {
        Ok(settings) => {
            faults.set(settings);
            model.remember_for(faults.health_age());
            (200, json!(faults.settings()))
        }
        Err(error) => failed(400, &error.to_string()),
    })
}

fn instances(lab: &Lab) -> Value {
    lab.with_model(|model, _| {
        let all = model.instances().map(|(id, instance)| {
            json!({
                "id": id,
                "zone": instance.zone,
                "address": instance.address,
                "state": instance.power.as_str(),
            })
        });
        all.collect()
    })
}

fn power(lab: &Lab, id: &str, power: Power) -> Controlled {
    if lab.with_model(|model, _| model.power(id, power)) {
        (200, json!({ "id": id, "state": power.as_str() }))
    } else {
        failed(404, &format!("no instance is called {id}"))
    }
}

fn shift(lab: &Lab, zone: &str, away: bool) -> Controlled {
    lab.with_model(|model, _| model.shift(zone, away));
    (200, json!({ "zone": zone, "shifted": away }))
}

fn failed(status: u16, error: &str) -> Controlled {
    (status, json!({ "error": error }))
}
