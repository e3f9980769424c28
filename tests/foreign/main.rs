//! AWS's own tools drive the lab, and this tool drives moto's server; nobody is told that the other side is not AWS.
//! The tools come from `requirements.txt` by `make test`; without them these tests fail, for a skipped one proves nothing.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod awaiting;
mod aws;
#[path = "../bench/mod.rs"]
mod bench;
mod boto;
mod changing;
mod describing;
mod lab;
mod metadata;
mod moto;
mod process;
mod venv;
