//! Cuts a stream of bytes into lines of bounded length. Pure.

use std::collections::VecDeque;

/// A longer line is shown in pieces of at most so many bytes.
pub(super) const LINE_LIMIT: usize = 4096;
/// No UTF-8 character has more bytes after its first.
const CONTINUATION_LIMIT: usize = 3;

/// Lines that are complete and not yet taken, and the beginning of the next.
#[derive(Debug, Default)]
pub(super) struct Lines {
    ready: VecDeque<String>,
    rest: Vec<u8>,
}

impl Lines {
    /// Adds bytes as they come.
    pub(super) fn feed(&mut self, bytes: &[u8]) {
        let mut pieces = bytes.split(|&byte| byte == b'\n');
        let last = pieces.next_back().unwrap_or_default();
        for piece in pieces {
            self.extend(piece);
            self.end_line();
        }
        self.extend(last);
    }

    /// No more bytes come: what is left is a line although it has no line break.
    pub(super) fn finish(&mut self) {
        if !self.rest.is_empty() {
            self.end_line();
        }
    }

    /// Puts in a line of our own, and forgets the one that has begun.
    pub(super) fn remark(&mut self, text: String) {
        self.rest.clear();
        self.ready.push_back(text);
    }

    /// Whether a complete line is there.
    pub(super) fn is_ready(&self) -> bool {
        !self.ready.is_empty()
    }

    /// The oldest complete line.
    pub(super) fn take(&mut self) -> Option<String> {
        self.ready.pop_front()
    }

    /// The last complete lines, oldest first.
    pub(super) fn last(mut self, count: usize) -> Vec<String> {
        self.ready.drain(..self.ready.len().saturating_sub(count));
        self.ready.into()
    }

    fn extend(&mut self, mut piece: &[u8]) {
        while self.rest.len() + piece.len() > LINE_LIMIT {
            let (now, later) = piece.split_at(LINE_LIMIT - self.rest.len());
            self.rest.extend_from_slice(now);
            let begun = self.cut_character();
            self.end_line();
            self.rest = begun;
            piece = later;
        }
        self.rest.extend_from_slice(piece);
    }

    /// The bytes of a character at the end whose other bytes are yet to come.
    fn cut_character(&mut self) -> Vec<u8> {
        let tail = self.rest.iter().rev().take(CONTINUATION_LIMIT);
        match tail.clone().position(|byte| byte & 0xC0 == 0xC0) {
            Some(continuations) => self.rest.split_off(self.rest.len() - continuations - 1),
            None => Vec::new(),
        }
    }

    fn end_line(&mut self) {
        let line = self.rest.strip_suffix(b"\r").unwrap_or(&self.rest);
        self.ready.push_back(String::from_utf8_lossy(line).into_owned());
        self.rest.clear();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lines(chunks: &[&[u8]]) -> Vec<String> {
        let mut lines = Lines::default();
        chunks.iter().for_each(|chunk| lines.feed(chunk));
        lines.finish();
        lines.last(usize::MAX)
    }

    #[test]
    fn a_line_may_come_in_pieces_and_need_no_break_at_the_end() {
        assert_eq!(lines(&[b"on", b"e\ntwo\r\n\nthr", b"ee"]), ["one", "two", "", "three"]);
        assert_eq!(lines(&[b"one\n"]), ["one"]);
        assert!(lines(&[]).is_empty());
    }

    #[test]
    fn bytes_that_are_not_utf8_are_replaced() {
        assert_eq!(lines(&[b"a\xffb\n"]), ["a\u{fffd}b"]);
    }

    #[test]
    fn a_long_line_is_cut_between_characters() {
        let long = "é".repeat(LINE_LIMIT) + "e";
        let cut = lines(&[b"x", long.as_bytes()]);
        assert!(cut.iter().all(|line| line.len() <= LINE_LIMIT));
        assert_eq!(cut.concat(), format!("x{long}"));
    }

    #[test]
    fn the_last_lines_are_the_newest() {
        let mut lines = Lines::default();
        lines.feed(b"1\n2\n3\n4\n");
        assert_eq!(lines.last(2), ["3", "4"]);
    }

    proptest! {
        #[test]
        fn however_the_bytes_come_the_lines_are_the_same(
            text in "[aé\\n]{0,40}",
            cuts in prop::collection::vec(0usize..80, 0..5),
        ) {
            let bytes = text.as_bytes();
            let mut cuts: Vec<_> = cuts.into_iter().map(|cut| cut.min(bytes.len())).collect();
            cuts.sort_unstable();
            let mut chunks = Vec::new();
            let mut from = 0;
            for cut in cuts.into_iter().chain([bytes.len()]) {
                chunks.push(&bytes[from..cut]);
                from = cut;
            }
            let expected: Vec<_> = text.lines().map(str::to_owned).collect();
            prop_assert_eq!(lines(&chunks), expected);
        }
    }
}
