//! A hook around a batch, run beside the steps. What it is told is not known here.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::acting::passing_on;
use super::{News, Ports};
use crate::executor::{Briefing, Executor, Occasion};
use crate::report::around_batch;
use crate::rollout::{Failure, Hook, Rollout};

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
        let briefing = around_batch(rollout, hook, batch);
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
