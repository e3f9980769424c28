//! What the environment says of the metadata service: where it is, and whether to ask it at all.
//! The AWS configuration files are left to the SDK.

use std::env;

use hyper::Uri;

use super::error::{MetadataError, MetadataErrorKind};

/// The variable that names another address for the service.
pub const ENDPOINT: &str = "AWS_EC2_METADATA_SERVICE_ENDPOINT";
/// The variable that forbids every AWS tool to ask.
pub(super) const DISABLED: &str = "AWS_EC2_METADATA_DISABLED";

/// What decides where the service is asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Surroundings {
    /// The URL to ask; without one it is found as other AWS tools find it.
    pub endpoint: Option<String>,
    /// Whether asking is forbidden.
    pub disabled: bool,
}

impl Surroundings {
    /// What this process was started with.
    pub fn of_this_process() -> Self {
        Self::read(|name| env::var(name).ok())
    }

    /// A variable that is empty counts as not set, as everywhere in this tool.
    fn read(variable: impl Fn(&str) -> Option<String>) -> Self {
        let given = |name| variable(name).filter(|value| !value.is_empty());
        let disabled = given(DISABLED).is_some_and(|value| value.eq_ignore_ascii_case("true"));
        Self { endpoint: given(ENDPOINT), disabled }
    }

    /// # Errors
    /// Asking is forbidden, or where to ask is no `http` URL: the service speaks nothing else.
    pub(super) fn check(&self) -> Result<(), MetadataError> {
        let wrong = |kind, message| Err(MetadataError { kind, message, endpoint: None });
        if self.disabled {
            let message = format!("{DISABLED} is true in this environment");
            return wrong(MetadataErrorKind::SwitchedOff, message);
        }
        match &self.endpoint {
            Some(given) if !is_http(given) => {
                let message = format!("{ENDPOINT} is {given:?}, which is no http:// URL");
                wrong(MetadataErrorKind::Endpoint, message)
            }
            _ => Ok(()),
        }
    }
}

fn is_http(text: &str) -> bool {
    let uri = text.parse::<Uri>().ok();
    uri.is_some_and(|uri| uri.scheme_str() == Some("http") && uri.host().is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Surroundings {
        let of = |name: &str| pairs.iter().find(|(key, _)| *key == name);
        Surroundings::read(|name| of(name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn an_empty_variable_counts_as_not_set() {
        assert_eq!(read(&[(ENDPOINT, ""), (DISABLED, "")]), Surroundings::default());
        assert_eq!(read(&[]), Surroundings::default());
    }

    #[test]
    fn asking_is_forbidden_by_the_word_true_in_any_case() {
        for (value, disabled) in [("true", true), ("TRUE", true), ("false", false), ("1", false)] {
            assert_eq!(read(&[(DISABLED, value)]).disabled, disabled, "{value}");
        }
    }

    #[test]
    fn what_is_no_plain_http_url_is_refused_and_named() {
        for endpoint in ["127.0.0.1:1338", "https://127.0.0.1", "http://", "imds", "http:// x"] {
            let error = read(&[(ENDPOINT, endpoint)]).check().unwrap_err();
            assert_eq!(error.kind, MetadataErrorKind::Endpoint, "{endpoint}");
            assert!(error.to_string().contains(endpoint), "{error}");
            assert!(error.hint().contains(ENDPOINT));
        }
        assert_eq!(read(&[(ENDPOINT, "http://[::1]:1338/")]).check(), Ok(()));
    }
}
