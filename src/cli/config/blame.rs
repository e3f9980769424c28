//! Errors about a value that came from the file say so. Whoever finds a value wrong names its
//! flag, as if it had been typed, and need not know where it came from.

use super::sources::{Setting, Source};
use crate::cli::error::CliError;
use crate::cli::exit::Exit;

/// The same error; each line that names a value of the file begins with the place of that value.
pub(super) fn blame(settings: &[Setting], mut error: CliError) -> CliError {
    if error.kind != Exit::Usage {
        return error;
    }
    let from_file = settings.iter().filter(|it| matches!(it.source, Source::File { .. }));
    let from_file: Vec<_> = from_file.collect();
    for line in &mut error.what {
        if let Some(setting) = from_file.iter().find(|setting| names(line, &setting.spelt)) {
            *line = format!("{}: {line}", setting.source);
        }
    }
    error
}

/// Whether a word stands in a line, and not only the beginning of a longer one.
fn names(line: &str, word: &str) -> bool {
    let is_part = |sign: char| sign.is_alphanumeric() || sign == '-';
    let mut places = line.match_indices(word).filter(|_| !word.is_empty());
    places.any(|(at, _)| {
        let is_longer = line[at + word.len()..].starts_with(is_part);
        !is_longer && !line[..at].ends_with(is_part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_is_not_taken_for_a_longer_one() {
        assert!(names("--ready soon: not a duration", "--ready"));
        assert!(names("invalid value 'x' for '--ready <URL>'", "--ready"));
        assert!(!names("--ready-timeout soon: not a duration", "--ready"));
        assert!(names("--ready-timeout 1s with --ready", "--ready"));
        assert!(names("failed to start ./deploy.sh: no such file", "./deploy.sh"));
        assert!(!names("the command is empty", ""));
    }
}
