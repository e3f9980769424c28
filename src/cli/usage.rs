//! What the parser says of a command line, in the words of every other error.

use clap::error::ContextValue;

use super::error::CliError;
use super::exit::Exit;
use super::one_line::OneLine;

const ERROR: &str = "error: ";
const TIP: &str = "tip: ";
/// A tip that does not fit here: what stands after `--` is the deploy command.
const TO_PASS: &str = "to pass ";
const LACKS_COMMAND: &str = "<COMMAND>...";
const ADD_COMMAND: &str = "say after -- what deploys a target, e.g. -- ./deploy.sh {target}";
const ADD_HELP: &str = "add --help to see what fits";

/// The parser tells its lines apart by their ends, so those that were typed must be none.
fn escape_typed(error: &mut clap::Error) {
    let escaped = |text: &String| OneLine(text).to_string();
    let typed = error.context().filter_map(|(kind, value)| match value {
        ContextValue::String(text) => Some((kind, ContextValue::String(escaped(text)))),
        ContextValue::Strings(texts) => {
            Some((kind, ContextValue::Strings(texts.iter().map(escaped).collect())))
        }
        _ => None,
    });
    for (kind, value) in typed.collect::<Vec<_>>() {
        error.insert(kind, value);
    }
}

impl CliError {
    /// A command line that the parser refuses.
    pub(super) fn usage(mut error: clap::Error) -> Self {
        escape_typed(&mut error);
        let text = error.render().to_string();
        let lines = text.lines().map(str::trim);
        let what: Vec<_> = lines.clone().take_while(|line| !line.is_empty()).collect();
        let what = what.join(" ");
        let what = what.strip_prefix(ERROR).unwrap_or(&what);
        let tips = lines.filter_map(|line| line.strip_prefix(TIP));
        let tips = tips.filter(|tip| !tip.starts_with(TO_PASS));
        let error = tips.fold(Self::new(Exit::Usage, what), |error, tip| error.hint(Some(tip)));
        let last = if what.ends_with(LACKS_COMMAND) { ADD_COMMAND } else { ADD_HELP };
        error.hint(Some(last))
    }

    /// A deploy command of no word.
    pub(super) fn no_command() -> Self {
        Self::new(Exit::Usage, "the command is empty").hint(Some(ADD_COMMAND))
    }
}
