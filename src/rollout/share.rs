//! Counts and percentages, as people give them for batches and floors.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A count, or a share of a whole in percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Share {
    /// So many.
    Count(usize),
    /// So many of a hundred.
    Percent(u8),
}

impl Share {
    /// The number meant for a whole of `total`, rounded down.
    pub fn at_most(self, total: usize) -> usize {
        match self {
            Self::Count(count) => count,
            Self::Percent(percent) => total * usize::from(percent) / 100,
        }
    }

    /// The number meant for a whole of `total`, rounded up.
    pub fn at_least(self, total: usize) -> usize {
        match self {
            Self::Count(count) => count,
            Self::Percent(percent) => (total * usize::from(percent)).div_ceil(100),
        }
    }
}

/// How many targets each batch has: one share after the other, the last one again and again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
pub struct Batches {
    first: Vec<Share>,
    last: Share,
}

/// As it stands in a journal: one share alone, or a list of them.
#[derive(Clone, Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    One(Share),
    Several(Vec<Share>),
}

impl From<Written> for Batches {
    fn from(written: Written) -> Self {
        match written {
            Written::One(share) => Self::all(share),
            Written::Several(shares) => {
                Self::of(shares).unwrap_or_else(|| Self::all(Share::Count(1)))
            }
        }
    }
}

impl From<Batches> for Written {
    fn from(batches: Batches) -> Self {
        match batches.first.is_empty() {
            true => Self::One(batches.last),
            false => Self::Several(batches.shares().collect()),
        }
    }
}

impl Batches {
    /// All of the same size.
    pub const fn all(share: Share) -> Self {
        Self { first: Vec::new(), last: share }
    }

    /// One share after the other, the last one again and again; none if there is none.
    pub fn of(mut shares: Vec<Share>) -> Option<Self> {
        let last = shares.pop()?;
        Some(Self { first: shares, last })
    }

    /// The shares that were given.
    pub fn shares(&self) -> impl Iterator<Item = Share> {
        self.first.iter().copied().chain([self.last])
    }

    /// The sizes of the batches of so many targets, as long as anybody asks.
    pub fn sizes(&self, total: usize) -> impl Iterator<Item = usize> {
        let shares = self.first.iter().copied().chain(std::iter::repeat(self.last));
        shares.map(move |share| share.at_most(total))
    }
}

impl FromStr for Batches {
    type Err = NotAShare;

    fn from_str(text: &str) -> Result<Self, NotAShare> {
        let shares = text.split(',').map(|share| share.trim().parse());
        Self::of(shares.collect::<Result<_, _>>()?).ok_or(NotAShare)
    }
}

impl fmt::Display for Batches {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.first.iter().try_for_each(|share| write!(f, "{share},"))?;
        self.last.fmt(f)
    }
}

/// Text that is neither a count nor a percentage.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("neither a whole number nor a percentage from 0% to 100%")]
pub struct NotAShare;

impl FromStr for Share {
    type Err = NotAShare;

    fn from_str(text: &str) -> Result<Self, NotAShare> {
        match text.strip_suffix('%') {
            Some(percent) => match percent.parse() {
                Ok(percent @ 0..=100) => Ok(Self::Percent(percent)),
                _ => Err(NotAShare),
            },
            None => text.parse().map(Self::Count).map_err(|_| NotAShare),
        }
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(count) => write!(f, "{count}"),
            Self::Percent(percent) => write!(f, "{percent}%"),
        }
    }
}
