//! What waits to be said. It has little room for output, so that a flood of it neither fills the
//! memory nor stands before the end of the run.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::told::{Told, Worth};
use crate::report::Event;
use crate::rollout::Moment;

/// A terminal stopped with Ctrl-S for some minutes loses nothing; at a few kilobytes the longest
/// line, it is some megabytes at most.
pub(super) const ROOM: usize = 4096;
/// Once full, output is left out until there is so much room again: one gap, not many.
const ROOM_AGAIN: usize = ROOM / 2;
/// Beyond this a run that holds or is in trouble for hours has been told so often enough.
const ROOM_FOR_NEWS: usize = ROOM * 2;

/// Events between a run and the thread that shows them.
#[derive(Debug, Default)]
pub(super) struct Queue {
    waiting: Mutex<Waiting>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Waiting {
    told: VecDeque<(Moment, Told)>,
    full: bool,
    closed: bool,
}

impl Queue {
    /// Takes an event in, or leaves it out.
    pub(super) fn put(&self, at: Moment, event: &Event<'_>) {
        self.waiting().put(at, event);
        self.changed.notify_one();
    }

    /// The next event, waited for; `None` once all are taken and none will follow.
    pub(super) fn take(&self) -> Option<(Moment, Told)> {
        let mut waiting = self.waiting();
        loop {
            match waiting.told.pop_front() {
                None if !waiting.closed => {
                    waiting = self.changed.wait(waiting).unwrap_or_else(PoisonError::into_inner);
                }
                next => return next,
            }
        }
    }

    /// No event will follow.
    pub(super) fn close(&self) {
        self.waiting().closed = true;
        self.changed.notify_one();
    }

    /// Forgets what stands before the rest and can be spared.
    pub(super) fn leave_out_output(&self) {
        self.waiting().leave_out_output();
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    fn put(&mut self, at: Moment, event: &Event<'_>) {
        let length = self.told.len();
        self.full = length >= if self.full { ROOM_AGAIN } else { ROOM };
        let has_room = match Worth::of(event) {
            Worth::Passing => !self.full,
            Worth::News => length < ROOM_FOR_NEWS,
            Worth::Record => true,
        };
        if has_room {
            self.told.push_back((at, Told::of(event)));
        } else {
            self.leave_out(at, event);
        }
    }

    /// Without a gap's end, what is left out belongs to the latest gap.
    fn leave_out(&mut self, at: Moment, event: &Event<'_>) {
        let (more_lines, more_others) = missed(event);
        if let Some((_, Told::LeftOut { lines, others })) = self.told.back_mut() {
            *lines += more_lines;
            *others += more_others;
        } else {
            self.told.push_back((at, Told::LeftOut { lines: more_lines, others: more_others }));
        }
    }

    fn leave_out_output(&mut self) {
        let (mut since, mut lines, mut others) = (None, 0, 0);
        self.told.retain(|(at, told)| {
            let event = told.event();
            let stays = match event {
                Event::LeftOut { .. } => false,
                _ => Worth::of(&event) != Worth::Passing,
            };
            if !stays {
                let (more_lines, more_others) = missed(&event);
                since.get_or_insert(*at);
                lines += more_lines;
                others += more_others;
            }
            stays
        });
        if let Some(since) = since {
            self.told.push_front((since, Told::LeftOut { lines, others }));
        }
    }
}

/// How many lines of output, and how many other events, a reader misses without this one.
fn missed(event: &Event<'_>) -> (u64, u64) {
    match event {
        Event::Output { .. } | Event::HookOutput { .. } => (1, 0),
        Event::LeftOut { lines, others } => (*lines, *others),
        _ => (0, 1),
    }
}

#[cfg(test)]
mod tests;
