//! A value of the file as it would have been typed. Only its type is judged here, by what the flag
//! takes; the rest is up to the parser.

use clap::{Arg, ArgAction};
use toml::Value;

use super::read::Layer;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;

/// Why a value fits no command line, and what would.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Misfit {
    what: String,
    hint: String,
}

impl Misfit {
    pub(super) fn of(self, layer: &Layer<'_>) -> CliError {
        let what = format!("{}: {}", layer.source, self.what);
        CliError::new(Exit::Usage, what).hint(Some(self.hint))
    }
}

/// The texts that stand for a value: one, or those of a list; of a switch `true` or `false`.
///
/// # Errors
/// The flag takes no value of this type, or no command line could have it.
pub(super) fn texts(arg: &Arg, key: &str, value: &Value) -> Result<Vec<String>, Misfit> {
    let takes = Takes::of(arg);
    let misfit = |what: String| Misfit { what, hint: takes.example(key) };
    let no_type = || misfit(format!("{key} is {}", a_type(value)));
    let texts = match (takes, value) {
        (Takes::Switch, Value::Boolean(is_on)) => vec![is_on.to_string()],
        (Takes::List | Takes::Words, Value::Array(items)) => {
            let wrong = |item: &Value| misfit(format!("{key} lists {}", a_type(item)));
            let texts = items.iter().map(|item| scalar(arg, item).ok_or_else(|| wrong(item)));
            let texts = texts.collect::<Result<Vec<_>, _>>()?;
            let cut =
                |text: &&String| arg.get_value_delimiter().is_some_and(|at| text.contains(at));
            if let Some(text) = texts.iter().find(cut) {
                return Err(misfit(format!("{key} has an item that is a list itself: {text}")));
            }
            texts
        }
        (Takes::One | Takes::List, _) => vec![scalar(arg, value).ok_or_else(no_type)?],
        (Takes::Switch | Takes::Words, _) => return Err(no_type()),
    };
    if texts.iter().any(|text| text.contains('\0')) {
        return Err(misfit(format!("{key} has a NUL in it")));
    }
    if takes == Takes::Words && texts.first().is_some_and(String::is_empty) {
        return Err(misfit(format!("{key} names no program")));
    }
    if takes != Takes::Words
        && arg.is_positional()
        && texts.iter().any(|text| text.starts_with('-'))
    {
        return Err(misfit(format!("{key} has a flag in it")));
    }
    Ok(texts)
}

/// The same as words of a command line.
pub(super) fn typed(arg: &Arg, texts: &[String]) -> Vec<String> {
    match (arg.get_long(), Takes::of(arg)) {
        (None, _) => texts.to_vec(),
        (Some(flag), Takes::Switch) => {
            texts.iter().filter(|text| *text == "true").map(|_| format!("--{flag}")).collect()
        }
        // A value that begins with a dash is one only behind an equals sign.
        (Some(flag), _) => texts.iter().map(|text| format!("--{flag}={text}")).collect(),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Takes {
    Switch,
    One,
    List,
    /// The words of a command; as one text they would have to be split, as only a shell does it.
    Words,
}

impl Takes {
    fn of(arg: &Arg) -> Self {
        match arg.get_action() {
            _ if arg.is_last_set() => Self::Words,
            ArgAction::Append => Self::List,
            action if action.takes_values() => Self::One,
            _ => Self::Switch,
        }
    }

    fn example(self, key: &str) -> String {
        match self {
            Self::Switch => format!("write {key} = true, or false"),
            Self::One => format!("write {key} = \"…\""),
            Self::List => format!("write {key} = [\"…\", \"…\"]"),
            Self::Words => format!("write {key} = [\"./deploy.sh\", \"{{target}}\"]"),
        }
    }
}

/// One text, whole number, or a boolean where the flag knows `true`.
fn scalar(arg: &Arg, value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Boolean(is) => {
            let is_true_known =
                arg.get_possible_values().iter().any(|value| value.matches("true", false));
            is_true_known.then(|| is.to_string())
        }
        Value::Float(_) | Value::Datetime(_) | Value::Array(_) | Value::Table(_) => None,
    }
}

fn a_type(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "a text",
        Value::Integer(_) => "a number",
        Value::Boolean(_) => "true or false",
        Value::Float(_) => "a number with a fraction",
        Value::Datetime(_) => "a date or time",
        Value::Array(_) => "a list",
        Value::Table(_) => "a table",
    }
}
