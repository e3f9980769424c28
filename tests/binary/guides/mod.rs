//! The guides in docs/: their examples are run as they stand, and so is each command that needs no account.

mod codedeploy;
mod operations;
mod page;
