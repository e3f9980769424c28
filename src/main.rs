//! The `elb-deploy` command.

use std::io::Write;
use std::process::ExitCode;

use elb_deploy::cli::{Cli, CliError, Exit, Unread};
use tokio::runtime::{Builder, Runtime};

fn main() -> ExitCode {
    let cli = match Cli::read(std::env::args_os()) {
        Ok(cli) => cli,
        Err(Unread::Refused(error)) => return say(&error),
        // A reader that has enough is no error.
        Err(Unread::Asked(answer)) => {
            answer.print().ok();
            return Exit::Done.into();
        }
    };
    let log = cli.log();
    let ended = runtime(cli.is_busy()).map(|runtime| {
        let ended = runtime.block_on(cli.run());
        // A name that does not resolve must not hold up the end.
        runtime.shutdown_background();
        ended
    });
    log.finish();
    match ended {
        Ok(Ok(exit)) => exit.into(),
        Ok(Err(error)) => say(&error),
        Err(error) => {
            writeln!(std::io::stderr(), "error: failed to start: {error}").ok();
            Exit::Unexpected.into()
        }
    }
}

fn runtime(busy: bool) -> std::io::Result<Runtime> {
    let mut builder =
        if busy { Builder::new_multi_thread() } else { Builder::new_current_thread() };
    builder.enable_all().build()
}

fn say(error: &CliError) -> ExitCode {
    write!(std::io::stderr(), "{error}").ok();
    error.kind.into()
}
