//! Who reads a status: data goes to standard output, talk to standard error. A reader that stands
//! still holds up nothing but the next pass: writing is done aside, so that a signal is heard.

use std::io::{self, ErrorKind, IsTerminal, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use console::Term;
use tokio::task::spawn_blocking;

use crate::balancer::BalancerError;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::format::Format;
use crate::cli::one_line::OneLine;
use crate::report::status::{Follower, Page, Size, Status};
use crate::report::{Paint, Patient};
use crate::utc;

/// A stream that is written to on another thread.
pub(super) type Stream = Arc<Mutex<dyn Write + Send>>;

/// Somebody who reads a status.
pub(super) struct Reader {
    pub(super) follower: Follower,
    pub(super) out: Stream,
    pub(super) talk: Stream,
    /// Whether notes would stand in the middle of a drawing.
    pub(super) is_screen: bool,
    pub(super) troubled: bool,
}

/// Whether there is a reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    Heard,
    /// It has seen enough and closed the pipe.
    Gone,
}

impl Reader {
    pub(super) fn of(format: Format, watch: bool) -> Self {
        let is_terminal = io::stdout().is_terminal();
        let paint = Paint::on(is_terminal);
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let is_screen = watch && is_terminal && !dumb && format == Format::Table;
        let width = is_terminal.then(|| terminal_size().columns);
        let follower = match format {
            Format::Json => Follower::json(),
            Format::Table if is_screen => Follower::screen(paint),
            Format::Table => Follower::lines(Page { paint, width }),
        };
        let out = Arc::new(Mutex::new(Patient(io::stdout())));
        let talk = Arc::new(Mutex::new(Patient(io::stderr())));
        Self { follower, out, talk, is_screen, troubled: false }
    }

    /// Writes what is new, and looks again after the pause. A trouble is said once, when it begins; a screen shows it while it lasts.
    ///
    /// # Errors
    /// It cannot be written, and not because nobody reads.
    pub(super) async fn tell(
        &mut self,
        status: Status,
        notes: Vec<String>,
        trouble: Option<BalancerError>,
        pause: Duration,
    ) -> Result<Told, CliError> {
        let mut notes: Vec<_> =
            notes.iter().map(|note| format!("note: {}", OneLine(note))).collect();
        let is_troubled = trouble.is_some();
        let trying = trouble.map(|error| format!("still trying: {}", OneLine(&error.to_string())));
        let (at, pause) = (utc::time_of_day(status.at), humantime::format_duration(pause));
        let foot = format!("seen at {at}, looks again {pause} later; Ctrl-C ends it");
        let foot = trying.clone().unwrap_or(foot);
        let text = self.follower.next(status, terminal_size(), &notes, &foot);
        if !self.is_screen {
            let begins = trying.filter(|_| !self.troubled);
            notes.extend(begins.map(|trying| format!("note: {trying}")));
            let said: String = notes.iter().map(|note| format!("{note}\n")).collect();
            // Talk that nobody reads is no reason to keep the data back.
            write(&self.talk, said).await.ok();
        }
        self.troubled = is_troubled;
        match write(&self.out, text).await {
            Ok(()) => Ok(Told::Heard),
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(Told::Gone),
            Err(error) => {
                let what = format!("failed to write to standard output: {error}");
                Err(CliError::new(Exit::Unexpected, what))
            }
        }
    }
}

fn terminal_size() -> Size {
    let (rows, columns) = Term::stdout().size();
    Size { rows: rows.into(), columns: columns.into() }
}

async fn write(to: &Stream, text: String) -> io::Result<()> {
    if text.is_empty() {
        return Ok(());
    }
    let to = Arc::clone(to);
    let written = spawn_blocking(move || {
        let mut to = to.lock().unwrap_or_else(PoisonError::into_inner);
        to.write_all(text.as_bytes()).and_then(|()| to.flush())
    });
    written.await.map_err(io::Error::other)?
}
