//! Where AWS's tools and moto are: in the virtual environment that `make test` makes from the pins.

#[path = "../venv/mod.rs"]
mod made;

use std::path::PathBuf;

/// The path of a program of the virtual environment.
///
/// # Panics
/// Names `make test` if it is not there, or is not of the pinned version.
pub fn tool(name: &str) -> PathBuf {
    made::tool(".venv", include_str!("requirements.txt"), name)
}
