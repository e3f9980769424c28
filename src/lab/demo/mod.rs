//! A deploy to watch: the lab, real processes, real traffic, and the real tool.

mod error;
mod processes;
mod stage;
mod tally;
mod upstream;
mod ways;

use std::path::PathBuf;
use std::time::Duration;

pub use error::DemoError;
use tokio::sync::mpsc;

use self::stage::Stage;
use self::tally::{Tally, comparison};
use self::ways::Way;
use super::load::{Load, LoadHandle, LoadOptions, LoadReport};

/// Traffic before and after the deploy, so that both versions are seen.
const LEAD: Duration = Duration::from_secs(2);
/// How often it is asked whether enough requests have been sent.
const GLANCE: Duration = Duration::from_millis(200);

/// How the demo deploys with this tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Strategy {
    /// Four targets, one after the other out of service
    Roll,
    /// One target, from port to port, in service all along
    Flip,
}

impl Strategy {
    /// How many targets it is shown with.
    const fn targets(self) -> usize {
        match self {
            Self::Roll => 4,
            Self::Flip => 1,
        }
    }

    /// How this tool does it, and then the old ways.
    const fn ways(self) -> [Way; 3] {
        match self {
            Self::Roll => [Way::Roll, Way::Restart, Way::SleepAndHope],
            Self::Flip => [Way::Flip, Way::ProxyReload, Way::Restart],
        }
    }
}

/// What the demo does.
#[derive(Debug, Clone)]
pub struct DemoOptions {
    /// How it deploys.
    pub strategy: Strategy,
    /// Requests a second.
    pub rate: u32,
    /// At least so many requests for the deploy with this tool.
    pub requests: u64,
    /// Whether the two old ways are shown too.
    pub compare: bool,
    /// Where the run of this tool is drawn as SVG.
    pub svg: Option<PathBuf>,
}

/// Shows a deploy under load, telling on the way; true if not one request failed. The first
/// signal ends it. However it ends, no process and no file of it is left.
///
/// # Errors
/// Something needed for the show cannot be had, the run halted, or a signal came.
pub async fn run(
    options: &DemoOptions,
    signals: &mut mpsc::Receiver<String>,
    say: impl Fn(&str),
) -> Result<bool, DemoError> {
    let [ours, old @ ..] = options.strategy.ways();
    let shown = show(options, ours, signals, &say).await?;
    if !options.compare {
        return Ok(shown.traffic.failed == 0);
    }
    let mut tallies = vec![shown];
    for way in old {
        tallies.push(show(options, way, signals, &say).await?);
    }
    say(&comparison(&tallies));
    let old_ways_lose = tallies[1..].iter().all(|tally| tally.traffic.failed > 0);
    Ok(tallies[0].traffic.failed == 0 && old_ways_lose)
}

/// One way of deploying on a stage of its own.
async fn show(
    options: &DemoOptions,
    way: Way,
    signals: &mut mpsc::Receiver<String>,
    say: &impl Fn(&str),
) -> Result<Tally, DemoError> {
    let mut stage = Stage::set(options.strategy).await?;
    let played = tokio::select! {
        played = play(&mut stage, options, way, say) => played,
        Some(signal) = signals.recv() => Err(DemoError::Interrupted { signal }),
    };
    stage.strike().await;
    played
}

/// Deploys once, in one way, and counts.
async fn play(
    stage: &mut Stage,
    options: &DemoOptions,
    way: Way,
    say: &impl Fn(&str),
) -> Result<Tally, DemoError> {
    match way {
        Way::ProxyReload => stage.open_behind_proxy().await?,
        _ => stage.open().await?,
    }
    say(&format!("\n== {way}"));
    say(&stage.describe());
    let load = LoadOptions { rate: options.rate, ..LoadOptions::new(stage.entry()?) };
    say(&format!(
        "{} requests a second, {} in 100 of them slow ones of {}",
        load.rate,
        load.slow_share,
        humantime::format_duration(load.slowness)
    ));
    let traffic = Load::start(load).map_err(DemoError::new("start the traffic"))?;
    tokio::time::sleep(LEAD).await;
    let began = tokio::time::Instant::now();
    way.deploy(stage).await?;
    let took = began.elapsed();
    let is_ours = matches!(way, Way::Roll | Way::Flip);
    if let Some(path) = options.svg.as_deref().filter(|_| is_ours) {
        stage.draw(path).await?;
    }
    tokio::time::sleep(LEAD).await;
    let at_least = if is_ours { options.requests } else { 0 };
    let traffic = enough(traffic, at_least).await;
    say(&tally::traffic(&traffic));
    Ok(Tally { way, took, traffic })
}

async fn enough(load: LoadHandle, at_least: u64) -> LoadReport {
    while load.report().requests < at_least {
        tokio::time::sleep(GLANCE).await;
    }
    load.stop().await
}
