//! What may be named where: the invariants that are about what is absent, held against the source.
//!
//! Each rule is a function over one file, so that it is also held against samples that break it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod rules;
mod source;

use rules::{
    MOST_LINES, core_is_pure, elb_sdk_in_one_file, only_edges_print, only_main_exits, small,
};
use source::{File, every_file};

fn assert_all_keep(rule: fn(&File) -> Vec<String>) {
    let faults: Vec<String> = every_file().iter().flat_map(rule).collect();
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

fn sample(path: &str, text: &str) -> File {
    File { path: path.to_owned(), text: text.to_owned() }
}

/// The rule finds a fault in each of these when it stands in this file.
fn assert_finds(rule: fn(&File) -> Vec<String>, path: &str, texts: &[&str]) {
    for text in texts {
        assert!(!rule(&sample(path, text)).is_empty(), "found nothing in {path}: {text}");
    }
}

fn assert_passes(rule: fn(&File) -> Vec<String>, path: &str, texts: &[&str]) {
    for text in texts {
        assert_eq!(rule(&sample(path, text)), [""; 0], "in {path}: {text}");
    }
}

#[test]
fn the_source_is_really_read() {
    let files = every_file();
    for path in ["src/lib.rs", "src/main.rs", "src/rollout/state.rs", "src/rollout/tests/mod.rs"] {
        assert!(files.iter().any(|file| file.path == path && file.text.len() > 40), "{path}");
    }
}

/// Invariant 1.
#[test]
fn the_core_names_no_runtime_no_sdk_no_file_no_clock_and_nothing_of_the_crate_outside_it() {
    assert_all_keep(core_is_pure);
}

/// Invariant 1: with its feature `std` jiff would ask for the time of day and read the machine's time zones.
#[test]
fn what_the_core_knows_of_time_zones_has_neither_a_clock_nor_files() {
    let manifest = include_str!("../../Cargo.toml");
    let jiff = manifest.lines().find(|line| line.starts_with("jiff = ")).unwrap();
    let features = r#"default-features = false, features = ["alloc", "tzdb-bundle-always"]"#;
    assert!(jiff.contains(features), "{jiff}");
}

/// Invariant 2.
#[test]
fn the_elb_sdk_is_named_in_one_place_only() {
    assert_all_keep(elb_sdk_in_one_file);
}

/// Invariant 7.
#[test]
fn only_main_exits_the_process() {
    assert_all_keep(only_main_exits);
}

/// Invariant 7.
#[test]
fn only_the_edges_print() {
    assert_all_keep(only_edges_print);
}

#[test]
fn no_file_is_too_long_to_be_read_at_once() {
    assert_all_keep(small);
}

#[test]
fn an_impure_core_is_found() {
    let impure = [
        "use tokio::time::sleep;",
        "fn f() { ::tokio::spawn(g()); }",
        "use aws_sdk_elasticloadbalancingv2::Client;",
        "use aws_config as config;",
        "use std::{collections::BTreeMap, fs};",
        "fn f() { std::fs::read(\"x\"); }",
        "use std::time::{Duration, Instant};",
        "use std::time::SystemTime as Time;",
        "use std::{\n    time::{\n        Duration,\n        Instant as Clock,\n    },\n};",
        "use std :: net :: TcpStream;",
        "use std::net::{Ipv6Addr, UdpSocket};",
        "use std::net::*;",
        "async fn f() {}",
        "use crate::clock::Clock;",
        "use crate::{rollout::Step, clock};",
        "use super::super::clock::Clock;",
        "fn f(g: elb_deploy::clock::Clock) {}",
        "use tracing::info;",
        "/* a comment */ use uuid::Uuid; // another",
    ];
    assert_finds(core_is_pure, "src/rollout/state.rs", &impure);
    assert_finds(core_is_pure, "src/rollout/mod.rs", &["use super::clock::Clock;"]);
    assert_finds(core_is_pure, "src/rollout/tests/x.rs", &["use super::super::super::clock;"]);
    assert_finds(core_is_pure, "src/rollout/state.rs", &["use proptest::prelude::*;"]);
}

#[test]
fn a_pure_core_is_let_pass() {
    let pure = [
        "use std::time::Duration;\nuse std::collections::{BTreeMap, BTreeSet};",
        "use serde::{Deserialize, Serialize};",
        "use super::{fact::Fact, step::Step};",
        "use std::net::{IpAddr, Ipv6Addr};",
        "use crate::rollout::Step;",
        "// use tokio::time::Instant;",
        "/* use tokio; /* nested */ use tokio; */",
        "const WHY: &str = \"tokio::spawn \\\" std::fs\"; const RAW: &str = r#\"tokio \" fs\"#;",
        "const QUOTE: char = '\"'; fn f<'a>(x: &'a str) {} // \" use tokio;",
    ];
    assert_passes(core_is_pure, "src/rollout/state.rs", &pure);
    let in_tests = ["use super::super::Step;\nuse proptest::prelude::*;"];
    assert_passes(core_is_pure, "src/rollout/tests/x.rs", &in_tests);
    assert_passes(core_is_pure, "src/engine.rs", &["use tokio::time::Instant;"]);
}

#[test]
fn the_elb_sdk_elsewhere_is_found() {
    let named = ["use aws_sdk_elasticloadbalancingv2::types::TargetDescription;"];
    for path in ["src/engine.rs", "src/balancer/mod.rs", "src/balancer/elbow.rs", "src/lab/elb.rs"]
    {
        assert_finds(elb_sdk_in_one_file, path, &named);
    }
    for path in ["src/balancer/elb.rs", "src/balancer/elb/convert.rs"] {
        assert_passes(elb_sdk_in_one_file, path, &named);
    }
}

#[test]
fn exits_and_prints_elsewhere_are_found() {
    let exits = [
        "fn f() { std::process::exit(1) }",
        "use std::process::{Command, exit};",
        "use std::process; fn f() { process::exit(1) }",
        "fn f() { std::process::abort() }",
    ];
    assert_finds(only_main_exits, "src/engine.rs", &exits);
    assert_finds(only_main_exits, "src/cli/roll.rs", &exits);
    assert_passes(only_main_exits, "src/main.rs", &exits);
    assert_passes(only_main_exits, "src/cli/mod.rs", &["use std::process::ExitCode;"]);
    let prints = [
        "fn f() { println!(\"x\") }",
        "fn f() { eprint! (\"x\") }",
        "fn f() { dbg!(1); }",
        "use std::io::stdout;",
        "fn f() { writeln!(std::io::stderr(), \"x\") }",
    ];
    assert_finds(only_edges_print, "src/engine.rs", &prints);
    assert_finds(only_edges_print, "src/reporter.rs", &prints);
    assert_passes(only_edges_print, "src/report/lines.rs", &prints);
    assert_passes(only_edges_print, "src/cli/mod.rs", &prints);
}

#[test]
fn a_long_file_is_found_unless_it_is_a_test() {
    let long = "\n".repeat(MOST_LINES + 1);
    assert_finds(small, "src/engine.rs", &[&long]);
    assert_finds(small, "src/contests.rs", &[&long]);
    assert_passes(small, "src/engine.rs", &[&long[1..]]);
    assert_passes(small, "src/lab/model/tests.rs", &[&long]);
    assert_passes(small, "src/rollout/tests/verdict.rs", &[&long]);
}

#[test]
fn the_front_page_names_every_module_and_shows_the_picture_of_the_architecture_page() {
    let source = include_str!("../../src/lib.rs");
    let page: String = source
        .lines()
        .filter_map(|line| line.strip_prefix("//!"))
        .map(|line| format!("{}\n", line.strip_prefix(' ').unwrap_or(line)))
        .collect();
    let modules =
        source.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    let unnamed: Vec<_> =
        modules.filter(|module| !page.contains(&format!("- [`{module}`]"))).collect();
    assert_eq!(unnamed, [""; 0]);
    let architecture = include_str!("../../docs/architecture.md");
    let picture = architecture.split("```\n").nth(1).unwrap();
    assert!(picture.contains("argv") && page.contains(picture), "{page}");
}
