//! The guides in docs/: their examples are run as they stand, and so is each command that needs no account.

mod codedeploy;
mod migrating;
mod operations;
mod page;
