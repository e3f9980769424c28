//! Lists, counts and times as they stand in a sentence.

use std::fmt::Display;
use std::time::Duration;

/// More names than these make a line unreadable, and tell nothing more.
const NAMED_AT_MOST: usize = 5;

/// A time such as `2m 30s`.
pub(super) fn time(time: Duration) -> impl Display {
    humantime::format_duration(time)
}

/// The first few, and how many more there are.
pub(super) fn listed<T: ToString>(items: impl IntoIterator<Item = T>, between: &str) -> String {
    let mut names: Vec<_> = items.into_iter().map(|item| item.to_string()).collect();
    let more = names.len().saturating_sub(NAMED_AT_MOST);
    names.truncate(NAMED_AT_MOST);
    let list = names.join(between);
    if more == 0 { list } else { format!("{list}{between}and {more} more") }
}

/// `1 target`, `2 targets`.
pub(super) fn counted(count: usize, thing: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {thing}{plural}")
}
