//! A literal model of AWS's two waiters: their acceptors as data, and what a client makes of them.
//! `botocore.rs` and `sdk.rs` hold it against the real ones.

use elb_deploy::rollout::State;

use crate::answer::{Answer, Goal};

/// What became of a wait with one answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Reached,
    NotYet,
    Failed,
}

/// A waiter as `waiters-2.json` writes it.
#[derive(Debug)]
pub struct Waiter {
    pub name: &'static str,
    pub delay: u64,
    pub max_attempts: usize,
    pub acceptors: [Acceptor; 2],
}

#[derive(Debug)]
pub struct Acceptor {
    pub matcher: Matcher,
    pub state: Accepted,
}

#[derive(Debug)]
pub enum Matcher {
    /// All values at the path are this one, and there is at least one.
    PathAll { argument: &'static str, expected: &'static str },
    /// The call fails with this code.
    Error(&'static str),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accepted {
    Success,
    Retry,
}

const STATES: &str = "TargetHealthDescriptions[].TargetHealth.State";

pub const DEREGISTERED: Waiter = Waiter {
    name: "TargetDeregistered",
    delay: 15,
    max_attempts: 40,
    acceptors: [
        Acceptor { matcher: Matcher::Error("InvalidTarget"), state: Accepted::Success },
        Acceptor {
            matcher: Matcher::PathAll { argument: STATES, expected: "unused" },
            state: Accepted::Success,
        },
    ],
};

pub const IN_SERVICE: Waiter = Waiter {
    name: "TargetInService",
    delay: 15,
    max_attempts: 40,
    acceptors: [
        Acceptor {
            matcher: Matcher::PathAll { argument: STATES, expected: "healthy" },
            state: Accepted::Success,
        },
        Acceptor { matcher: Matcher::Error("InvalidInstance"), state: Accepted::Retry },
    ],
};

pub fn waiter(goal: Goal) -> &'static Waiter {
    match goal {
        Goal::Deregistered => &DEREGISTERED,
        Goal::InService => &IN_SERVICE,
    }
}

impl Waiter {
    /// What one answer means: the first acceptor that matches decides; a refusal that none
    /// matches ends the wait.
    pub fn judge(&self, answer: &Answer) -> Outcome {
        let accepted = self.acceptors.iter().find(|acceptor| acceptor.matcher.matches(answer));
        match (accepted.map(|acceptor| acceptor.state), answer) {
            (Some(Accepted::Success), _) => Outcome::Reached,
            (Some(Accepted::Retry), _) | (None, Answer::Told(_)) => Outcome::NotYet,
            (None, Answer::Refused(_)) => Outcome::Failed,
        }
    }

    /// The same for the answer to the poll with this number, counted from nothing: botocore's
    /// client gives up with the last.
    pub fn judge_poll(&self, number: usize, answer: &Answer) -> Outcome {
        match self.judge(answer) {
            Outcome::NotYet if number + 1 >= self.max_attempts => Outcome::Failed,
            outcome => outcome,
        }
    }
}

impl Matcher {
    fn matches(&self, answer: &Answer) -> bool {
        match (self, answer) {
            (Self::PathAll { expected, .. }, Answer::Told(lines)) => {
                let state = State::from((*expected).to_owned());
                !lines.is_empty() && lines.iter().all(|(_, health)| health.state == state)
            }
            (Self::Error(code), Answer::Refused(refused)) => refused.code() == Some(code),
            _ => false,
        }
    }
}
