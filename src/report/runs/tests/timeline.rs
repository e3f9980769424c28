//! The picture of a run: everything that its journal tells is in it, and nothing stands on anything else.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::*;
use crate::rollout::{Failure, OnFailure, Policy, Registration, Step, Target};

const EDGES: (f64, f64) = (180.0, 980.0);

/// What is looked at of a picture.
#[derive(Debug, Default)]
struct Picture {
    /// Of each row, the edges of its bars.
    rows: Vec<Vec<(f64, f64)>>,
    /// The classes of what is grouped.
    groups: Vec<String>,
    /// Everything that is said.
    texts: Vec<String>,
    /// The lines of the counts.
    counts: Vec<String>,
}

impl Picture {
    fn count(&self, class: &str) -> usize {
        let has = |classes: &&String| classes.split(' ').any(|each| each == class);
        self.groups.iter().filter(has).count()
    }

    #[track_caller]
    fn says(&self, part: &str) {
        assert!(self.texts.iter().any(|text| text.contains(part)), "no {part:?} in {self:#?}");
    }
}

fn attribute(element: &BytesStart<'_>, name: &str) -> String {
    let found = element.try_get_attribute(name).unwrap();
    found.map(|it| it.unescape_value().unwrap().into_owned()).unwrap_or_default()
}

