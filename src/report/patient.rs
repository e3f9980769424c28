//! Writes to a descriptor that somebody else set to not block: standard error may be shared with
//! such a process. Nothing is kept here; whoever writes waits.

use std::io::{self, ErrorKind, Write};
use std::thread;
use std::time::Duration;

/// How long a full descriptor that does not block is left alone.
const RETRY: Duration = Duration::from_millis(20);

/// A writer that waits where its descriptor does not.
#[derive(Debug)]
pub struct Patient<W>(pub W);

impl<W: Write> Write for Patient<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            match self.0.write(bytes) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => thread::park_timeout(RETRY),
                written => return written,
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::Paper;

    /// Full every other time, and takes three bytes otherwise.
    struct NonBlocking {
        full: bool,
        paper: Paper,
    }

    impl Write for NonBlocking {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.full = !self.full;
            if self.full {
                return Err(ErrorKind::WouldBlock.into());
            }
            self.paper.write(&bytes[..bytes.len().min(3)])
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_full_descriptor_that_does_not_block_loses_nothing() {
        let paper = Paper::default();
        let mut writer = Patient(NonBlocking { full: false, paper: paper.clone() });
        writer.write_all(b"one line, in pieces\n").unwrap();
        assert_eq!(paper.text(), "one line, in pieces\n");
    }
}
