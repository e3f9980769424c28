//! The real binary against the lab over HTTP, with real processes behind it and short real times.
//! What can be shown without a process or a socket is shown at a lower level.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

#[path = "../bench/mod.rs"]
mod bench;
mod by_others;
mod config;
mod crash;
mod drain;
mod elsewhere;
mod failed;
mod flip;
mod gate;
mod golden;
mod gone;
mod good;
mod guides;
mod help;
mod hold;
mod hooks;
mod hosts;
mod keeping;
mod limits;
mod operators;
mod packaged;
mod permissions;
mod plan;
mod readers;
mod refused;
mod restoring;
mod run;
mod runs;
mod secrets;
mod shell;
mod signals;
mod stage;
mod state_folder;
mod status;
mod still_running;
mod terminal;
mod unfinished;
mod usage;
mod verify;
mod wait;
mod window;
