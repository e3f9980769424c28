//! What is run around a batch, and what it is told.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::acting::passing_on;
use super::{News, Ports};
use crate::executor::{Briefing, Executor, Occasion};
use crate::rollout::{Failure, Hook, Progress, Rollout, Target};

/// The version of the document that a hook reads.
const VERSION: u32 = 1;

/// One hook under way.
pub(super) struct Around {
    hook: Hook,
    batch: usize,
    briefing: Briefing,
    executor: Arc<dyn Executor>,
    news: mpsc::Sender<News>,
}

/// A hook that came to its end.
pub(super) struct HookEnded {
    pub(super) hook: Hook,
    pub(super) batch: usize,
    pub(super) result: Result<(), Failure>,
}

impl Around {
    pub(super) fn new(
        rollout: &Rollout,
        hook: Hook,
        batch: usize,
        ports: &Ports,
        news: mpsc::Sender<News>,
    ) -> Self {
        let document = document(rollout, hook, batch).to_string();
        let briefing = Briefing { variables: variables(rollout, batch), document };
        Self { hook, batch, briefing, executor: Arc::clone(&ports.executor), news }
    }

    pub(super) async fn run(self) -> HookEnded {
        let Self { hook, batch, briefing, executor, news } = self;
        let occasion = match hook {
            Hook::BeforeBatch => Occasion::BeforeBatch(batch),
            Hook::AfterBatch => Occasion::AfterBatch(batch),
        };
        let as_news = |line| News::HookOutput { from: occasion.to_string(), line };
        let run = |lines| executor.hook(occasion, briefing, lines);
        HookEnded { hook, batch, result: passing_on(&news, as_news, run).await }
    }
}

fn variables(rollout: &Rollout, batch: usize) -> BTreeMap<String, String> {
    let ids = rollout.batch(batch.saturating_sub(1)).map(|(target, _)| target.id.as_str());
    let count = rollout.plan().batches.len();
    let variables = [
        ("ELB_DEPLOY_BATCH_NUMBER", batch.to_string()),
        ("ELB_DEPLOY_BATCH_COUNT", count.to_string()),
        ("ELB_DEPLOY_BATCH_TARGETS", ids.collect::<Vec<_>>().join(",")),
    ];
    variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// The batch, and after it what became of each of its targets.
fn document(rollout: &Rollout, hook: Hook, batch: usize) -> Value {
    let told = |(target, progress): (&Target, &Progress)| {
        let groups: Vec<_> = target.groups().into_iter().map(|group| group.name()).collect();
        let mut told = json!({ "id": target.id, "zone": target.zone(), "groups": groups });
        if hook == Hook::AfterBatch {
            told["done"] = json!(progress.is_done());
            told["failed_at"] = json!(progress.failed_at().map(|step| step.act));
            told["held_out"] = json!(progress.is_held_out());
        }
        told
    };
    let targets: Vec<_> = rollout.batch(batch.saturating_sub(1)).map(told).collect();
    json!({
        "v": VERSION,
        "hook": hook,
        "batch": batch,
        "batches": rollout.plan().batches.len(),
        "targets": targets,
    })
}
