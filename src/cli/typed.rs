//! Values as they are typed: each is what it means, or why it means nothing, so that all mistakes
//! of a command line can be told at once. Which flag they belong to is not known here.

use std::convert::Infallible;
use std::fmt::{self, Display};
use std::str::FromStr;
use std::time::Duration;

use super::error::CliError;
use super::exit::Exit;
use crate::duration;
use crate::executor::Statuses;
use crate::rollout::{Batches, Share};

/// A value as it was typed.
#[derive(Debug, Clone)]
pub(super) struct Typed<T> {
    text: String,
    meant: Result<T, String>,
}

impl<T: FromStr<Err: Display>> FromStr for Typed<T> {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        let meant = text.parse().map_err(|error: T::Err| error.to_string());
        Ok(Self { text: text.to_owned(), meant })
    }
}

impl<T: Display> Typed<T> {
    /// A value as it would have been typed.
    pub(super) fn of(value: T) -> Self {
        Self { text: value.to_string(), meant: Ok(value) }
    }
}

impl<T> Display for Typed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A duration that may be none at all.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span(pub(super) Duration);

/// A duration that something may take: none at all is no limit but a mistake.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limit(pub(super) Duration);

impl FromStr for Span {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        duration::parse(text).map(Self)
    }
}

impl Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        humantime::format_duration(self.0).fmt(f)
    }
}

impl FromStr for Limit {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.parse()? {
            Span(Duration::ZERO) => Err("a limit of nothing would always be passed"),
            Span(limit) => Ok(Self(limit)),
        }
    }
}

/// What a kind of value looks like, for whoever got it wrong.
pub(super) trait Example {
    /// A fragment that fits after "write it as a …".
    const EXAMPLE: &str;
}

impl Example for Span {
    const EXAMPLE: &str = "duration such as 90s or 1h 30m, 24h at most";
}

impl Example for Limit {
    const EXAMPLE: &str = Span::EXAMPLE;
}

impl Example for Share {
    const EXAMPLE: &str = "count such as 2, or a percentage such as 25%";
}

impl Example for Batches {
    const EXAMPLE: &str = "count such as 2, a percentage such as 25%, or a list such as 1,10%,50%";
}

impl Example for Statuses {
    const EXAMPLE: &str = "list of statuses or ranges such as 200,401 or 200-299";
}

/// What is done about a group's slow start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum SlowStart {
    /// In service means after it
    Wait,
    /// In service means healthy
    Ignore,
}

/// What is wrong with a command line; all of it.
#[derive(Debug, Default)]
pub(super) struct Mistakes(Option<CliError>);

impl Mistakes {
    /// What a flag's value means; if it means nothing, that is noted.
    pub(super) fn meant<T: Clone + Example>(&mut self, flag: &str, typed: &Typed<T>) -> Option<T> {
        let noted = |why: &String| {
            let what = match typed.text.trim() {
                "" => format!("{flag} is empty"),
                text => format!("{flag} {text}: {why}"),
            };
            let hint = format!("write it as a {}", T::EXAMPLE);
            CliError::new(Exit::Usage, what).hint(Some(hint))
        };
        typed.meant.as_ref().inspect_err(|why| self.note(noted(why))).ok().cloned()
    }

    pub(super) fn note(&mut self, error: CliError) {
        self.0 = Some(match self.0.take() {
            Some(before) => before.and(error),
            None => error,
        });
    }

    /// # Errors
    /// All that was noted.
    pub(super) fn none(self) -> Result<(), CliError> {
        self.0.map_or(Ok(()), Err)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meant<T: Copy + Example + FromStr<Err: Display>>(text: &str) -> Result<T, String> {
        let Ok(typed) = text.parse::<Typed<T>>();
        let mut mistakes = Mistakes::default();
        let meant = mistakes.meant("--flag", &typed);
        mistakes.none().map_err(|error| error.to_string())?;
        Ok(meant.unwrap())
    }

    #[test]
    fn durations_are_read_as_people_write_them() {
        assert_eq!(meant("90s").map(|Span(time)| time), Ok(Duration::from_secs(90)));
        assert_eq!(meant("1h 30m").map(|Limit(time)| time), Ok(Duration::from_secs(5400)));
        assert_eq!(meant("0s").map(|Span(time)| time), Ok(Duration::ZERO));
        let said = meant::<Limit>("0s").err().unwrap();
        assert!(said.contains("error: --flag 0s: a limit of nothing"), "{said}");
    }

    #[test]
    fn a_default_is_shown_as_it_would_be_typed() {
        let shown = Typed::of(Limit(Duration::from_secs(900))).to_string();
        assert_eq!(shown, "15m");
        assert_eq!(meant(&shown).map(|Limit(time)| time), Ok(Duration::from_secs(900)));
    }

    #[test]
    fn what_is_empty_is_said_to_be_so() {
        for text in ["", " "] {
            let said = meant::<Span>(text).err().unwrap();
            assert!(said.starts_with("error: --flag is empty\nhint: write it as a"), "{said}");
        }
    }

    #[test]
    fn all_mistakes_are_kept_and_each_hint_once() {
        let mut mistakes = Mistakes::default();
        for text in ["soon", "later"] {
            let Ok(typed) = text.parse::<Typed<Span>>();
            assert!(mistakes.meant("--settle", &typed).is_none());
        }
        let error = mistakes.none().unwrap_err();
        assert_eq!(error.what, ["--settle soon: not a duration", "--settle later: not a duration"]);
        assert_eq!(error.hints, ["write it as a duration such as 90s or 1h 30m, 24h at most"]);
    }
}
