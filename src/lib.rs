//! Takes a target out of its AWS load balancer, deploys it, and puts it back, with no request lost.

pub mod balancer;
pub mod bucket;
pub mod cli;
pub mod clock;
pub mod duration;
pub mod engine;
pub mod executor;
pub mod journal;
pub mod lab;
pub mod pace;
pub mod report;
pub mod rollout;
pub mod state_dir;
pub mod utc;
pub mod watch;
