//! `man`: the manual pages, from the same definitions as `--help`. It installs nothing.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::{Args, Command, CommandFactory};
use clap_mangen::Man as Page;

use super::error::CliError;
use super::exit::Exit;
use super::stdout::print;
use super::{Cli, NAME};

/// What every page stands for: without it, a verb's page would name no version.
const SOURCE: &str = concat!("elb-deploy ", env!("CARGO_PKG_VERSION"));

/// Print a manual page, or write all of them to a folder
///
/// To read one: elb-deploy man drain | man -l -
///
/// To install all: elb-deploy man --dir /usr/local/share/man/man1
#[derive(Debug, Args)]
pub(super) struct Man {
    /// Of which verb, such as drain or wait in-service [default: of the tool as a whole]
    #[arg(value_name = "VERB", conflicts_with = "dir")]
    verb: Vec<String>,
    /// Write every page to this folder, which is made if it is not there
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

impl Man {
    pub(super) fn run(&self) -> Result<Exit, CliError> {
        match &self.dir {
            None => print(&text(&self.meant()?)?),
            Some(dir) => {
                fs::create_dir_all(dir).map_err(failed("make", dir))?;
                pages(&commands()).into_iter().try_for_each(|command| write(dir, command))?;
                Ok(Exit::Done)
            }
        }
    }

    fn meant(&self) -> Result<Command, CliError> {
        let mut command = commands();
        for verb in &self.verb {
            let Some(found) = command.find_subcommand(verb) else { return Err(self.unknown()) };
            command = found.clone();
        }
        Ok(command)
    }

    fn unknown(&self) -> CliError {
        let verbs: Vec<_> =
            commands().get_subcommands().map(|it| it.get_name().to_owned()).collect();
        let what = format!("there is no verb '{}'", self.verb.join(" "));
        let hint = format!("the verbs are {}", verbs.join(", "));
        CliError::new(Exit::Usage, what).hint(Some(hint))
    }
}

/// The tool with its verbs, each under its full name.
fn commands() -> Command {
    let mut commands = Cli::command().name(NAME).disable_help_subcommand(true);
    commands.build();
    commands
}

/// The tool, its verbs, and theirs.
fn pages(command: &Command) -> Vec<Command> {
    let below = command.get_subcommands().flat_map(pages);
    [command.clone()].into_iter().chain(below).collect()
}

fn text(command: &Command) -> Result<Vec<u8>, CliError> {
    let mut text = Vec::new();
    let failed = |error: io::Error| {
        CliError::new(Exit::Unexpected, format!("failed to make the page: {error}"))
    };
    let page = Page::new(command.clone()).source(SOURCE).manual("elb-deploy manual");
    page.render(&mut text).map_err(failed)?;
    Ok(text)
}

fn write(dir: &Path, command: Command) -> Result<(), CliError> {
    let path = dir.join(Page::new(command.clone()).get_filename());
    fs::write(&path, text(&command)?).map_err(failed("write to", &path))
}

fn failed(doing: &str, path: &Path) -> impl FnOnce(io::Error) -> CliError {
    move |error| {
        let what = format!("failed to {doing} {}: {error}", path.display());
        CliError::new(Exit::Unexpected, what).hint(Some("name a folder that you can write to"))
    }
}