/// Reads a picture, which has to be well-formed.
fn read(svg: &str) -> Picture {
    let (mut reader, mut picture, mut open) = (Reader::from_str(svg), Picture::default(), 0_u32);
    let mut said = String::new();
    loop {
        match reader.read_event().unwrap() {
            Event::Start(element) => {
                open += 1;
                let class = attribute(&element, "class");
                if class == "row" {
                    picture.rows.push(Vec::new());
                }
                picture.groups.push(class);
                said.clear();
            }
            Event::Empty(element) => {
                let class = attribute(&element, "class");
                let is_bar = element.name().as_ref() == b"rect" && class.is_empty();
                if class == "counts" {
                    picture.counts.push(attribute(&element, "d"));
                }
                let number = |name| attribute(&element, name).parse::<f64>().unwrap();
                // The last that began before a bar's rectangle is its title; the legend has none.
                let in_row = picture.groups.last().is_some_and(String::is_empty);
                if is_bar
                    && in_row
                    && let Some(row) = picture.rows.last_mut()
                {
                    row.push((number("x"), number("x") + number("width")));
                }
            }
            Event::Text(text) => said += &text.decode().unwrap(),
            Event::GeneralRef(entity) => {
                let sign = match &*entity.decode().unwrap() {
                    "lt" => '<',
                    "gt" => '>',
                    "amp" => '&',
                    "quot" => '"',
                    "apos" => '\'',
                    other => panic!("&{other};"),
                };
                said.push(sign);
            }
            Event::End(_) => {
                open -= 1;
                picture.texts.push(std::mem::take(&mut said));
            }
            Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!(open, 0, "it is cut short");
    picture
}

impl Machine {
    /// The latest run, drawn.
    fn drawn(&self) -> Picture {
        let svg = timeline(&self.all().pop().unwrap()).unwrap();
        assert_eq!(timeline(&self.all().pop().unwrap()).unwrap(), svg);
        let picture = read(&svg);
        for row in &picture.rows {
            let mut at = EDGES.0 - 0.1;
            for (left, right) in row {
                assert!(at <= left + 0.15 && left < right && *right <= EDGES.1 + 0.1, "{row:?}");
                at = *right;
            }
        }
        picture
    }
}

fn ran(targets: &[&[&str]], facts: &[Dated]) -> Machine {
    let mut machine = Machine::new();
    machine.ran(targets, facts);
    machine
}

/// How often something was begun or given up before it began.
fn tries(facts: &[Dated]) -> usize {
    facts.iter().filter(|dated| matches!(dated.fact, Fact::Started { .. })).count()
}

#[test]
fn every_step_is_drawn_in_the_row_of_its_target_with_its_reason_and_its_times() {
    let facts = done(&["i-0a", "i-0b"]);
    let picture = ran(&[&["i-0a"], &["i-0b"]], &facts).drawn();
    assert_eq!((picture.rows.len(), picture.count("step")), (2, tries(&facts)));
    picture.says("roll web");
    picture.says("done after 0:58");
    picture.says("await drained\ndelay and settle, 0:20\n");
    picture.says("0:20, from 12:03:04Z to 12:03:24Z\n6 looks, noticed 1.0s late at most");
    picture.says("await drained: delay and settle, 0:20");
    picture.says("waits for its turn, 0:30");
}

#[test]
fn how_many_are_in_service_falls_with_each_deregister_and_rises_once_one_is_seen_in_service() {
    let picture = ran(&[&["i-0a"], &["i-0b"]], &done(&["i-0a", "i-0b"])).drawn();
    let [counts] = &picture.counts[..] else { panic!("{picture:#?}") };
    let heights: Vec<_> =
        counts.split('V').skip(1).map(|at| at.split('H').next().unwrap()).collect();
    let [down, up, down_again, up_again] = heights[..] else { panic!("{counts}") };
    assert!(down == down_again && up == up_again && down != up, "{counts}");
    assert!(counts.ends_with("H980"), "{counts}");
}

#[test]
fn a_restore_begins_with_nobody_in_service() {
    let plan = Plan { strategy: Strategy::Restore, ..sample::plan(&[&["i-0a", "i-0b"]]) };
    let steps = |id| {
        let steps = [(0.0, Act::Register), (0.5, Act::AwaitInService)].into_iter();
        steps.flat_map(move |(from, act)| {
            [sample::started(from, id, act), sample::finished(from + 0.5, id, act)]
        })
    };
    let mut facts: Vec<_> = steps("i-0a").chain(steps("i-0b")).collect();
    facts.sort_by_key(|dated| dated.at);
    let mut machine = Machine::new();
    machine.ran_as(sample::NOON, plan, &facts, |header| header);
    let picture = machine.drawn();
    let [counts] = &picture.counts[..] else { panic!("{picture:#?}") };
    assert_eq!(counts.matches('V').count(), 2, "{counts}");
    let height = |text: &str| text.parse::<f64>().unwrap();
    let begin = counts.split(['M', ' ', 'H']).nth(2).map(height).unwrap();
    let end = counts.rsplit('V').next().and_then(|last| last.split('H').next()).map(height);
    assert!(begin > end.unwrap(), "{counts}");
}

#[test]
fn a_halted_run_shows_what_failed_and_who_was_not_begun() {
    let picture = ran(&[&["i-0a"], &["i-0b"], &["i-0c"]], &halted()).drawn();
    assert_eq!((picture.rows.len(), picture.count("failed")), (3, 1));
    picture.says("failed to run ./deploy.sh: it ended with exit code 7");
    picture.says("i-0c, batch 3\nnot begun");
    picture.says("halted after 0:53: deploy of i-0b failed");
}

#[test]
fn a_run_that_died_is_drawn_up_to_what_is_known_and_one_under_way_says_so() {
    let mut machine = Machine::new();
    let facts = &sample::undisturbed(0.0, "i-0a")[..3];
    let (journal, _) = machine.ran(&[&["i-0a"]], facts);
    let picture = machine.drawn();
    assert_eq!((picture.count("open"), picture.count("step")), (1, 2));
    picture.says("since 12:03:04Z, under way");
    drop(journal);
    machine.drawn().says("since 12:03:04Z, its end is not recorded");
}

#[test]
fn a_run_that_was_taken_up_after_a_night_shows_both_tries_and_cuts_the_night_out() {
    let night = 36_000.0;
    let mut facts = sample::undisturbed(0.0, "i-0a")[..3].to_vec();
    facts.push(at(19.0, signal()));
    facts.push(at(night, Fact::Resumed { by: None }));
    facts.extend_from_slice(&sample::undisturbed(night, "i-0a")[2..]);
    let picture = ran(&[&["i-0a"]], &facts).drawn();
    assert_eq!(picture.count("step"), tries(&facts));
    assert_eq!((picture.count("cut"), picture.count("resumed"), picture.count("open")), (1, 1, 1));
    picture.says("9:59:41 in which nobody was at work");
    picture.says("interrupted by SIGTERM");
    picture.says("since 12:03:04Z, its end is not recorded");
}

#[test]
fn what_undoes_a_failure_is_drawn_as_such() {
    let undo = |act| Step { undo: true, ..Step::new(act) };
    let mut facts = halted();
    for (from, act) in [(54.0, Act::Rollback), (56.0, Act::Register), (57.0, Act::AwaitInService)] {
        let (target, step) = (TargetId::new("i-0b"), undo(act));
        facts.push(at(from, Fact::Started { target: target.clone(), step }));
        facts.push(at(from + 1.0, Fact::Finished { target, step, waited: None }));
    }
    let policy = Policy { on_failure: OnFailure::Rollback, ..Policy::default() };
    let plan = Plan { policy, ..sample::plan(&[&["i-0a"], &["i-0b"]]) };
    let mut machine = Machine::new();
    machine.ran_as(sample::NOON, plan, &facts, |header| header);
    let picture = machine.drawn();
    assert_eq!((picture.count("undo"), picture.count("step")), (3, tries(&facts)));
    picture.says("roll back, to undo a failure");
}

#[test]
fn a_flip_names_the_ports_and_counts_both() {
    let id = TargetId::new("i-0a");
    let place = |port| -> Vec<Registration> { vec![sample::place("web", "i-0a", port)] };
    let target = Target { id: id.clone(), old: place(8081), new: place(8082) };
    let plan = Plan {
        strategy: Strategy::Flip,
        batches: vec![vec![target]],
        ..sample::plan(&[&["i-0a"]])
    };
    let steps = plan.steps();
    let facts = (0_u8..).zip(steps).flat_map(|(n, step)| {
        let (from, target) = (f64::from(n) * 10.0, id.clone());
        let started = Fact::Started { target: target.clone(), step };
        [at(from, started), at(from + 9.5, Fact::Finished { target, step, waited: None })]
    });
    let facts: Vec<_> = facts.collect();
    let mut machine = Machine::new();
    machine.ran_as(sample::NOON, plan, &facts, |header| header);
    let picture = machine.drawn();
    assert_eq!(picture.count("step"), tries(&facts));
    picture.says("start :8082");
    picture.says("deregister :8081");
    // One serves, then both, then one.
    let [counts] = &picture.counts[..] else { panic!("{picture:#?}") };
    assert_eq!(counts.matches('V').count(), 2, "{counts}");
    assert!(picture.texts.iter().any(|text| text == "2"), "{picture:#?}");
}

#[test]
fn whatever_a_journal_says_stays_a_text() {
    let mut machine = Machine::new();
    let what = "drain <i-0a> & \"all\" \u{1b}[31m]]> \u{0}";
    let mut facts = sample::undisturbed(0.0, "i-0a")[..5].to_vec();
    let failure = Failure::new("run </svg>\u{1}\u{7}: <script>&nbsp;", None, true);
    let step = sample::step(Act::Deploy);
    facts.push(at(23.1, Fact::Failed { target: TargetId::new("i-0a"), step, failure }));
    machine.ran_as(sample::NOON, sample::plan(&[&["i-0a"]]), &facts, |header| {
        header.asked(what, Some("'why'".to_owned()))
    });
    let picture = machine.drawn();
    picture.says("drain <i-0a> & \"all\" ]]>  (reason: 'why')");
    picture.says("failed to run </svg>: <script>&nbsp;");
}

#[test]
fn a_row_of_more_tries_than_pixels_stays_within_its_edges() {
    let mut facts = Vec::new();
    for n in 0..300_u32 {
        let from = f64::from(n) * 0.01;
        facts.push(sample::started(from, "i-0a", Act::Deregister));
        facts.push(at(from, Fact::Resumed { by: None }));
    }
    assert_eq!(ran(&[&["i-0a"]], &facts).drawn().count("step"), 300);
}

#[test]
fn nothing_is_drawn_of_a_run_that_did_nothing_and_of_a_journal_that_cannot_be_relied_on() {
    let picture = ran(&[&["i-0a"]], &[]).drawn();
    assert_eq!((picture.rows.len(), picture.count("step")), (1, 0));
    let mut machine = Machine::new();
    let (journal, folder) = machine.ran(&[&["i-0a"]], &[]);
    drop(journal);
    fs::write(folder.journal(), "garbage\ngarbage\n").unwrap();
    assert_eq!(timeline(&machine.all().pop().unwrap()), None);
}

#[test]
fn the_picture_in_the_readme_is_one_of_a_whole_demo_as_runs_are_drawn_now() {
    let svg = include_str!("../../../../docs/images/roll.svg");
    let picture = read(svg);
    assert_eq!((picture.rows.len(), picture.count("step"), picture.counts.len()), (4, 20, 2));
    picture.says("done after ");
    let style = include_str!("../timeline/style.css");
    assert!(svg.contains(style), "it is outdated: make pictures");
    assert!(include_str!("../../../../README.md").contains("](docs/images/roll.svg)"));
}

#[test]
fn a_halted_run_looks_so() {
    let machine = ran(&[&["i-0a"], &["i-0b"]], &halted());
    assert_snapshot!(timeline(&machine.all().pop().unwrap()).unwrap());
}
