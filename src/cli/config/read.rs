//! The file's shape: what every service has, and each service's own. What the keys mean is not
//! known here.

use std::fs;
use std::path::PathBuf;

use toml::{Table, Value};

use super::sources::Source;
use crate::alike;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;

/// What every service has.
pub(super) const DEFAULTS: &str = "defaults";
const SERVICES: &str = "service";
const SHAPE: &str = "a file has the tables [defaults] and [service.NAME]";

/// A file that was read.
pub(super) struct File {
    shown: String,
    defaults: Table,
    services: Table,
}

/// A table of the file, as a source of values.
pub(super) struct Layer<'a> {
    pub(super) source: Source,
    pub(super) table: &'a Table,
}

impl File {
    /// # Errors
    /// It cannot be read, is no TOML, or has other tables.
    pub(super) fn read(path: PathBuf) -> Result<Self, CliError> {
        let shown = path.display().to_string();
        match fs::read_to_string(path) {
            Ok(text) => Self::of(shown, &text),
            Err(error) => {
                let hint = "name a file that can be read with --config";
                Err(wrong(format!("failed to read {shown}: {error}"), hint))
            }
        }
    }

    fn of(shown: String, text: &str) -> Result<Self, CliError> {
        let mut all: Table = text.parse().map_err(|error| malformed(&shown, text, &error))?;
        let [defaults, services] = [DEFAULTS, SERVICES].map(|name| match all.remove(name) {
            Some(Value::Table(table)) => Ok(table),
            None => Ok(Table::new()),
            Some(_) => Err(wrong(format!("{shown}: {name} is no table"), SHAPE)),
        });
        if let Some(key) = all.keys().next() {
            let what = format!("{shown}: unknown table or key {key}");
            let meant = alike::meant(key, [DEFAULTS, SERVICES]);
            let meant = meant.map(|meant| format!("did you mean {meant} ?"));
            return Err(CliError::new(Exit::Usage, what).hint(meant).hint(Some(SHAPE)));
        }
        Ok(Self { defaults: defaults?, services: services?, shown })
    }

    /// What a service says, the more special first.
    ///
    /// # Errors
    /// There is no such service.
    pub(super) fn layers(&self, service: &str) -> Result<[Layer<'_>; 2], CliError> {
        let own = match self.services.get(service) {
            Some(Value::Table(table)) => table,
            Some(_) => {
                return Err(wrong(format!("{}: {service} is no table", self.shown), SHAPE));
            }
            None => return Err(self.unknown(service)),
        };
        let layer = |name: String, table| {
            let source = Source::File { file: self.shown.clone(), table: name };
            Layer { source, table }
        };
        let own = layer(table_of(service), own);
        Ok([own, layer(DEFAULTS.to_owned(), &self.defaults)])
    }

    fn unknown(&self, service: &str) -> CliError {
        let error =
            CliError::new(Exit::Usage, format!("there is no service {service} in {}", self.shown));
        let names = || self.services.keys().map(String::as_str);
        if self.services.is_empty() {
            return error.hint(Some(format!("describe it there below [{}]", table_of(service))));
        }
        let meant = alike::meant(service, names()).map(|meant| format!("did you mean {meant} ?"));
        let all = names().collect::<Vec<_>>().join(", ");
        error.hint(meant).hint(Some(format!("the services there are {all}")))
    }

    /// What to do about something that nobody says.
    pub(super) fn can_say(&self, service: &str) -> String {
        let (file, table) = (&self.shown, table_of(service));
        format!("or write groups and command below [{table}] of {file}")
    }
}

fn table_of(service: &str) -> String {
    format!("{SERVICES}.{service}")
}

fn malformed(shown: &str, text: &str, error: &toml::de::Error) -> CliError {
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|sign| *sign != '\n').count() + 1;
    let why = error.message().lines().collect::<Vec<_>>().join(", ");
    let what = format!("failed to read {shown}: line {line}, column {column}: {why}");
    wrong(what, "it has to be TOML: a text stands in quotes, a list in brackets")
}

fn wrong(what: String, hint: &str) -> CliError {
    CliError::new(Exit::Usage, what).hint(Some(hint))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> CliError {
        File::of("here.toml".to_owned(), text).err().unwrap()
    }

    #[test]
    fn a_mistake_is_told_with_its_line_and_column() {
        let error = refused("[service.web]\nbatch = 25%\n");
        assert_eq!(error.kind, Exit::Usage);
        assert!(error.what[0].starts_with("failed to read here.toml: line 2, column "), "{error}");
        let twice = refused("[service.web]\nbatch = 1\nbatch = 2\n");
        assert!(twice.what[0].contains("line 3, column 1: duplicate key"), "{twice}");
    }

    #[test]
    fn another_table_is_refused_with_the_one_that_may_be_meant() {
        let error = refused("[services.web]\n");
        assert_eq!(error.what, ["here.toml: unknown table or key services"]);
        assert_eq!(error.hints, ["did you mean service ?", SHAPE]);
        assert_eq!(refused("service = 1").what, ["here.toml: service is no table"]);
    }

    #[test]
    fn an_unknown_service_is_answered_with_those_there_are() {
        let file = File::of("here.toml".to_owned(), "[service.web]\n[service.api]\n").unwrap();
        let error = file.layers("wbe").err().unwrap();
        assert_eq!(error.what, ["there is no service wbe in here.toml"]);
        assert_eq!(error.hints, ["did you mean web ?", "the services there are api, web"]);
        let empty = File::of("here.toml".to_owned(), "").unwrap().layers("web").err().unwrap();
        assert_eq!(empty.hints, ["describe it there below [service.web]"]);
    }
}
