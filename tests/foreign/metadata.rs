//! botocore against the lab's metadata services: it begins its sessions by itself.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::process::Command;

use crate::lab::Lab;
use crate::process::run;
use crate::venv;

#[tokio::test]
async fn botocore_learns_instance_and_region_and_finds_no_credentials() {
    let lab = Lab::serve(Duration::ZERO, Duration::from_secs(1)).await;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/foreign/ask_metadata.py");
    let mut command = Command::new(venv::tool("python"));
    // The other tests forbid to ask any metadata service; here the one that is asked is named.
    command.env_clear().arg(script).arg(lab.metadata_of("i-00000002"));
    let ended = run(command).await;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let learnt: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(
        learnt,
        json!({
            "instance": "i-00000002",
            "without a token": null,
            // It takes a region for the zone without its last letter.
            "region": "lab-1",
            "credentials": {},
        })
    );
}
