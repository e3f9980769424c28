//! Takes a target out of its AWS load balancer, waits until it really is out, deploys it, puts it
//! back, waits until it really is in service, and goes on to the next: with no request lost, and
//! nothing left out by accident.
//!
//! A pure core decides, a thin shell acts, ports reach the outside, edges talk to people:
//!
//! ```text
//! argv ─ cli ─► plan ──Plan──► engine ◄── Snapshot ── watch ◄─poll─ balancer (elb, or lab in tests)
//!                │ refusals      │ ▲                                    ▲
//!                ▼               │ └──── Fact ◄── steps in flight ──────┤ register / deregister
//!           exit 3 + hints       │                                      └ executor (machine)
//!                                ├─ 1 journal.keep(fact)     on disk
//!                                ├─ 2 rollout.apply(fact)    the only change of state
//!                                └─ 3 report.event(fact)     tty │ lines │ ndjson
//! ```
//!
//! The modules, as a run flows through them:
//!
//! - [`cli`]: what a person types, the exit codes, and errors as people meet them.
//! - [`rollout`]: the core. Makes a plan or tells every refusal, says what to do next, and remembers
//!   what has been done; async, clocks, files and the SDK are unknown to it.
//! - [`engine`]: the loop around the core: asks it, journals, acts, reports.
//! - [`watch`]: the only poller and the only wait; one look at a group serves everyone.
//! - [`balancer`]: the port to the load balancer; below `elb` is the only place that knows the SDK.
//! - [`executor`]: the port to the machine that is deployed; runs the user's command.
//! - [`journal`]: a run's facts on disk, written before they act, and one lock per group.
//! - [`runs`]: what ran here, read back from the journals; forgets what need not be remembered.
//! - [`metadata`]: asks the machine itself which instance it is.
//! - [`report`]: shows the facts to people and programs, and can influence nothing.
//!
//! What they share:
//!
//! - [`state_dir`]: the folder of the journals and locks.
//! - [`clock`]: asks the system for the time of day; who measures or waits reads tokio's clock.
//! - [`utc`]: writes moments as people read them.
//! - [`duration`]: reads the durations that people type, and bounds them.
//! - [`pace`]: keeps our calls below the account's request rate.
//! - [`bucket`]: the token bucket behind it; the lab throttles by the same one.
//! - [`alike`]: which name may be a slip of another.
//! - [`user_info`]: leaves out of URLs who logs in.
//!
//! And a load balancer to try it all on:
//!
//! - [`lab`]: speaks the `ELBv2` API on loopback and carries real traffic to a sample service.

pub mod alike;
pub mod balancer;
pub mod bucket;
pub mod cli;
pub mod clock;
pub mod duration;
pub mod engine;
pub mod executor;
pub mod journal;
pub mod lab;
pub mod metadata;
pub mod pace;
pub mod report;
pub mod rollout;
pub mod runs;
pub mod state_dir;
pub mod user_info;
pub mod utc;
pub mod watch;
