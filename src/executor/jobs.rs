//! All that a run does on the machines of its targets, as its journal keeps it.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::command::{check_program, check_shell};
use super::{ExecutorError, Gate};
use crate::rollout::{Ports, TargetId};

/// What does each kind of work. Where there is nothing, the work is done at once.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Jobs {
    /// What deploys a target: the program and its arguments, with placeholders; empty if nothing
    /// does.
    #[serde(default, rename = "command", skip_serializing_if = "Vec::is_empty")]
    pub deploy: Vec<String>,
    /// What starts the new release of a flip on its port, for `sh -c`, with placeholders.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<String>,
    /// What stops the release on a port, for `sh -c`, with placeholders.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop: Option<String>,
    /// The two ports of a flip, which have colors.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ports: Option<Ports>,
    /// This instance, if it is the one that is deployed: its releases are started and stopped here alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<TargetId>,
    /// Where services of this instance listen, if it is the one that is deployed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<IpAddr>,
    /// What puts back what was there before, for `sh -c`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollback: Option<String>,
    /// What tells that a target could serve, before it is registered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ready: Option<Gate>,
    /// What tells that it serves as it should, once it is in service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verify: Option<Gate>,
    /// What is run before each batch, for `sh -c`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before_batch: Option<String>,
    /// What is run after each batch that was begun.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after_batch: Option<String>,
    /// What is run at the end of the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_finish: Option<String>,
}

impl Jobs {
    /// All that can be known to fail before anything is done, and is not told of one target only.
    pub fn check(&self) -> Vec<ExecutorError> {
        let deploy = self.deploy.first().map(|program| check_program(program));
        let Self { start, stop, rollback, before_batch, after_batch, on_finish, .. } = self;
        let scripts = [start, stop, rollback, before_batch, after_batch, on_finish];
        let scripts = scripts.into_iter().flatten().map(|script| check_shell(script));
        let gates = self.ready.iter().chain(&self.verify).map(Gate::check);
        deploy.into_iter().chain(scripts).chain(gates).filter_map(Result::err).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::executor::Ask;

    fn all() -> Jobs {
        let url = "http://{target}:{port}/".to_owned();
        let ready = Ask::Url { url, status: "200,401".parse().unwrap(), body: None };
        Jobs {
            deploy: vec!["./deploy.sh".to_owned(), "{target}".to_owned()],
            rollback: Some("./rollback.sh".to_owned()),
            ready: Some(Gate { interval: Duration::from_millis(1500), ..Gate::ready(ready) }),
            verify: Some(Gate::verify(Ask::Command("./smoke.sh".to_owned()))),
            before_batch: Some("./before.sh".to_owned()),
            ..Jobs::default()
        }
    }

    #[test]
    fn they_are_written_as_a_journal_has_them() {
        let written = serde_json::json!({
            "command": ["./deploy.sh", "{target}"],
            "before_batch": "./before.sh",
            "rollback": "./rollback.sh",
            "ready": {
                "ask": {"url": {"url": "http://{target}:{port}/", "status": "200,401"}},
                "interval_ms": 1500,
                "time_limit_ms": 120_000,
            },
            "verify": {
                "ask": {"command": "./smoke.sh"},
                "interval_ms": 1000,
                "time_limit_ms": 300_000,
            },
        });
        assert_eq!(serde_json::to_value(all()).unwrap(), written);
        assert_eq!(serde_json::from_value::<Jobs>(written).unwrap(), all());
        assert_eq!(serde_json::to_string(&Jobs::default()).unwrap(), "{}");
    }

    #[test]
    fn what_a_later_version_adds_is_passed_over() {
        let later = r#"{"later": 1, "ready": {"later": 1, "interval_ms": 1, "time_limit_ms": 2,
                        "ask": {"url": {"url": "http://h/", "status": "200", "later": 1}}}}"#;
        assert!(serde_json::from_str::<Jobs>(later).unwrap().ready.is_some());
    }

    #[test]
    fn everything_that_surely_fails_is_told_at_once() {
        assert!(Jobs::default().check().is_empty());
        let url = "ftp://{target}/".to_owned();
        let ask = Ask::Url { url, status: "200".parse().unwrap(), body: None };
        let jobs = Jobs {
            deploy: vec!["no-such-program-as-this".to_owned()],
            rollback: Some("/no/such/rollback".to_owned()),
            ready: Some(Gate::ready(ask)),
            verify: Some(Gate::verify(Ask::Command("/no/such/smoke --x".to_owned()))),
            ..Jobs::default()
        };
        let said: Vec<_> = jobs.check().iter().map(ToString::to_string).collect();
        assert_eq!(said.len(), 4, "{said:?}");
        for (said, what) in said.iter().zip(["no-such-program", "rollback", "ftp://", "smoke"]) {
            assert!(said.contains(what), "{said}");
        }
    }
}
