//! Why it is not known which instance this is, and what to do about it.

use std::fmt;

/// What kind of failure it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MetadataErrorKind {
    /// The environment forbids to ask.
    SwitchedOff,
    /// The environment names something to ask that is no URL.
    Endpoint,
    /// Nobody answers, or the answer is cut short.
    NoAnswer,
    /// The service answers that it may not be asked.
    Denied,
    /// The service answers that it cannot answer right now (HTTP 5xx).
    Unavailable,
    /// What answers does not know what every instance has.
    NotFound,
    /// What answers says what no instance is.
    Garbage,
}

/// It is not known which instance this is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct MetadataError {
    /// What kind of failure it is.
    pub kind: MetadataErrorKind,
    /// What happened.
    pub message: String,
    /// The URL that was asked, if the environment names one.
    pub endpoint: Option<String>,
}

const NAME_IT: &str = "name the target in place of --self";
/// How one setting of an instance is changed; who is not told the id has to put it in.
const MODIFY: &str = "aws ec2 modify-instance-metadata-options --instance-id INSTANCE";

impl MetadataError {
    /// What a person can do about it.
    pub fn hint(&self) -> String {
        match self.kind {
            MetadataErrorKind::SwitchedOff => {
                format!("unset {}, or {NAME_IT}", super::surroundings::DISABLED)
            }
            MetadataErrorKind::Endpoint => format!(
                "unset {0} to ask the instance's own service; another one is such as http://127.0.0.11:1338",
                super::ENDPOINT
            ),
            MetadataErrorKind::NoAnswer if self.endpoint.is_some() => {
                format!("{} names this URL: correct or unset it, or {NAME_IT}", super::ENDPOINT)
            }
            MetadataErrorKind::NoAnswer => format!(
                "if this is no EC2 instance, {NAME_IT}; in a container on one, the answer needs a \
                 second hop: {MODIFY} --http-put-response-hop-limit 2"
            ),
            MetadataErrorKind::Denied => {
                format!("{NAME_IT}, or turn the service on: {MODIFY} --http-endpoint enabled")
            }
            MetadataErrorKind::Unavailable => format!("try again, or {NAME_IT}"),
            MetadataErrorKind::NotFound | MetadataErrorKind::Garbage => format!(
                "{NAME_IT}; other clouds and proxies answer at the address of EC2's service, too"
            ),
        }
    }
}

impl fmt::Display for MetadataError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ask the instance metadata service")?;
        if let Some(endpoint) = &self.endpoint {
            write!(f, " at {endpoint}")?;
        }
        write!(f, ": {}", self.message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(kind: MetadataErrorKind, endpoint: Option<&str>) -> MetadataError {
        let endpoint = endpoint.map(str::to_owned);
        MetadataError { kind, message: "no answer".to_owned(), endpoint }
    }

    #[test]
    fn names_what_was_asked_if_it_is_not_the_usual_address() {
        let usual = failed(MetadataErrorKind::NoAnswer, None);
        assert_eq!(usual.to_string(), "ask the instance metadata service: no answer");
        let other = failed(MetadataErrorKind::NoAnswer, Some("http://127.0.0.11:1338"));
        assert_eq!(
            other.to_string(),
            "ask the instance metadata service at http://127.0.0.11:1338: no answer"
        );
    }

    #[test]
    fn silence_is_explained_by_the_hop_limit_unless_the_environment_names_the_service() {
        let hop = "--http-put-response-hop-limit 2";
        assert!(failed(MetadataErrorKind::NoAnswer, None).hint().contains(hop));
        let named = failed(MetadataErrorKind::NoAnswer, Some("http://127.0.0.11:1338")).hint();
        assert!(!named.contains(hop) && named.contains(super::super::ENDPOINT), "{named}");
    }
}
