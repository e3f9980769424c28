//! `completions`: what a shell has to know to complete the command line. It installs nothing.

use clap::{Args, CommandFactory};
use clap_complete::{Shell, generate};

use super::error::CliError;
use super::exit::Exit;
use super::stdout::print;
use super::{Cli, NAME};

/// Print the completions for a shell
///
/// bash: elb-deploy completions bash > /etc/bash_completion.d/elb-deploy
///
/// zsh: elb-deploy completions zsh > /usr/local/share/zsh/site-functions/_elb-deploy
///
/// fish: elb-deploy completions fish > ~/.config/fish/completions/elb-deploy.fish
#[derive(Debug, Args)]
pub(super) struct Completions {
    /// For which shell
    #[arg(value_name = "SHELL", value_enum)]
    shell: Shell,
}

impl Completions {
    pub(super) fn run(&self) -> Result<Exit, CliError> {
        let mut script = Vec::new();
        generate(self.shell, &mut Cli::command(), NAME, &mut script);
        print(&script)
    }
}
