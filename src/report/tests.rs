use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use super::*;
use crate::journal::sample;
use crate::rollout::{
    Act, Dated, Health, Join, Pending, Reason, Registration, Rollout, Sighting, State, Verdict,
    in_service,
};

/// A writer whose text a test reads afterwards.
#[derive(Clone, Default)]
pub(super) struct Paper(Arc<Mutex<Vec<u8>>>);

impl Paper {
    pub(super) fn text(&self) -> String {
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

/// A pipe that nobody reads any more.
struct Closed;

impl Write for Closed {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Err(io::ErrorKind::BrokenPipe.into())
    }
}

pub(super) fn run() -> RunId {
    "019aa4f1-7b70-7c3e-8f00-5a6b7c8d9e0f".parse().unwrap()
}

pub(super) fn sight(id: &str, act: Act, seconds: f64, healths: &[Health]) -> Sight {
    let ports = [8080, 8081];
    let places = ports.map(|port| sample::place("web", id, port));
    Sight {
        target: TargetId::new(id),
        step: sample::step(act),
        seen: places
            .into_iter()
            .zip(healths)
            .map(|(place, health)| sighting(act, place, health))
            .collect(),
        elapsed: Duration::from_secs_f64(seconds),
        expected: Duration::from_secs(20),
        deadline: Duration::from_secs(80),
    }
}

fn sighting(act: Act, place: Registration, health: &Health) -> Sighting {
    let verdict = match act {
        Act::AwaitInService => in_service(health, &Join::default()),
        _ if health.is_not_registered() => Verdict::Reached,
        _ => Verdict::NotYet(Pending::Drain),
    };
    Sighting { place, health: health.clone(), verdict }
}

pub(super) fn draining() -> Health {
    Health::of(State::Draining, Some(Reason::DeregistrationInProgress))
}

fn unhealthy() -> Health {
    let reason = Reason::Other("Target.ResponseCodeMismatch".to_owned());
    let description = Some("Health checks failed with these codes: [503]".to_owned());
    Health { description, ..Health::of(State::Unhealthy, Some(reason)) }
}

fn summary(plan: &Plan, facts: &[Dated]) -> Summary {
    let rollout = Rollout::recover(plan.clone(), sample::NOON, facts).unwrap();
    Summary::of(&rollout, sample::NOON, facts)
}

/// One target done, the second one failing its deploy, the third one never begun.
fn tell_a_run(report: &mut dyn Report) {
    let plan = sample::plan(&[&["i-0abc"], &["i-0d"], &["i-0e"]]);
    let mut facts = sample::undisturbed(1.0, "i-0abc");
    facts.extend(sample::undisturbed(30.0, "i-0d").into_iter().take(5));
    facts.push(sample::failed(53.0, "i-0d", Act::Deploy, true));
    let id = TargetId::new("i-0abc");
    let looks = [
        sight("i-0abc", Act::AwaitDrained, 2.0, &[draining()]),
        sight("i-0abc", Act::AwaitDrained, 12.0, &[draining()]),
        sight("i-0abc", Act::AwaitDrained, 19.9, &[Health::not_registered()]),
    ];

    report.event(sample::NOON, &Event::Begun { run: &run(), plan: &plan, outlook: None });
    let troubled = Event::Troubled { what: "DescribeTargetHealth: Rate exceeded" };
    report.event(sample::at(0.5), &troubled);
    for dated in &facts {
        report.event(dated.at, &Event::Fact(&dated.fact));
        if *dated == sample::started(1.1, "i-0abc", Act::AwaitDrained) {
            for look in &looks {
                report.event(dated.at.after(look.elapsed), &Event::Waiting(look));
            }
        }
        if *dated == sample::started(21.1, "i-0abc", Act::Deploy) {
            let line = "\x1b[1munpacking\x1b[0m 10%\r unpacking 99%";
            report.event(sample::at(22.0), &Event::Output { target: &id, line });
        }
    }
    let why = "1 of group web in service, and the floor is 1: i-0e has to wait";
    report.event(sample::at(54.0), &Event::Holding { why });
    report.event(sample::at(55.0), &Event::Ended { summary: &summary(&plan, &facts) });
}

#[test]
fn lines_tell_each_fact_and_each_change_once() {
    let paper = Paper::default();
    tell_a_run(&mut Lines::new(paper.clone(), Paint::Plain));
    insta::assert_snapshot!("lines", paper.text());
}

#[test]
fn the_same_health_again_prints_nothing() {
    let paper = Paper::default();
    let mut lines = Lines::new(paper.clone(), Paint::Plain);
    let looks = [(1.0, unhealthy()), (2.0, unhealthy()), (30.0, unhealthy()), (31.0, draining())];
    for (seconds, health) in looks {
        let look = sight("i-0a", Act::AwaitInService, seconds, &[health]);
        lines.event(sample::at(seconds), &Event::Waiting(&look));
    }
    insta::assert_snapshot!("lines_on_a_change_only", paper.text());
}

#[test]
fn of_several_registrations_the_one_that_changed_is_named() {
    let paper = Paper::default();
    let mut lines = Lines::new(paper.clone(), Paint::Plain);
    let healths = [[unhealthy(), draining()], [Health::healthy(), draining()]];
    for (seconds, healths) in [1.0, 2.0].into_iter().zip(healths) {
        let look = sight("i-0a", Act::AwaitInService, seconds, &healths);
        lines.event(sample::at(seconds), &Event::Waiting(&look));
    }
    insta::assert_snapshot!("lines_of_several_registrations", paper.text());
}

#[test]
fn a_wait_that_begins_anew_shows_what_it_sees_again() {
    let paper = Paper::default();
    let mut lines = Lines::new(paper.clone(), Paint::Plain);
    let look = sight("i-0a", Act::AwaitDrained, 1.0, &[draining()]);
    for _ in 0..2 {
        let started = sample::started(0.0, "i-0a", Act::AwaitDrained);
        lines.event(started.at, &Event::Fact(&started.fact));
        lines.event(sample::at(1.0), &Event::Waiting(&look));
    }
    assert_eq!(paper.text().matches("draining").count(), 2);
}

#[test]
fn colour_is_on_words_of_state_only() {
    let (plain, coloured) = (Paper::default(), Paper::default());
    tell_a_run(&mut Lines::new(plain.clone(), Paint::Plain));
    tell_a_run(&mut Lines::new(coloured.clone(), Paint::Coloured));
    let coloured = coloured.text();
    assert_eq!(console::strip_ansi_codes(&coloured), plain.text());
    assert!(!plain.text().contains('\x1b'));
    let painted = coloured.split("\x1b[0m").filter_map(|part| part.split_once("\x1b["));
    let mut words: Vec<_> =
        painted.filter_map(|(_, word)| word.split_once('m')).map(|(_, word)| word.trim()).collect();
    words.sort_unstable();
    words.dedup();
    assert_eq!(
        words,
        ["done", "draining", "failed", "halted", "held out: deploy failed", "unused"]
    );
}

#[test]
fn what_is_only_noted_is_no_trouble() {
    let what = "took over the lock on web, which a process that is gone had held";
    let (lines, json) = (Paper::default(), Paper::default());
    Lines::new(lines.clone(), Paint::Plain).event(sample::NOON, &Event::Noted { what });
    assert_eq!(lines.text(), format!("12:03:04Z  {what}\n"));
    Ndjson::new(json.clone()).event(sample::NOON, &Event::Noted { what });
    let object: serde_json::Value = serde_json::from_str(&json.text()).unwrap();
    assert_eq!(object["event"], "noted");
    assert_eq!(object["what"], what);
}

#[test]
fn json_tells_everything_one_object_a_line() {
    let paper = Paper::default();
    tell_a_run(&mut Ndjson::new(paper.clone()));
    let objects: Vec<serde_json::Value> =
        paper.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(objects[0]["v"], 1);
    assert_eq!(objects[0]["run"], run().to_string());
    for (index, object) in objects.iter().enumerate() {
        assert_eq!(object["n"], index + 1);
        assert!(object["at"].as_u64().unwrap() >= sample::NOON.as_millis());
        assert!(object["event"].is_string());
    }
    let rest: Vec<_> = paper.text().lines().skip(1).map(str::to_owned).collect();
    insta::assert_snapshot!("ndjson", rest.join("\n"));
}

#[test]
fn a_json_fact_is_the_journals_own() {
    let paper = Paper::default();
    let dated = sample::finished(3.0, "i-0a", Act::AwaitDrained);
    Ndjson::new(paper.clone()).event(dated.at, &Event::Fact(&dated.fact));
    assert_eq!(serde_json::from_str::<Dated>(&paper.text()).unwrap(), dated);
}

#[test]
fn no_report_minds_that_its_reader_is_gone() {
    tell_a_run(&mut Lines::new(Closed, Paint::Plain));
    tell_a_run(&mut Ndjson::new(Closed));
    tell_a_run(&mut Tty::new(Closed, Paint::Plain));
}
