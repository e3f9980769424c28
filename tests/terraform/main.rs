//! The Terraform modules and the policies, held to the pinned provider's schema, to Terraform's layout and to linters.
//! The checks are the Python programs beside this file; the tests of those come with them, for a check that finds nothing proves nothing.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod checkov;
mod python;
#[path = "../venv/mod.rs"]
mod venv;
