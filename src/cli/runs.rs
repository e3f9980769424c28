//! `runs`: what ran on this machine, and what is left to put right. It asks no load balancer.

mod forget;

use std::fs;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use self::forget::Forget;
use super::Global;
use super::error::CliError;
use super::exit::Exit;
use super::format::Format;
use super::state_folder::of_root;
use super::stdout::print;
use crate::journal::{FindError, RunFolder, RunId};
use crate::report::runs::{
    Page, given_up, given_up_document, list_document, run_document, show, table, timeline,
};
use crate::report::{Access, Paint};
use crate::runs::Past;
use crate::state_dir::{StateDirError, known_state_dir, not_below_a_file};

/// List what ran on this machine: when, by whom, how it ended, and what is still held out
///
/// The newest run comes first. What is held out is told as the journals have it, with the commands
/// that put it right; the load balancer is not asked. A journal that cannot be read is listed as such.
///
/// The JSON is one line: {"v":1, "state_dir":…, "runs":[…]}.
#[derive(Debug, Args)]
pub(super) struct Runs {
    #[command(subcommand)]
    what: Option<What>,
    /// How it is written
    #[arg(
        long,
        global = true,
        value_name = "HOW",
        value_enum,
        default_value = "table",
        env = "ELB_DEPLOY_FORMAT",
        hide_env_values = true
    )]
    format: Format,
}

#[derive(Debug, Subcommand)]
enum What {
    Show(Show),
    Forget(Forget),
}

/// Show one run with every target's steps, their times, and why they failed
///
/// The JSON is one line: {"v":1, "run":…, "ending":…, "targets":[…]}.
#[derive(Debug, Args)]
struct Show {
    /// The run's id, or as much of its beginning as no other has
    #[arg(value_name = "RUN")]
    run: String,
    /// Draw it into this file, too, as SVG: a row for each target, a bar for each step, and how many
    /// are in service
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
}

impl Runs {
    /// `a,,b` and `a,` are what scripts make of a variable that is not set.
    pub(super) fn drop_empty_items(&mut self) {
        if let Some(What::Forget(forget)) = &mut self.what {
            forget.drop_empty_items();
        }
    }

    pub(super) fn run(self, global: &Global) -> Result<Exit, CliError> {
        let state_dir = known_state_dir(global.state_dir.clone()).ok_or(StateDirError::Unknown)?;
        not_below_a_file(&state_dir)?;
        let paint = Paint::on(io::stdout().is_terminal());
        let page = Page { state_dir: &state_dir, access: &global.access(), paint };
        let text = match &self.what {
            None => {
                let runs = Past::all(&state_dir)?;
                match self.format {
                    Format::Table if runs.is_empty() => Ok(table(&runs, page) + &hint(global)),
                    Format::Table => Ok(table(&runs, page)),
                    Format::Json => list_document(&runs, page),
                }
            }
            Some(What::Forget(forget)) => {
                let forgotten = forget.run(&state_dir, global)?;
                match self.format {
                    Format::Table => Ok(given_up(&forgotten)),
                    Format::Json => given_up_document(&forgotten),
                }
            }
            Some(What::Show(Show { run, svg })) => {
                let past = found(&state_dir, run, &global.access())?;
                svg.as_deref().map_or(Ok(()), |path| draw(&past, path))?;
                match self.format {
                    Format::Table => Ok(show(&past, page)),
                    Format::Json => run_document(&past, page),
                }
            }
        };
        let unwritable =
            |error| CliError::new(Exit::Unexpected, format!("failed to write: {error}"));
        print(text.map_err(unwritable)?.as_bytes())
    }
}

/// Draws a run into a file.
fn draw(past: &Past, path: &Path) -> Result<(), CliError> {
    let Some(picture) = timeline(past) else {
        let what = format!("failed to draw run {}: its journal tells nothing certain", past.run);
        let hint = "without --svg what can be read of it is shown";
        return Err(CliError::new(Exit::Journal, what).hint(Some(hint)));
    };
    fs::write(path, picture).map_err(|error| {
        CliError::new(Exit::Unexpected, format!("failed to write {}: {error}", path.display()))
    })
}

fn hint(global: &Global) -> String {
    of_root(global).map(|hint| format!("hint: {hint}\n")).unwrap_or_default()
}

/// The run that is meant, seen among all others: they tell what of it is back.
fn found(state_dir: &Path, said: &str, access: &Access) -> Result<Past, CliError> {
    let not_found = |error| CliError::not_found(error, access);
    let run = RunId::find(state_dir, said).map_err(not_found)?;
    let found = Past::all(state_dir)?.into_iter().find(|past| past.run == run);
    // Deleted since it was found.
    found.ok_or_else(|| {
        let state_dir = RunFolder::home(state_dir);
        not_found(FindError::Unknown { said: said.to_owned(), state_dir })
    })
}
