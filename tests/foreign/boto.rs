//! boto3 and botocore against the lab: two scripts, whose words are judged here.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use crate::lab::Lab;
use crate::process::run;
use crate::venv;

/// Runs one of the scripts beside this file, and gives what it printed.
async fn script(lab: &Lab, name: &str, arguments: &[&str]) -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/foreign").join(name);
    let mut command = lab.aws.surrounded(venv::tool("python"));
    command.arg(script).args(arguments);
    let ended = run(command).await;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    ended.stdout
}

#[tokio::test]
async fn boto3_pages_waits_and_names_its_exceptions() {
    let lab = Lab::serve(Duration::from_secs(2), Duration::from_secs(2)).await;
    let arguments = ["web", "i-00000001", "i-unknown"];
    let printed = script(&lab, "drive_lab.py", &arguments).await;
    let seen: Value = serde_json::from_str(&printed).unwrap();
    let healthy = json!(["healthy", null]);
    assert_eq!(
        seen,
        json!({
            "pages": [["api"], ["idle"], ["inner"], ["pay"], ["web"]],
            "in service": healthy,
            "leaving": ["draining", "Target.DeregistrationInProgress"],
            "out": ["unused", "Target.NotRegistered"],
            "coming": ["initial", "Elb.RegistrationInProgress"],
            "back": healthy,
            "refused": [
                ["TargetGroupNotFoundException", "TargetGroupNotFound"],
                ["InvalidTargetException", "InvalidTarget"],
            ],
        })
    );
}

#[tokio::test]
async fn every_element_and_every_word_of_an_answer_is_in_the_model_of_the_api() {
    let lab = Lab::serve(Duration::ZERO, Duration::from_secs(1)).await;
    let printed = script(&lab, "hold_to_model.py", &["web", "pay", "inner"]).await;
    let known = printed.trim().strip_prefix("known ").expect(&printed);
    assert!(known.parse::<u32>().unwrap() > 100, "{printed}");
}
