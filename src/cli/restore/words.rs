//! The errors of a restore that cannot be, or not wholly: what is still out, and what to do then.

use std::path::Path;

use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::report::{Access, put_right_by_hand};
use crate::rollout::Registration;

/// Both are told. That something is known to be out counts most, unless nothing was changed at all:
/// then that does.
pub(super) fn both(error: CliError, left: CliError) -> CliError {
    let kind = match (error.kind, left.kind) {
        (Exit::Refused, _) => Exit::Refused,
        (Exit::HaltedOut, _) | (_, Exit::HaltedOut) => Exit::HaltedOut,
        (kind, _) => kind,
    };
    CliError { kind, ..error.and(left) }
}

/// A restore that cannot keep a journal does not begin; then a person has to.
pub(super) fn still_out(error: CliError, out: &[Registration], access: &Access) -> CliError {
    if error.kind != Exit::Journal {
        return error;
    }
    let places = out.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let still = CliError::new(Exit::Journal, format!("still out of service: {places}"));
    let commands = put_right_by_hand(out, access).into_iter();
    let by_hand = |error: CliError, command| {
        error.hint(Some(format!("without a journal, by hand: {command}")))
    };
    error.and(commands.fold(still, by_hand))
}

/// That there is nothing to do: of all that the journals hold out or of what was asked for, beside
/// runs under way, which hold out what they work on.
pub(super) fn nothing_to_restore(
    folder: Option<&Path>,
    is_all: bool,
    is_under_way: bool,
) -> String {
    let place = folder.map_or("here".to_owned(), |folder| format!("in {}", folder.display()));
    let what = match (is_all, is_under_way) {
        (true, false) => "nothing",
        (true, true) => "nothing else",
        (false, _) => "nothing of that",
    };
    format!("{what} is held out by the journals {place}, so there is nothing to restore")
}

pub(super) fn without_journals(access: &Access) -> String {
    let command = access.command("restore --group GROUP [--port PORT] TARGET");
    format!("or without any journal: {command}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_else_is_said_where_there_is_something_else() {
        let said = |is_all, is_under_way| {
            let said = nothing_to_restore(Some(Path::new("/s")), is_all, is_under_way);
            let rest = " is held out by the journals in /s, so there is nothing to restore";
            said.strip_suffix(rest).unwrap().to_owned()
        };
        assert_eq!(said(true, false), "nothing");
        assert_eq!(said(true, true), "nothing else");
        assert_eq!(said(false, false), "nothing of that", "others may be out");
        assert!(nothing_to_restore(None, true, false).contains("journals here, so"));
    }

    #[test]
    fn both_are_told_and_what_is_out_counts_most_unless_nothing_was_changed() {
        use Exit::{HaltedInService, HaltedOut, Journal, Refused};
        let rows = [
            (Journal, HaltedOut, HaltedOut),
            (HaltedOut, Journal, HaltedOut),
            (Journal, Journal, Journal),
            (HaltedInService, HaltedOut, HaltedOut),
            (Refused, HaltedOut, Refused),
        ];
        for (error, left, kind) in rows {
            let told = both(CliError::new(error, "one"), CliError::new(left, "other"));
            assert_eq!((told.kind, &told.what[..]), (kind, &["one".into(), "other".into()][..]));
        }
    }
}
