//! What hooks are told of a run: variables for their environment, and a document on their standard
//! input. When one is run, and what follows from how it ends, is decided elsewhere.

use serde_json::{Value, json};

use super::Summary;
use crate::executor::{Briefing, Occasion};
use crate::journal::RunId;
use crate::rollout::{Hook, Progress, Rollout, Target};

/// The version of the documents.
const VERSION: u32 = 1;

/// What a hook around a batch is told; the first batch is 1.
pub fn around_batch(rollout: &Rollout, hook: Hook, batch: usize) -> Briefing {
    let targets = || rollout.batch(batch.saturating_sub(1));
    let count = rollout.plan().batches.len();
    let document = json!({
        "v": VERSION,
        "hook": hook,
        "batch": batch,
        "batches": count,
        "targets": targets().map(|target| told(target, hook)).collect::<Vec<_>>(),
    });
    let ids: Vec<_> = targets().map(|(target, _)| target.id.as_str()).collect();
    let variables = [
        ("ELB_DEPLOY_BATCH_NUMBER", batch.to_string()),
        ("ELB_DEPLOY_BATCH_COUNT", count.to_string()),
        ("ELB_DEPLOY_BATCH_TARGETS", ids.join(",")),
    ];
    briefing(variables, &document)
}

/// What the hook at the end is told: how the run ended in one word, and how the process would end
/// without the hook.
pub fn at_the_end(run: RunId, summary: &Summary, (outcome, exit_code): (&str, u8)) -> Briefing {
    let document = json!({
        "v": VERSION,
        "hook": Occasion::OnFinish.hook(),
        "run": run,
        "outcome": outcome,
        "exit_code": exit_code,
        "summary": summary,
    });
    let out = summary.targets.iter().filter(|target| !target.out.is_empty());
    let out: Vec<_> = out.map(|target| target.id.as_str()).collect();
    let variables = [
        ("ELB_DEPLOY_OUTCOME", outcome.to_owned()),
        ("ELB_DEPLOY_EXIT_CODE", exit_code.to_string()),
        ("ELB_DEPLOY_OUT", out.join(",")),
    ];
    briefing(variables, &document)
}

/// A target of the batch; after it, what became of it.
fn told((target, progress): (&Target, &Progress), hook: Hook) -> Value {
    let groups: Vec<_> = target.groups().into_iter().map(|group| group.name()).collect();
    let mut told = json!({ "id": target.id, "zone": target.zone(), "groups": groups });
    if hook == Hook::AfterBatch {
        told["done"] = json!(progress.is_done());
        told["failed_at"] = json!(progress.failed_at().map(|step| step.act));
        told["held_out"] = json!(progress.is_held_out());
    }
    told
}

fn briefing<const N: usize>(variables: [(&str, String); N], document: &Value) -> Briefing {
    let variables = variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    Briefing { variables, document: document.to_string() }
}
