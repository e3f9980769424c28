//! How the load balancer's account was reached, to be said again in the commands that people
//! paste. What the environment says is not repeated: a shell beside has it too.

/// What a command line said of the account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Access {
    /// The profile in the AWS configuration.
    pub profile: Option<String>,
    /// Another address of the API.
    pub endpoint_url: Option<String>,
}

impl Access {
    /// As options of the AWS CLI, each with a space before it.
    pub(super) fn options(&self) -> String {
        let options = [("profile", &self.profile), ("endpoint-url", &self.endpoint_url)];
        let said = options.into_iter().filter_map(|(name, value)| Some((name, value.as_ref()?)));
        said.map(|(name, value)| format!(" --{name} {}", shell_word(value))).collect()
    }
}

/// A value as one word of a shell, quoted only where it has to be.
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
        let access = Access { profile: Some("blue".to_owned()), endpoint_url };
        assert_eq!(access.options(), " --profile blue --endpoint-url http://127.0.0.1:4566");
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
