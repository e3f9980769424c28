//! `status`, the real binary against the lab. What it writes of which group is held against data at a
//! lower level, in `report/status`.

mod shown;
mod watched;

use elb_deploy::lab::model::Power;

use crate::stage::Stage;

/// Pulls a target's plug.
fn stop(stage: &Stage, id: &str) {
    let lab = stage.server.lab();
    assert!(lab.with_model(|model, _| model.power(id, Power::Stopped)));
}

/// Whether the lab was asked for this.
fn asked(stage: &Stage, action: &str) -> bool {
    stage.server.lab().with_calls(|calls| calls.of(action) > 0)
}
