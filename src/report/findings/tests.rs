use insta::assert_snapshot;

use super::*;
use crate::journal::sample::{NOON, arn};
use crate::rollout::preflight::Setting;

fn found() -> Vec<Finding> {
    let key = "deregistration_delay.timeout_seconds";
    vec![
        Finding::new(Level::Ok, "targets", "2 targets registered").of(&arn("web")),
        Finding::new(Level::Warn, "delay", "every target drains for 5m")
            .of(&arn("web"))
            .advise("lower it")
            .set(Setting::Attributes(vec![(key, "30".to_owned())])),
        Finding::new(Level::Fail, "health", "i-0a is\n\u{1b}[31mstopped")
            .of(&arn("workers"))
            .advise("start it"),
        Finding::new(Level::Ok, "run", "2 targets in 2 batches"),
    ]
}

#[test]
fn the_worst_stand_first_and_the_counts_last() {
    assert_snapshot!(table(&found(), &Access::default(), Paint::Plain));
}

#[test]
fn colour_changes_no_word_and_no_column() {
    let plain = table(&found(), &Access::default(), Paint::Plain);
    let coloured = table(&found(), &Access::default(), Paint::Coloured);
    assert!(coloured.contains("\u{1b}[31mfail"), "{coloured}");
    assert_eq!(console::strip_ansi_codes(&coloured), plain);
}

#[test]
fn without_a_group_there_is_no_column_for_it() {
    let run = Finding::new(Level::Fail, "permissions", "denied");
    let text = table(&[run], &Access::default(), Paint::Plain);
    assert_eq!(text, "fail  permissions  denied\nthe run: 1 fail, 0 warn, 0 ok\n");
}

#[test]
fn a_program_reads_the_same_as_data() {
    let document = json(&found(), &Access::default(), NOON).unwrap();
    assert_eq!(document.lines().count(), 1);
    let value: serde_json::Value = serde_json::from_str(&document).unwrap();
    assert_snapshot!(serde_json::to_string_pretty(&value).unwrap());
}
