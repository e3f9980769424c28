//! The rows as they are printed, and whether all of them hold.

use std::process::ExitCode;

/// What was printed so far.
#[derive(Debug, Default)]
pub struct Table {
    missed: usize,
    bounds: usize,
}

/// What must hold of a row, in words, and whether it does.
#[derive(Debug)]
pub struct Bound {
    words: String,
    holds: bool,
}

impl Bound {
    pub fn new(words: impl Into<String>, holds: bool) -> Self {
        Self { words: words.into(), holds }
    }
}

impl Bound {
    /// Every wait ended with the answer that it should.
    pub fn right(wrong: &[String]) -> Self {
        let words = match wrong.len() {
            0 => "all right".to_owned(),
            count => format!("all right, but {count}"),
        };
        Self::new(words, wrong.is_empty())
    }
}

impl Table {
    pub fn heading(&mut self, text: &str) {
        println!("\n{text}");
    }

    /// One line: who, what was measured, and what must hold of it.
    pub fn row(&mut self, who: &str, measured: &str, bounds: &[Bound]) {
        let judged: Vec<_> = bounds
            .iter()
            .map(|bound| format!("{}: {}", bound.words, if bound.holds { "OK" } else { "MISS" }))
            .collect();
        println!("  {who:<26} {measured:<58} {}", judged.join(", ").trim_end());
        self.bounds += bounds.len();
        self.missed += bounds.iter().filter(|bound| !bound.holds).count();
    }

    /// What did not end as it should; the first few stand for all.
    pub fn wrong(&mut self, wrong: &[String]) {
        for what in wrong.iter().take(5) {
            println!("    wrong: {what}");
        }
    }

    /// The last line, and how the process ends.
    pub fn end(self) -> ExitCode {
        println!("\n{} of {} bounds hold", self.bounds - self.missed, self.bounds);
        ExitCode::from(u8::from(self.missed > 0))
    }
}
