//! Hooks: commands that are run around batches and at the end, and are told of them in JSON.
//!
//! What stands in the JSON, and what follows from a hook that fails, is not known here.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::time::Duration;

use tokio::sync::mpsc;

use super::command::{self, CommandOptions, OWNER_ONLY_FILE, OWNER_ONLY_FOLDER};
use super::{ExecutorError, OutputLine};

/// Hooks warm caches and tell people; what takes longer hangs, and holds up the whole run.
pub const DEFAULT_HOOK_TIME_LIMIT: Duration = Duration::from_secs(600);

/// When a hook is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Occasion {
    /// Before the batch of this number is begun; the first one is 1.
    BeforeBatch(usize),
    /// After the batch of this number.
    AfterBatch(usize),
    /// At the end of the run, however it ended.
    OnFinish,
}

impl Occasion {
    /// The hook's name, as its flag has it.
    pub fn hook(self) -> &'static str {
        match self {
            Self::BeforeBatch(_) => "before-batch",
            Self::AfterBatch(_) => "after-batch",
            Self::OnFinish => "on-finish",
        }
    }
}

impl fmt::Display for Occasion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BeforeBatch(number) | Self::AfterBatch(number) => {
                write!(f, "{}-{number}", self.hook())
            }
            Self::OnFinish => f.write_str(self.hook()),
        }
    }
}

/// What a hook is told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Briefing {
    /// Variables for its environment, beside `ELB_DEPLOY_RUN` and `ELB_DEPLOY_HOOK`.
    pub variables: BTreeMap<String, String>,
    /// What it finds on its standard input: JSON.
    pub document: String,
}

/// A hook that is ready to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hook {
    /// When it is run.
    pub occasion: Occasion,
    /// The command, for `sh -c`.
    pub command: String,
    /// What it is told.
    pub briefing: Briefing,
    /// How long it may run.
    pub time_limit: Duration,
}

impl Hook {
    /// Runs it to its end; each line that it prints goes to `output`, and is kept in the folder
    /// of the run's output, beside its document: `before-batch-1.log`, `before-batch-1.json`.
    ///
    /// Its standard input is that file, so that it need not be read, and can be of any length.
    ///
    /// # Errors
    /// Every end but exit code 0.
    pub async fn run(
        &self,
        options: &CommandOptions,
        output: mpsc::Sender<OutputLine>,
    ) -> Result<(), ExecutorError> {
        let path = options.output_folder.join(format!("{}.json", self.occasion));
        let document = written(&options.output_folder, &path, &self.briefing.document)
            .map_err(|source| ExecutorError::Log { path, source })?;
        let mut variables = self.briefing.variables.clone();
        variables.insert("ELB_DEPLOY_HOOK".to_owned(), self.occasion.hook().to_owned());
        let called = (format!("the {} hook", self.occasion.hook()), self.occasion.to_string());
        let (command, limit) = (&self.command, self.time_limit);
        command::hook(called, command, &variables, document, limit, options).run(output).await
    }
}

/// The document in a file that only its owner can read, opened for reading.
fn written(folder: &Path, path: &Path, document: &str) -> io::Result<File> {
    DirBuilder::new().recursive(true).mode(OWNER_ONLY_FOLDER).create(folder)?;
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(OWNER_ONLY_FILE);
    options.open(path)?.write_all(document.as_bytes())?;
    File::open(path)
}

#[cfg(test)]
mod tests;
