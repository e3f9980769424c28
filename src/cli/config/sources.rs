//! Where the value of each option came from, for whoever shows a plan or reads the log. It says
//! nothing of what the value means.

use std::fmt;

use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command};

use super::blame::blame;
use super::keys::key;
use super::read::DEFAULTS;
use crate::cli::error::CliError;
use crate::cli::one_line::OneLine;
use crate::user_info::hidden;

/// What the value of an option is called that is run.
const COMMAND: &str = "COMMAND";

/// Who said a value; the earlier in this list the more it counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) enum Source {
    CommandLine,
    Environment { variable: String },
    File { file: String, table: String },
    Default,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CommandLine => f.write_str("command line"),
            Self::Environment { variable } => write!(f, "environment {variable}"),
            Self::File { file, table } => write!(f, "{file} [{table}]"),
            Self::Default => f.write_str("default"),
        }
    }
}

impl Source {
    /// Who says the same is heard before whoever is less; nobody hears a default.
    fn weight(&self) -> u8 {
        match self {
            Self::CommandLine => 4,
            Self::Environment { .. } => 3,
            Self::File { table, .. } if table != DEFAULTS => 2,
            Self::File { .. } => 1,
            Self::Default => 0,
        }
    }
}

/// One option, as the file would call it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) struct Setting {
    pub(in crate::cli) key: String,
    /// As it would be typed; none if nobody says it and it follows from something else.
    pub(in crate::cli) value: Option<String>,
    pub(in crate::cli) source: Source,
    /// How an error names it.
    pub(super) spelt: String,
    /// Whether its value is run, and may have anything in it.
    is_command: bool,
}

impl Setting {
    pub(super) fn new(arg: &Arg, key: &str, texts: Vec<String>, source: Source) -> Self {
        let between = arg.get_value_delimiter().unwrap_or(' ').to_string();
        let value = Some(texts.join(&between));
        let names = arg.get_value_names().unwrap_or_default();
        let is_command = names.iter().any(|name| name == COMMAND);
        Self { key: key.to_owned(), value, source, spelt: spelt(arg, &texts), is_command }
    }

    fn of(arg: &Arg, matches: &ArgMatches) -> Option<Self> {
        let (key, id) = (key(arg)?, arg.get_id().as_str());
        let variable = || arg.get_env().unwrap_or_default().to_string_lossy().into_owned();
        let source = match matches.value_source(id) {
            Some(ValueSource::CommandLine) => Source::CommandLine,
            Some(ValueSource::EnvVariable) => Source::Environment { variable: variable() },
            _ => Source::Default,
        };
        let raw = matches.get_raw(id).into_iter().flatten();
        let texts: Vec<_> = raw.map(|text| text.to_string_lossy().into_owned()).collect();
        let is_unsaid = texts.is_empty();
        let setting = Self::new(arg, key, texts, source);
        Some(if is_unsaid { Self { value: None, ..setting } } else { setting })
    }

    /// Without what may be secret in it: a command's words, and who logs in at a URL.
    fn logged(&self) -> String {
        match self.is_command {
            true => "…".to_owned(),
            false => hidden(self.value.as_deref().unwrap_or_default()),
        }
    }

    /// Whether somebody said it.
    pub(in crate::cli) fn is_given(&self) -> bool {
        self.source != Source::Default
    }
}

/// Its flag, or the program that a command begins with.
fn spelt(arg: &Arg, texts: &[String]) -> String {
    match arg.get_long() {
        Some(flag) => format!("--{flag}"),
        None => texts.first().cloned().unwrap_or_default(),
    }
}

/// The options of a verb that a file can serve, in the order of its help; of another verb none.
#[derive(Debug, Clone, Default)]
pub(in crate::cli) struct Sources(Vec<Setting>);

impl Sources {
    /// What the parser tells, but of the file's values, which it took for typed.
    pub(super) fn of(verb: &Command, matches: &ArgMatches, file: Vec<Setting>) -> Self {
        let settings = verb.get_arguments().filter_map(|arg| {
            let from_file = file.iter().find(|setting| Some(&*setting.key) == key(arg)).cloned();
            from_file.or_else(|| Setting::of(arg, matches))
        });
        Self(settings.collect())
    }

    /// Every option; whoever wants what was said asks each with [`Setting::is_given`].
    pub(in crate::cli) fn iter(&self) -> impl Iterator<Item = &Setting> {
        self.0.iter()
    }

    /// Whether an option was said for this call or this service alone, and not for whoever has a use
    /// for it.
    pub(in crate::cli) fn is_meant(&self, key: &str) -> bool {
        match self.source(key) {
            Some(Source::CommandLine) => true,
            Some(Source::File { table, .. }) => table != DEFAULTS,
            _ => false,
        }
    }

    /// Whether an option was said by somebody who counts more than whoever said the other.
    pub(in crate::cli) fn overrules(&self, key: &str, other: &str) -> bool {
        let weight = |key| self.source(key).map_or(0, Source::weight);
        weight(key) > weight(other)
    }

    fn source(&self, key: &str) -> Option<&Source> {
        self.0.iter().find(|setting| setting.key == key).map(|setting| &setting.source)
    }

    /// Tells the log of everything that somebody said.
    pub(in crate::cli) fn log(&self) {
        for setting in self.iter().filter(|it| it.is_given()) {
            let Setting { key, source, .. } = setting;
            tracing::debug!("{}", OneLine(&format!("{key} = {}, from {source}", setting.logged())));
        }
    }

    /// The same error, which says where a wrong value stands that nobody typed.
    pub(in crate::cli) fn blame(&self, error: CliError) -> CliError {
        blame(&self.0, error)
    }
}
