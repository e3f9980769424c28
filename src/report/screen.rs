//! A terminal that indicatif can draw on through any writer. It never fails: indicatif unwraps
//! some drawing errors, and a closed terminal must not end a run.

use std::fmt;
use std::io::{self, Write};
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use console::Term;
use indicatif::TermLike;

use super::outlet::Outlet;

/// Rows and columns of a terminal, asked for at each drawing.
pub(super) type Size = Arc<dyn Fn() -> (u16, u16) + Send + Sync>;

/// The size of the terminal behind standard error.
pub(super) fn size_of_stderr() -> Size {
    Arc::new(|| Term::stderr().size())
}

/// A terminal behind a writer, shared by the rows and the text above them. A drawing reaches it
/// whole or not at all.
#[derive(Clone)]
pub(super) struct Screen {
    canvas: Arc<Mutex<Canvas>>,
    size: Size,
}

struct Canvas {
    outlet: Outlet<Box<dyn Write + Send>>,
    drawing: String,
}

impl Screen {
    pub(super) fn new(writer: impl Write + Send + 'static, size: Size) -> Self {
        let canvas = Canvas { outlet: Outlet::new(Box::new(writer)), drawing: String::new() };
        Self { canvas: Arc::new(Mutex::new(canvas)), size }
    }

    /// Writes text that stays, with a real line break, at the cursor's place.
    pub(super) fn line(&self, text: &str) {
        self.canvas().outlet.line(text);
    }

    fn canvas(&self) -> MutexGuard<'_, Canvas> {
        self.canvas.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, text: &str) -> io::Result<()> {
        self.canvas().drawing.push_str(text);
        Ok(())
    }

    fn go(&self, count: usize, direction: char) -> io::Result<()> {
        if count == 0 { Ok(()) } else { self.put(&format!("\x1b[{count}{direction}")) }
    }
}

impl fmt::Debug for Screen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Screen").finish_non_exhaustive()
    }
}

impl TermLike for Screen {
    fn width(&self) -> u16 {
        (self.size)().1
    }

    fn height(&self) -> u16 {
        (self.size)().0
    }

    fn move_cursor_up(&self, count: usize) -> io::Result<()> {
        self.go(count, 'A')
    }

    fn move_cursor_down(&self, count: usize) -> io::Result<()> {
        self.go(count, 'B')
    }

    fn move_cursor_right(&self, count: usize) -> io::Result<()> {
        self.go(count, 'C')
    }

    fn move_cursor_left(&self, count: usize) -> io::Result<()> {
        self.go(count, 'D')
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        self.put(&format!("{text}\n"))
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        self.put(text)
    }

    fn clear_line(&self) -> io::Result<()> {
        self.put("\r\x1b[2K")
    }

    fn flush(&self) -> io::Result<()> {
        let mut canvas = self.canvas();
        let drawing = mem::take(&mut canvas.drawing);
        canvas.outlet.text(&drawing);
        Ok(())
    }
}
