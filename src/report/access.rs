//! How the load balancer's account was reached, to be said again in the commands that people
//! paste. What the environment says is not repeated: a shell beside has it too.

use std::path::PathBuf;

use crate::journal::Reached;

/// What a command line said of the account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Access {
    /// The region.
    pub region: Option<String>,
    /// The profile in the AWS configuration.
    pub profile: Option<String>,
    /// Another address of the API.
    pub endpoint_url: Option<String>,
    /// Where journals are kept.
    pub state_dir: Option<PathBuf>,
}

impl Access {
    /// What of it a run writes down.
    pub fn reached(&self) -> Reached {
        let Self { region, profile, endpoint_url, .. } = self.clone();
        Reached { region, profile, endpoint_url }
    }

    /// The same for commands about a run: what this command line does not say is as it was there.
    #[must_use]
    pub fn or(&self, there: &Reached) -> Self {
        let or = |said: &Option<String>, there: &Option<String>| said.clone().or(there.clone());
        Self {
            region: or(&self.region, &there.region),
            profile: or(&self.profile, &there.profile),
            endpoint_url: or(&self.endpoint_url, &there.endpoint_url),
            state_dir: self.state_dir.clone(),
        }
    }

    /// As options of the AWS CLI, each with a space before it. Its region is named by the group.
    pub(super) fn options(&self) -> String {
        words([("profile", &self.profile), ("endpoint-url", &self.endpoint_url)])
    }

    /// A command of this tool that reaches the same account and the same journals.
    pub fn command(&self, words_of_it: &str) -> String {
        let state_dir = self.state_dir.as_ref().map(|path| path.display().to_string());
        let options = words([
            ("region", &self.region),
            ("profile", &self.profile),
            ("endpoint-url", &self.endpoint_url),
            ("state-dir", &state_dir),
        ]);
        format!("elb-deploy {words_of_it}{options}")
    }
}

fn words<const N: usize>(options: [(&str, &Option<String>); N]) -> String {
    let said = options.into_iter().filter_map(|(name, value)| Some((name, value.as_ref()?)));
    said.map(|(name, value)| format!(" --{name} {}", shell_word(value))).collect()
}

/// A command line that a shell takes apart into these words.
pub fn shell_words(words: &[String]) -> String {
    words.iter().map(|word| shell_word(word)).collect::<Vec<_>>().join(" ")
}

fn shell_word(value: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+=,".contains(c);
    if !value.is_empty() && value.chars().all(is_plain) {
        return value.to_owned();
    }
    format!("'{}'", value.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_said_is_said_again() {
        assert_eq!(Access::default().options(), "");
        let endpoint_url = Some("http://127.0.0.1:4566".to_owned());
        let profile = Some("blue".to_owned());
        let access = Access { profile, endpoint_url, ..Access::default() };
        assert_eq!(access.options(), " --profile blue --endpoint-url http://127.0.0.1:4566");
    }

    #[test]
    fn a_command_of_ours_finds_the_same_journals() {
        let region = Some("eu-west-1".to_owned());
        let state_dir = Some("/srv/my state".into());
        let access = Access { region, state_dir, ..Access::default() };
        let command = "elb-deploy restore i-0a --region eu-west-1 --state-dir '/srv/my state'";
        assert_eq!(access.command("restore i-0a"), command);
    }

    #[test]
    fn what_is_not_said_here_is_as_it_was_there() {
        let text = |text: &str| Some(text.to_owned());
        let there = Access {
            profile: text("blue"),
            endpoint_url: text("http://127.0.0.1:4566"),
            state_dir: Some("/there".into()),
            ..Access::default()
        };
        let here = Access { profile: text("green"), ..Access::default() };
        let command = here.or(&there.reached()).command("runs");
        assert_eq!(command, "elb-deploy runs --profile green --endpoint-url http://127.0.0.1:4566");
    }

    #[test]
    fn a_shell_takes_each_value_as_one_word() {
        for value in ["", "two words", "it's $HOME", "`id`; *", "ä~"] {
            let script = format!("printf %s {}", shell_word(value));
            let said = std::process::Command::new("sh").args(["-c", &script]).output().unwrap();
            assert_eq!(String::from_utf8(said.stdout).unwrap(), value);
        }
    }
}
