//! Pages of the documentation that a test holds to the source: their examples, and the run that the page
//! about the journal tells.

use std::collections::BTreeSet;
use std::fs;

use elb_deploy::journal::{Recorded, read};
use serde_json::Value;

pub const JOURNAL: &str = include_str!("../../docs/journal.md");

/// The first example in a language.
pub fn block<'a>(page: &'a str, language: &str) -> &'a str {
    let (_, rest) = page.split_once(&format!("```{language}\n")).unwrap();
    rest.split_once("```").unwrap().0
}

/// The run that the page about the journal tells.
pub fn recorded() -> Recorded {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.ndjson");
    let header: Value = serde_json::from_str(block(JOURNAL, "json")).unwrap();
    fs::write(&path, format!("{header}\n{}", block(JOURNAL, "jsonl"))).unwrap();
    read(&path).unwrap()
}

/// The names of all fields, however deep.
pub fn keys(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => object.iter().for_each(|(key, value)| {
            found.insert(key.clone());
            keys(value, found);
        }),
        Value::Array(items) => items.iter().for_each(|item| keys(item, found)),
        _ => {}
    }
}
