//! `docs/failures.md` is held to the tests: its table is what they hold, row by row.
//! `INSTA_UPDATE=always cargo test --test failures the_table` writes the table anew.

use std::{env, fs};

use crate::ends::{End, OnFailure, Place, ROWS, Row, Runs};
use crate::releases::MEMORY_LIMIT;
use crate::site::RATE;

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/failures.md");
/// Where the tests of releases are, and those of what follows.
const SOURCES: [&str; 2] = [include_str!("releases.rs"), include_str!("undone.rs")];
const HEAD: &str = "\
| the release | is noticed by | `hold` | `rollback` | `return` | test |
|---|---|---|---|---|---|
";

fn cell(end: End) -> String {
    let place = match end.place {
        Place::Out => "out",
        Place::NotInService => "registered, not in service",
        Place::InService => "in service",
    };
    let runs = match end.runs {
        Runs::Old => "the old version",
        Runs::Bad => "the bad version",
        Runs::Nothing => "nothing running",
    };
    format!("{place}, {runs}: {}", end.code)
}

fn line(row: &Row) -> String {
    let ends = OnFailure::ALL.map(|policy| cell(row.left_by(policy))).join(" | ");
    format!("| {} | {} | {ends} | `{}` |\n", row.what, row.noticed, row.test)
}

fn table() -> String {
    let lines: String = ROWS.iter().map(|row| line(row)).collect();
    HEAD.to_owned() + &lines
}

/// The names of the tests in a source.
fn tests(source: &str) -> Vec<&str> {
    let after = source.split("#[tokio::test]\nasync fn ").skip(1);
    after.map(|rest| rest.split('(').next().unwrap()).collect()
}

#[test]
fn the_table_is_what_the_tests_hold() {
    let page = fs::read_to_string(PATH).unwrap();
    if env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
        let (before, rest) = page.split_once(HEAD).unwrap();
        let after = rest.split_inclusive('\n').skip_while(|line| line.starts_with('|'));
        fs::write(PATH, before.to_owned() + &table() + &after.collect::<String>()).unwrap();
    }
    let page = fs::read_to_string(PATH).unwrap();
    let again = "INSTA_UPDATE=always cargo test --test failures the_table";
    assert!(page.contains(&table()), "{again}\n{}", table());
}

#[test]
fn every_row_is_a_test_and_every_test_is_on_the_page() {
    let page = fs::read_to_string(PATH).unwrap();
    let rows: Vec<_> = ROWS.iter().map(|row| row.test).collect();
    assert_eq!(rows.len(), tests(SOURCES[0]).len());
    for test in rows {
        assert!(tests(SOURCES[0]).contains(&test), "{test}");
    }
    for test in SOURCES.iter().flat_map(|source| tests(source)) {
        assert!(page.contains(&format!("`{test}`")), "{test}");
    }
}

#[test]
fn the_numbers_are_those_of_the_tests() {
    let page = fs::read_to_string(PATH).unwrap();
    assert!(page.contains(&format!("{RATE} requests a second")));
    assert!(page.contains(&format!("below {} MB", MEMORY_LIMIT / 1024)));
}
