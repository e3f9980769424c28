//! A drain of five minutes, in paused time: what takes so long cannot be tried that often.

use crate::budget::{LATEST, MOST_CALLS, drain};
use crate::table::{Bound, Table};

const RUNS: usize = 1000;

pub fn measure(table: &mut Table) {
    table.heading("Drain of 300 s in paused time, 1,000 runs, begun by the process that waits");
    let runs: Vec<_> = (0..RUNS).map(|_| drain()).collect();
    let late = runs.iter().map(|(late, _)| *late).max().unwrap();
    let calls = runs.iter().map(|(_, calls)| *calls).max().unwrap();
    let bounds =
        [Bound::new("late <= 1 s", late <= LATEST), Bound::new("calls <= 16", calls <= MOST_CALLS)];
    let measured = format!("late max {:.2} s; calls at most {calls}", late.as_secs_f64());
    table.row("the library's wait", &measured, &bounds);
}
