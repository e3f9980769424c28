//! An AppSpec file, as far as the examples go: whatever else stands in one is a fault.

use std::fs;
use std::path::Path;

#[derive(Debug, Default)]
pub struct AppSpec {
    /// From where in the revision to where on the machine.
    pub files: Vec<(String, String)>,
    pub scripts: Vec<Script>,
}

#[derive(Debug)]
pub struct Script {
    pub event: String,
    pub location: String,
    /// In seconds.
    pub timeout: u64,
}

impl AppSpec {
    pub fn of(revision: &Path) -> Self {
        let text = fs::read_to_string(revision.join("appspec.yml")).unwrap();
        let mut spec = Self::default();
        let mut event = String::new();
        for line in text.lines() {
            let value = line.split_once(": ").map_or("", |(_, value)| value).to_owned();
            match line.split(": ").next().unwrap() {
                "version" | "os" | "files:" | "hooks:" => {}
                "  - source" => spec.files.push((value, String::new())),
                "    destination" => spec.files.last_mut().unwrap().1 = value,
                "    - location" => {
                    let event = event.clone();
                    spec.scripts.push(Script { event, location: value, timeout: 3600 });
                }
                "      timeout" => {
                    spec.scripts.last_mut().unwrap().timeout = value.parse().unwrap()
                }
                name if name.starts_with("  ") && name.ends_with(':') => {
                    event = name.trim().trim_end_matches(':').to_owned();
                }
                comment if comment.starts_with('#') => {}
                other => panic!("nobody knows {other:?}"),
            }
        }
        spec
    }
}
