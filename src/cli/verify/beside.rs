//! What is beside the groups themselves as findings: holds, and targets that serve elsewhere. What
//! a run would be refused for is found with the other refusals.

use super::ask::Known;
use crate::cli::chosen::Chosen;
use crate::cli::hold::{ignored, unknown};
use crate::rollout::preflight::{Finding, Level, Setting, names};
use crate::rollout::{HOLD_TAG, Hold};

/// That nothing was found, or that it is ignored. What could not be asked is told elsewhere.
pub(super) fn findings(known: &Known, chosen: &Chosen) -> Vec<Finding> {
    let mut findings = Vec::new();
    match &known.holds {
        Some(Ok(holds)) if holds.is_empty() => {
            let what = format!("no group is tagged {HOLD_TAG}");
            findings.push(Finding::new(Level::Ok, names::HOLD, what));
        }
        Some(Ok(holds)) if chosen.hold.is_given() => findings.extend(holds.iter().map(warning)),
        Some(Err(error)) => {
            findings.push(Finding::new(Level::Warn, names::HOLD, unknown(error)));
        }
        Some(Ok(_)) | None => {}
    }
    findings
}

fn warning(hold: &Hold) -> Finding {
    let finding = Finding::new(Level::Warn, names::HOLD, ignored(hold.clone())).of(&hold.group);
    finding.set(Setting::Untagged(HOLD_TAG))
}

/// That the groups of the run are all that its targets serve in.
pub(super) fn nowhere_else() -> Finding {
    let what = "no target of the run serves in another group";
    Finding::new(Level::Ok, names::ELSEWHERE, what)
}
