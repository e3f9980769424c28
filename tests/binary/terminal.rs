//! What stands on a terminal: live rows, and no row that the log tears.

use std::fs::{File, OpenOptions};
use std::io::Read;
use std::process::Stdio;
use std::thread;

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use crate::stage::{A, Stage};

/// How a row is drawn anew.
const CLEARED: &str = "\u{1b}[2K";

/// What a wait that ends at once shows on a terminal, with these options.
async fn shown(stage: &Stage, options: &[&str]) -> String {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let name = ptsname(&master, Vec::new()).unwrap().into_string().unwrap();
    let terminal = OpenOptions::new().read(true).write(true).open(name).unwrap();
    let read = thread::spawn(move || {
        let (mut master, mut shown, mut piece) = (File::from(master), Vec::new(), [0; 4096]);
        // A terminal that nobody has open any more is an error, not an end.
        while let Ok(length @ 1..) = master.read(&mut piece) {
            shown.extend_from_slice(&piece[..length]);
        }
        String::from_utf8_lossy(&shown).into_owned()
    });
    let mut tool = stage.tool(&[&["wait", "in-service", "web", A], options].concat());
    tool.env("TERM", "xterm").stdin(Stdio::null()).stdout(Stdio::null()).stderr(terminal);
    let mut child = tool.spawn().unwrap();
    drop(tool);
    assert!(child.wait().await.unwrap().success());
    read.join().unwrap()
}

#[tokio::test]
async fn progress_is_live_rows_on_a_terminal_but_lines_beside_a_log() {
    let stage = Stage::of(1).await;
    let quiet = shown(&stage, &[]).await;
    assert!(quiet.contains(CLEARED) && !quiet.contains("DEBUG"), "{quiet:?}");
    let logged = shown(&stage, &["-v"]).await;
    assert!(!logged.contains(CLEARED) && logged.contains("DEBUG"), "{logged:?}");
    let rows_all_the_same = shown(&stage, &["-v", "--progress", "tty"]).await;
    assert!(rows_all_the_same.contains(CLEARED), "{rows_all_the_same:?}");
}
