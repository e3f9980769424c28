//! A run drawn as SVG: a row for each target, a bar for each step, waits shaded with their reasons, and
//! below how many are in service. From the journal alone, so that the same journal gives the same picture.

mod bars;
mod scale;
mod serving;
mod sheet;
mod svg;

use std::time::Duration;

use self::bars::rows;
use self::scale::Scale;
use self::serving::servings;
use self::sheet::Sheet;
use super::words::{ended, one_line};
use crate::report::Paint;
use crate::rollout::{Dated, Fact, Moment};
use crate::runs::{Past, Told};
use crate::utc;

/// What is drawn of a run in which nothing has taken any time.
const LEAST: Duration = Duration::from_secs(1);

/// From when to when a run is drawn, and what happened to all of it meanwhile.
#[derive(Debug)]
struct Span<'a> {
    began: Moment,
    /// The latest fact of its own: nobody is asked for the time. What other runs put back later is theirs.
    ended: Moment,
    facts: &'a [Dated],
}

impl<'a> Span<'a> {
    fn of(told: &'a Told) -> Self {
        let (began, ended) = (told.header.at, told.worked_until());
        let within = told.facts.iter().take_while(|dated| dated.at <= ended).count();
        let ended = ended.max(began.after(LEAST));
        Self { began, ended, facts: &told.facts[..within] }
    }

    /// When other processes took it up.
    fn resumed(&self) -> impl Iterator<Item = Moment> {
        let resumed = |dated: &Dated| matches!(dated.fact, Fact::Resumed { .. });
        self.facts.iter().filter(move |dated| resumed(dated)).map(|dated| dated.at)
    }

    /// The last that is known of the process that was at work then.
    fn last_known(&self, at: Moment) -> Moment {
        let Some(next) = self.resumed().find(|resumed| *resumed >= at) else { return self.ended };
        let before = self
            .facts
            .iter()
            .rev()
            .find(|dated| dated.at <= next && !matches!(dated.fact, Fact::Resumed { .. }));
        before.map_or(at, |dated| dated.at.max(at))
    }
}

/// The picture; `None` if the journal tells nothing that can be relied on.
pub fn timeline(past: &Past) -> Option<String> {
    let told = past.told.as_ref().ok()?;
    let (plan, span) = (&told.header.plan, Span::of(told));
    let rows = rows(plan, &span, past.under_way);
    let busy = rows.iter().flat_map(|row| &row.bars).map(|bar| (bar.from, bar.to));
    let scale = Scale::new((span.began, span.ended), busy);
    let titles = [
        one_line(&told.header.asked_for()),
        format!("{}, {}", utc::date_and_time(span.began), ended(past, Paint::Plain)),
        format!("run {}", past.run),
    ];
    let mut sheet = Sheet::new(&titles, scale);
    sheet.rows(&rows);
    sheet.marks(&span);
    servings(plan, &span).iter().for_each(|serving| sheet.serving(serving));
    Some(sheet.finish())
}
