//! The model of the waiters is botocore's: the AWS CLI and boto3 wait by that file.

use std::fs;

use serde_json::{Value, json};

use crate::aws::{Accepted, Acceptor, DEREGISTERED, IN_SERVICE, Matcher, Waiter};
use crate::venv;

/// Below the folder of a Python of any version.
const FILE: &str = "site-packages/botocore/data/elbv2/2015-12-01/waiters-2.json";

fn botocore() -> Value {
    let bin = venv::tool("python");
    let lib = bin.parent().unwrap().with_file_name("lib");
    let python = fs::read_dir(&lib).unwrap().next().unwrap().unwrap().path();
    let file = python.join(FILE);
    let text =
        fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    serde_json::from_str(&text).unwrap()
}

fn as_json(waiter: &Waiter) -> Value {
    let acceptors: Vec<_> = waiter.acceptors.iter().map(acceptor).collect();
    json!({
        "operation": "DescribeTargetHealth",
        "delay": waiter.delay,
        "maxAttempts": waiter.max_attempts,
        "acceptors": acceptors,
    })
}

fn acceptor(acceptor: &Acceptor) -> Value {
    let state = match acceptor.state {
        Accepted::Success => "success",
        Accepted::Retry => "retry",
    };
    match acceptor.matcher {
        Matcher::PathAll { argument, expected } => {
            json!({"matcher": "pathAll", "argument": argument, "expected": expected, "state": state})
        }
        Matcher::Error(code) => json!({"matcher": "error", "expected": code, "state": state}),
    }
}

#[test]
fn the_model_is_what_botocore_waits_by_word_for_word() {
    let botocore = botocore();
    for waiter in [&DEREGISTERED, &IN_SERVICE] {
        assert_eq!(as_json(waiter), botocore["waiters"][waiter.name], "{}", waiter.name);
    }
}
