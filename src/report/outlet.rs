//! Writes lines for somebody who may be gone: that is remembered, and never an error.

use std::io::Write;

/// A writer that falls silent when it fails.
#[derive(Debug)]
pub(super) struct Outlet<W> {
    writer: W,
    broken: bool,
}

impl<W: Write> Outlet<W> {
    pub(super) fn new(writer: W) -> Self {
        Self { writer, broken: false }
    }

    /// Writes a line, or several, and flushes them.
    pub(super) fn line(&mut self, line: &str) {
        self.text(&format!("{line}\n"));
    }

    /// Writes text as it is and flushes it.
    pub(super) fn text(&mut self, text: &str) {
        if self.broken {
            return;
        }
        let written = self.writer.write_all(text.as_bytes());
        self.broken = written.and_then(|()| self.writer.flush()).is_err();
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    /// Fails from the second write on, and counts how often it was asked.
    struct Closing(usize);

    impl Write for Closing {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 += 1;
            if self.0 > 1 { Err(io::ErrorKind::BrokenPipe.into()) } else { Ok(bytes.len()) }
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_closed_pipe_is_written_to_once_and_then_left_alone() {
        let mut outlet = Outlet::new(Closing(0));
        for _ in 0..5 {
            outlet.line("more");
        }
        assert_eq!(outlet.writer.0, 2);
    }
}
