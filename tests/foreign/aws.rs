//! The AWS CLI as anybody runs it, in an environment that holds nothing but what is told here.

use std::ffi::OsStr;
use std::path::Path;

use serde_json::Value;
use tokio::process::Command;

use crate::process::{Ended, run};
use crate::venv;

/// The AWS CLI with the environment that points it at a server.
#[derive(Clone)]
pub struct Aws {
    environment: Vec<(String, String)>,
}

impl Aws {
    /// Nothing of the machine's own configuration and metadata is seen: `home` has to be empty.
    pub fn new(home: &Path, environment: impl IntoIterator<Item = (String, String)>) -> Self {
        let quiet = [("HOME", home.to_str().unwrap()), ("AWS_EC2_METADATA_DISABLED", "true")];
        let quiet = quiet.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Self { environment: quiet.into_iter().chain(environment).collect() }
    }

    /// A command with this environment and no other.
    pub fn surrounded(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.env_clear().envs(self.environment.iter().cloned());
        command
    }

    /// `aws …` with these words and lists of words; the words have no spaces in them.
    pub async fn run(&self, words: &str) -> Ended {
        let mut command = self.surrounded(venv::tool("aws"));
        command.args(words.split_whitespace()).args(["--output", "json"]);
        run(command).await
    }

    /// What a command answers; null if nothing.
    pub async fn json(&self, words: &str) -> Value {
        let ended = self.run(words).await;
        assert_eq!(ended.code, Some(0), "aws {words}: {}", ended.stderr);
        if ended.stdout.trim().is_empty() {
            return Value::Null;
        }
        serde_json::from_str(&ended.stdout).unwrap_or_else(|_| panic!("{}", ended.stdout))
    }

    /// The error code that a command is refused with.
    pub async fn refusal(&self, words: &str) -> String {
        let ended = self.run(words).await;
        assert_eq!(ended.code, Some(255), "aws {words}: {ended:?}");
        let code = ended.stderr.split_once("(").and_then(|(_, rest)| rest.split_once(") when"));
        code.unwrap_or_else(|| panic!("{}", ended.stderr)).0.to_owned()
    }
}
