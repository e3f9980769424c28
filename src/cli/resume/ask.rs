//! Asks on the terminal whether a deploy that was cut off is done. It believes no answer that it does
//! not know.

use std::io::{self, BufRead, IsTerminal, Write};

use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::rollout::TargetId;

/// Whether a person takes the deploy of a target for done.
///
/// # Errors
/// There is no terminal, or nobody answers.
pub(super) async fn is_deployed(target: &TargetId) -> Result<bool, CliError> {
    if !io::stdin().is_terminal() {
        return Err(unanswered(target, "nobody can be asked"));
    }
    say(&format!(
        "The deploy of {target} may have happened. Take it for done?\n  \
         yes: the command is not run again, and {target} goes back into service as it is\n  \
         no:  the command is run again\n"
    ));
    loop {
        say("[y/N] ");
        let answer = line().await.ok_or_else(|| unanswered(target, "nobody answered"))?;
        match meaning(&answer) {
            Some(is_deployed) => return Ok(is_deployed),
            None => say("answer yes or no; nothing means no\n"),
        }
    }
}

fn meaning(answer: &str) -> Option<bool> {
    match answer.trim().to_lowercase().as_str() {
        "y" | "yes" => Some(true),
        "n" | "no" | "" => Some(false),
        _ => None,
    }
}

/// In a thread of its own, so that a signal is heard meanwhile; none if there is no more.
async fn line() -> Option<String> {
    let read = tokio::task::spawn_blocking(|| {
        let mut answer = String::new();
        let read = io::stdin().lock().read_line(&mut answer).ok()?;
        (read > 0).then_some(answer)
    });
    read.await.ok().flatten()
}

fn say(text: &str) {
    io::stderr().write_all(text.as_bytes()).ok();
}

fn unanswered(target: &TargetId, why: &str) -> CliError {
    let what = format!("the deploy of {target} may have happened, and {why}");
    let hint = "say --deploy rerun, or --deploy skip";
    CliError::new(Exit::Refused, what).hint(Some(hint))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_blanks_do_not_matter_and_what_is_neither_yes_nor_no_means_nothing() {
        for yes in ["y", "Y", "yes", "Yes", "YES", " yes \n"] {
            assert_eq!(meaning(yes), Some(true), "{yes:?}");
        }
        for no in ["n", "N", "no", "No", "NO\n", "", "\n"] {
            assert_eq!(meaning(no), Some(false), "{no:?}");
        }
        for unclear in ["ye", "yess", "ok", "j", "skip", "1"] {
            assert_eq!(meaning(unclear), None, "{unclear:?}");
        }
    }
}
