//! Reads a journal back. It tolerates what a crash can leave behind, and nothing else.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use super::error::JournalError;
use super::folder::open_plain;
use super::header::{FORMAT, Header};
use crate::rollout::Dated;

/// What a journal says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// What was to be done, and by whom.
    pub header: Header,
    /// What happened, in order.
    pub facts: Vec<Dated>,
    /// Whether the process died while it wrote the last line, which is left out: nobody acts on
    /// a fact before it is whole on disk.
    pub torn: bool,
    pub(super) good_bytes: u64,
}

/// Reads the journal at a path.
///
/// # Errors
/// It cannot be read; its process died before it wrote anything; a newer version wrote it; or a
/// line other than a torn last one is damaged.
pub fn read(path: &Path) -> Result<Recorded, JournalError> {
    let is_begun = |error: &io::Error| {
        error.kind() != io::ErrorKind::NotFound || !path.parent().is_some_and(Path::is_dir)
    };
    match open_plain(File::options().read(true), path) {
        Ok(mut file) => read_from(&mut file, path),
        // The folder is made first, and nothing is done before there is a file in it.
        Err(error) if !is_begun(&error) => Err(JournalError::NotBegun { path: path.to_owned() }),
        Err(error) => Err(JournalError::opening(path)(error)),
    }
}

fn open(path: &Path) -> Result<File, JournalError> {
    open_plain(File::options().read(true), path).map_err(JournalError::opening(path))
}

pub(super) fn read_from(file: &mut File, path: &Path) -> Result<Recorded, JournalError> {
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(JournalError::io("read", path))?;
    parse(&bytes, path)
}

/// What is left of a damaged journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rest {
    /// What was to be done, and by whom.
    pub header: Header,
    /// The facts that can be read, in order; there may be gaps between them.
    pub facts: Vec<Dated>,
    /// The lines that cannot be read, counted from 1.
    pub lost: Vec<usize>,
}

/// Reads whatever can be read of a journal that is damaged, so that a person can put right by
/// hand what it tells. Nothing must be acted on by a program: facts may be missing.
///
/// # Errors
/// Not even its header can be read.
pub fn read_rest(path: &Path) -> Result<Rest, JournalError> {
    let mut bytes = Vec::new();
    open(path)?.read_to_end(&mut bytes).map_err(JournalError::io("read", path))?;
    let mut lines = bytes.split_inclusive(|byte| *byte == b'\n');
    let header = parse(lines.next().unwrap_or_default(), path)?.header;
    let mut rest = Rest { header, facts: Vec::new(), lost: Vec::new() };
    for (index, line) in lines.enumerate() {
        match json(line) {
            Ok(fact) => rest.facts.push(fact),
            Err(_) => rest.lost.push(index + 2),
        }
    }
    Ok(rest)
}

fn parse(bytes: &[u8], path: &Path) -> Result<Recorded, JournalError> {
    let damaged = |line: usize, why: String| JournalError::Damaged {
        path: path.to_owned(),
        line,
        good: line.saturating_sub(2),
        why,
    };
    let mut lines = bytes.split_inclusive(|byte| *byte == b'\n').enumerate().peekable();
    let Some((_, first)) = lines.next_if(|(_, first)| first.ends_with(b"\n")) else {
        return Err(JournalError::NotBegun { path: path.to_owned() });
    };
    let Format { format, tool } = json(first).map_err(|why| damaged(1, why.to_string()))?;
    if format > FORMAT {
        let tool = tool.and_then(|tool| tool.as_str().map(str::to_owned));
        return Err(JournalError::Newer { path: path.to_owned(), format, tool });
    }
    let header = json(first).map_err(|why| damaged(1, why.to_string()))?;
    let mut recorded =
        Recorded { header, facts: Vec::new(), torn: false, good_bytes: first.len() as u64 };
    while let Some((index, line)) = lines.next() {
        match json(line) {
            Ok(fact) if line.ends_with(b"\n") => {
                recorded.facts.push(fact);
                recorded.good_bytes += line.len() as u64;
            }
            Err(why) if !may_be_torn(line, &why) || lines.peek().is_some() => {
                return Err(damaged(index + 1, why.to_string()));
            }
            _ => recorded.torn = true,
        }
    }
    Ok(recorded)
}

#[derive(Deserialize)]
struct Format {
    format: u32,
    /// A later format may say it otherwise.
    #[serde(default)]
    tool: Option<serde_json::Value>,
}

fn json<T: DeserializeOwned>(line: &[u8]) -> Result<T, serde_json::Error> {
    serde_json::from_slice(line)
}

/// Whether a crash can leave such a last line: without its end, or with blocks that the file
/// system had not filled yet. A whole line that means nothing to us is not torn but foreign.
fn may_be_torn(line: &[u8], why: &serde_json::Error) -> bool {
    !line.ends_with(b"\n") || line.contains(&0) || why.classify() == Category::Eof
}

#[cfg(test)]
mod tests;
