//! What the log is told of calls that are tried again.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use super::wire::{Answer, Wire, ok, refusal};
use super::{arn, over, registration};
use crate::balancer::Balancer;

#[derive(Clone, Default)]
struct Paper(Arc<Mutex<Vec<u8>>>);

impl Paper {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn every_try_of_a_call_is_told_with_what_came_of_it() {
    let paper = Paper::default();
    let log = tracing_subscriber::fmt().with_ansi(false).with_max_level(tracing::Level::DEBUG);
    let to = paper.clone();
    let _heard = tracing::subscriber::set_default(log.with_writer(move || to.clone()).finish());
    let throttled = refusal(400, "Throttling", "Rate exceeded");
    let broken = Answer::Broken(io::ErrorKind::ConnectionReset);
    let wire = Wire::new([throttled, broken, ok("RegisterTargets", "")]);
    over(&wire).await.register(&arn(), &[registration("10.0.0.7", 80)]).await.unwrap();
    let told = paper.text();
    let tries: Vec<_> = told.lines().filter(|line| line.contains("told: call")).collect();
    assert_eq!(tries.len(), 3, "{told}");
    let ends = ["HTTP 400 Throttling", "no answer: connection reset", "done"];
    for ((attempt, end), line) in (1..).zip(ends).zip(tries) {
        let asked = "operation=\"RegisterTargets\" groups=\"web\" targets=\"10.0.0.7\"";
        for part in [asked, &format!("attempt={attempt}"), &format!("outcome=\"{end}\"")] {
            assert!(line.contains(part), "{part} is missing in {line}");
        }
    }
}
