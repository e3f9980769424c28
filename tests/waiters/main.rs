//! Our two waits beside AWS's own waiters, on the same answers: every difference has a name, and
//! `docs/waiting.md` explains it under that name.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod answer;
mod aws;
mod botocore;
mod budget;
mod difference;
mod examples;
mod guide;
mod sdk;
mod sequences;
mod strategies;
#[path = "../foreign/venv.rs"]
mod venv;
mod verdicts;
mod world;
