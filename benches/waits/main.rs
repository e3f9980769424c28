//! `make bench`: the waits of the real binary on the lab, in real time, beside what people use
//! today on the same drains. Each row is printed with what must hold of it; a row that misses
//! makes the exit code 1.
//!
//! Words on the command line choose rows: `make bench BENCH="drain scale"`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]
#![allow(missing_docs, reason = "it is a program")]

#[path = "../../tests/waiters/answer.rs"]
#[allow(dead_code, reason = "the tests use more of it")]
mod answer;
#[path = "../../tests/waiters/budget.rs"]
mod budget;
mod drain;
mod in_service;
mod late;
mod paused;
mod scale;
mod stage;
#[path = "../../tests/waiters/strategies.rs"]
#[allow(dead_code, reason = "the tests use more of it")]
mod strategies;
mod table;
mod trouble;
#[path = "../../tests/foreign/venv.rs"]
mod venv;
mod ways;
#[path = "../../tests/waiters/world.rs"]
#[allow(dead_code, reason = "the tests use more of it")]
mod world;

use std::path::PathBuf;
use std::process::ExitCode;

use stage::Tools;
use table::Table;

/// Names the binary that is measured.
const BINARY: &str = "ELB_DEPLOY_BENCH_BINARY";

/// In this order; the ones that take long come last.
const ROWS: [&str; 5] = ["paused", "trouble", "scale", "in-service", "drain"];

fn main() -> ExitCode {
    let binary = std::env::var_os(BINARY).map(PathBuf::from).filter(|path| path.is_file());
    let Some(binary) = binary else {
        println!("{BINARY} names no release binary: run `make bench`");
        return ExitCode::from(2);
    };
    let asked: Vec<String> =
        std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    if let Some(unknown) = asked.iter().find(|word| !ROWS.contains(&word.as_str())) {
        println!("{unknown} is none of {}", ROWS.join(", "));
        return ExitCode::from(2);
    }
    let mut table = Table::default();
    for row in ROWS.iter().filter(|row| asked.is_empty() || asked.iter().any(|word| word == *row)) {
        measure(row, &binary, &mut table);
    }
    table.end()
}

fn measure(row: &str, binary: &std::path::Path, table: &mut Table) {
    if row == "paused" {
        return paused::measure(table);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let tools = Tools::new(binary);
        match row {
            "drain" => drain::measure(&tools, table).await,
            "in-service" => in_service::measure(&tools, table).await,
            "scale" => scale::measure(&tools, table).await,
            _ => trouble::measure(&tools, table).await,
        }
    });
}
