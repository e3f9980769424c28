//! Bad releases under load: what each of them leaves behind, policy by policy, with the real binary
//! on a lab of real processes. `docs/failures.md` tells the same, and is held to it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../bench/mod.rs"]
mod bench;
mod ends;
mod page;
mod releases;
#[path = "../binary/run.rs"]
#[allow(dead_code, reason = "each test binary uses its own part")]
mod run;
mod site;
#[path = "../binary/stage.rs"]
#[allow(dead_code, reason = "each test binary uses its own part")]
mod stage;
mod undone;
