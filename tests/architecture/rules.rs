//! The rules: each takes one file and tells what breaks it.

use crate::source::{File, dependencies};

/// A longer file is not read at once.
pub const MOST_LINES: usize = 400;

/// What the core may use beside the standard library: derives, the text of a duration, and what time zones
/// are: without its feature `std` jiff has no clock and reads no file.
const CORE_USES: [&str; 4] = ["humantime", "jiff", "serde", "thiserror"];
/// And its tests.
const CORE_TESTS_USE: [&str; 2] = ["proptest", "serde_json"];
/// Parts of the standard library that reach outside.
const OUTSIDE: [&str; 8] = ["env", "fs", "io", "net", "os", "process", "thread", "path"];
/// Of `net`, the addresses: they are numbers and text, and reach nobody.
const ADDRESSES: [&str; 3] = ["IpAddr", "Ipv4Addr", "Ipv6Addr"];
const CLOCKS: [&str; 3] = ["Instant", "SystemTime", "UNIX_EPOCH"];

const ELB_SDK: &str = "aws_sdk_elasticloadbalancingv2";
const PRINTS: [&str; 5] = ["print", "println", "eprint", "eprintln", "dbg"];
/// Whoever talks to people: reports, verbs, and the one that prints the error at the end.
const EDGES: [&str; 3] = ["src/report", "src/cli", "src/main.rs"];

pub fn core_is_pure(file: &File) -> Vec<String> {
    if !file.is_in("src/rollout") {
        return Vec::new();
    }
    let mut unwanted = dependencies();
    unwanted.push("elb_deploy".to_owned());
    let tests = if file.is_test() { &CORE_TESTS_USE[..] } else { &[] };
    unwanted.retain(|name| !CORE_USES.contains(&name.as_str()) && !tests.contains(&name.as_str()));
    let depth = file.depth_below("src/rollout");
    let impure = |path: &Vec<String>| {
        let supers = path.iter().take_while(|part| *part == "super").count();
        let parts: Vec<&str> = path.iter().map(String::as_str).collect();
        supers > depth
            || path.iter().any(|part| CLOCKS.contains(&part.as_str()))
            || match parts[..] {
                ["async" | "await"] => true,
                ["crate", inside, ..] => inside != "rollout",
                ["std" | "core", "net", name] => !ADDRESSES.contains(&name),
                ["std" | "core", area, ..] => OUTSIDE.contains(&area),
                [root, ..] => unwanted.iter().any(|name| name == root) && path.len() > 1,
                [] => false,
            }
    };
    let named_whole = |path: &Vec<String>| path.len() == 1 && unwanted.contains(&path[0]);
    let mut faults = file.faults("the core is pure", impure);
    faults.extend(file.imports_faults("the core is pure", named_whole));
    faults
}

pub fn elb_sdk_in_one_file(file: &File) -> Vec<String> {
    if file.path == "src/balancer/elb.rs" || file.is_in("src/balancer/elb") {
        return Vec::new();
    }
    file.faults("the ELB SDK stays in balancer/elb", |path| path.iter().any(|part| part == ELB_SDK))
}

pub fn only_main_exits(file: &File) -> Vec<String> {
    if file.path == "src/main.rs" {
        return Vec::new();
    }
    file.faults("only main ends the process", |path| {
        let end = path.iter().rev().take(2).map(String::as_str).collect::<Vec<_>>();
        matches!(end[..], ["exit" | "abort", "process"])
    })
}

pub fn only_edges_print(file: &File) -> Vec<String> {
    if file.is_test() || EDGES.iter().any(|edge| file.is_in(edge)) {
        return Vec::new();
    }
    let mut faults = file.faults("only the edges print", |path| {
        path.iter().any(|part| part == "stdout" || part == "stderr")
            && path.iter().any(|part| part == "io")
    });
    let macros = file.macros().into_iter().filter(|name| PRINTS.contains(&name.as_str()));
    faults.extend(macros.map(|name| format!("{}: {name}! (only the edges print)", file.path)));
    faults
}

pub fn small(file: &File) -> Vec<String> {
    let lines = file.text.lines().count();
    let long = !file.is_test() && lines > MOST_LINES;
    long.then(|| format!("{}: {lines} lines, {MOST_LINES} at most", file.path))
        .into_iter()
        .collect()
}
