mod around;
mod timeline;
mod undone;

use std::fs;

use insta::assert_snapshot;

use super::*;
use crate::executor::Jobs;
use crate::journal::{Header, Journal, Process, RunFolder, RunId, sample};
use crate::report::Access;
use crate::rollout::{Act, Dated, Fact, Moment, Plan, Strategy, TargetId};

/// Runs of one machine, each a minute after the one before.
struct Machine {
    state: tempfile::TempDir,
    ran: u8,
}

fn signal() -> Fact {
    Fact::Interrupted { signal: "SIGTERM".to_owned() }
}

impl Machine {
    fn new() -> Self {
        Self { state: tempfile::tempdir().unwrap(), ran: 0 }
    }

    /// A run over these targets, with these facts.
    fn ran(&mut self, targets: &[&[&str]], facts: &[Dated]) -> (Journal, RunFolder) {
        self.ran_at(sample::NOON, targets, facts)
    }

    /// The same, begun then.
    fn ran_at(&mut self, at: Moment, targets: &[&[&str]], facts: &[Dated]) -> (Journal, RunFolder) {
        let deploy = ["./deploy.sh", "{target}", "two words"].map(str::to_owned).to_vec();
        let jobs = Jobs { deploy, ..Jobs::default() };
        self.ran_as(at, sample::plan(targets), facts, |header| Header {
            folder: Some("/srv/deploy".into()),
            ..header.deploying(jobs)
        })
    }

    /// A drain of one target, until it is drained.
    fn drained(&mut self, id: &str, reason: Option<&str>) -> RunFolder {
        let plan = Plan { strategy: Strategy::Drain, ..sample::plan(&[&[id]]) };
        let (what, reason) = (format!("drain {id}"), reason.map(str::to_owned));
        let facts = &sample::undisturbed(0.0, id)[..4];
        self.ran_as(sample::NOON, plan, facts, |header| header.asked(what, reason)).1
    }

    fn ran_as(
        &mut self,
        at: Moment,
        plan: Plan,
        facts: &[Dated],
        said: impl FnOnce(Header) -> Header,
    ) -> (Journal, RunFolder) {
        let run: RunId =
            format!("019aa6d0-{:04x}-7000-8000-000000000000", self.ran).parse().unwrap();
        self.ran += 1;
        let (user, host) = ("alice".to_owned(), "build-1".to_owned());
        let header = said(Header::new(run, at, plan));
        let header = Header { user, host, pid: 4711, tool: "0.1.0".to_owned(), ..header };
        let mut journal = Journal::create(self.state.path(), &header).unwrap();
        facts.iter().for_each(|fact| journal.append(fact).unwrap());
        (journal, RunFolder::of(self.state.path(), &run))
    }

    fn all(&self) -> Vec<Past> {
        Past::all(self.state.path()).unwrap()
    }

    fn page<'a>(&'a self, access: &'a Access) -> Page<'a> {
        Page { state_dir: self.state.path(), access, paint: Paint::Plain }
    }

    fn settled(&self, text: &str) -> String {
        text.replace(&self.state.path().display().to_string(), "[state]")
    }

    fn table(&self) -> String {
        self.settled(&table(&self.all(), self.page(&Access::default())))
    }

    /// The latest run.
    fn shown(&self) -> String {
        self.settled(&show(&self.all().pop().unwrap(), self.page(&Access::default())))
    }
}

fn done(ids: &[&str]) -> Vec<Dated> {
    let runs = ids.iter().enumerate();
    runs.flat_map(|(at, id)| sample::undisturbed(30.0 * f64::from(at as u8), id)).collect()
}

fn halted() -> Vec<Dated> {
    let mut facts = done(&["i-0a"]);
    facts.extend_from_slice(&sample::undisturbed(30.0, "i-0b")[..5]);
    let mut failed = sample::failed(53.1, "i-0b", Act::Deploy, true);
    if let Fact::Failed { failure, .. } = &mut failed.fact {
        failure.last_lines = vec!["unpacking".into(), "\u{1b}[31mno space left".into()];
    }
    facts.push(failed);
    facts
}

fn at(seconds: f64, fact: Fact) -> Dated {
    Dated { at: sample::at(seconds), fact }
}

/// One run of each kind.
fn machine() -> (Machine, Journal) {
    let mut machine = Machine::new();
    let both: &[&[&str]] = &[&["i-0a"], &["i-0b"]];
    machine.ran(both, &done(&["i-0a", "i-0b"]));
    let (_, not_begun) = machine.ran(both, &[]);
    fs::write(not_begun.journal(), "{\"form").unwrap();
    let interrupted = [done(&["i-0a"]), vec![at(28.3, signal())]].concat();
    machine.ran(both, &interrupted);
    machine.ran(&[&["i-0c"]], &sample::undisturbed(0.0, "i-0c")[..5]);
    let at_once = [sample::undisturbed(0.0, "i-0d")[..3].to_vec(), vec![at(3.0, signal()); 2]];
    machine.ran(&[&["i-0d"]], &at_once.concat());
    machine.ran(both, &halted());
    let (_, newer) = machine.ran(both, &done(&["i-0a"]));
    fs::write(newer.journal(), "{\"format\":3,\"tool\":\"3.1.0\"}\n").unwrap();
    let (_, damaged) = machine.ran(&[&["i-0e"]], &sample::undisturbed(0.0, "i-0e")[..4]);
    let text = fs::read_to_string(damaged.journal()).unwrap();
    fs::write(damaged.journal(), text.replacen("\"fact\":\"finished\"", "\"fact\":\"fin", 1))
        .unwrap();
    let (under_way, _) = machine.ran(&[&["i-0f"]], &sample::undisturbed(0.0, "i-0f")[..3]);
    (machine, under_way)
}

#[test]
fn all_runs_newest_first() {
    let (machine, _under_way) = machine();
    assert_snapshot!(machine.table());
}

#[test]
fn all_runs_as_json() {
    let (machine, _under_way) = machine();
    let access = Access::default();
    let text = list_document(&machine.all(), machine.page(&access)).unwrap();
    assert_eq!(text.lines().count(), 1);
    let document: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(document["v"], 1);
    assert_snapshot!(machine.settled(&serde_json::to_string_pretty(&document).unwrap()));
}

#[test]
fn a_halted_run() {
    let mut machine = Machine::new();
    machine.ran(&[&["i-0a"], &["i-0b"], &["i-0c"]], &halted());
    assert_snapshot!(machine.shown());
}

#[test]
fn a_halted_run_as_json() {
    let mut machine = Machine::new();
    machine.ran(&[&["i-0a"], &["i-0b"], &["i-0c"]], &halted());
    let (past, access) = (machine.all().pop().unwrap(), Access::default());
    let text = run_document(&past, machine.page(&access)).unwrap();
    let document: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_snapshot!(machine.settled(&serde_json::to_string_pretty(&document).unwrap()));
}

#[test]
fn a_run_that_died_and_was_taken_up_again() {
    let mut machine = Machine::new();
    let mut facts = sample::undisturbed(0.0, "i-0a")[..5].to_vec();
    let by = Process { user: "bob".to_owned(), host: "build-1".to_owned(), pid: 4822 };
    facts.push(at(60.0, Fact::Resumed { by: Some(by) }));
    facts.extend_from_slice(&sample::undisturbed(50.0, "i-0a")[4..]);
    machine.ran(&[&["i-0a"]], &facts);
    assert_snapshot!(machine.shown());
    let (past, access) = (machine.all().pop().unwrap(), Access::default());
    let document = run_document(&past, machine.page(&access)).unwrap();
    let document: serde_json::Value = serde_json::from_str(&document).unwrap();
    let taken_up = serde_json::json!([{
        "at": 1_795_262_644_000_u64, "user": "bob", "host": "build-1", "pid": 4822
    }]);
    assert_eq!(document["taken_up"], taken_up);
    assert_eq!(document["by"]["pid"], 4711, "who began it");
}

#[test]
fn who_took_a_run_up_is_who_works_on_it() {
    let mut machine = Machine::new();
    let mut facts = sample::undisturbed(0.0, "i-0a")[..5].to_vec();
    let by = Process { user: "bob".to_owned(), host: "build-1".to_owned(), pid: 4822 };
    facts.push(at(60.0, Fact::Resumed { by: Some(by) }));
    let (_journal, _) = machine.ran(&[&["i-0a"]], &facts);
    assert!(machine.table().contains("under way, pid 4822"), "{}", machine.table());
}

#[test]
fn what_was_drained_is_told_with_its_reason() {
    let mut machine = Machine::new();
    machine.drained("i-0a", Some("swap the disk\nsince it fails"));
    assert_snapshot!(machine.shown());
    let told =
        "since 2026-11-21T12:03:04Z)\n    reason: swap the disk since it fails\n    put back: ";
    assert!(machine.table().contains(told), "{}", machine.table());
}

#[test]
fn what_another_run_put_back_is_told_with_that_run_and_when() {
    let mut machine = Machine::new();
    let folder = machine.drained("i-0a", None);
    let by = "019aa6d0-0001-7000-8000-000000000000".to_owned();
    let put_back = Fact::PutBack { target: TargetId::new("i-0a"), by, groups: Vec::new() };
    Journal::reopen(&folder.journal()).unwrap().0.append(&at(3600.0, put_back)).unwrap();
    let shown = machine.shown();
    let back =
        "i-0a  put back by run 019aa6d0-0001-7000-8000-000000000000 at 2026-11-21T13:03:04Z\n";
    assert!(shown.contains(back), "{shown}");
    assert!(!shown.contains("restore"), "{shown}");
    assert!(shown.contains("ended    2026-11-21T12:03:24Z  done after 0:20\n"), "{shown}");
    assert!(machine.table().contains("  done after 0:20\n"), "{}", machine.table());
    let (past, access) = (machine.all().pop().unwrap(), Access::default());
    let text = run_document(&past, machine.page(&access)).unwrap();
    let document: serde_json::Value = serde_json::from_str(&text).unwrap();
    let expected = serde_json::json!([{
        "at": 1_795_266_184_000_u64, "how": "put-back",
        "by": "019aa6d0-0001-7000-8000-000000000000", "groups": []
    }]);
    assert_eq!(document["targets"][0]["settled"], expected);
    assert_eq!(document["held_out"], serde_json::json!([]));
}

#[test]
fn a_step_that_was_taken_for_done_is_told_so() {
    let mut machine = Machine::new();
    let mut facts = sample::undisturbed(0.0, "i-0a")[..5].to_vec();
    facts.push(at(60.0, Fact::Resumed { by: None }));
    let (target, step) = (TargetId::new("i-0a"), sample::step(Act::Deploy));
    facts.push(at(60.0, Fact::Skipped { target, step }));
    machine.ran(&[&["i-0a"]], &facts);
    let shown = machine.shown();
    assert!(shown.contains("  12:04:04Z  deploy            skipped, as asked for\n"), "{shown}");
}

#[test]
fn a_damaged_run_with_what_can_be_saved_of_it() {
    let mut machine = Machine::new();
    let (_, folder) = machine.ran(&[&["i-0a"], &["i-0b"]], &halted());
    let text = fs::read_to_string(folder.journal()).unwrap();
    let damaged: Vec<_> =
        text.lines().enumerate().map(|(at, line)| if at == 5 { "#" } else { line }).collect();
    fs::write(folder.journal(), damaged.join("\n") + "\n").unwrap();
    assert_snapshot!(machine.shown());
}

#[test]
fn a_run_of_a_newer_version_is_shown_with_the_way_out() {
    let mut machine = Machine::new();
    let (_, folder) = machine.ran(&[&["i-0a"]], &[]);
    fs::write(folder.journal(), "{\"format\":3,\"tool\":\"3.1.0\"}\n").unwrap();
    let shown = machine.shown();
    assert!(shown.contains("ended    unreadable\n"), "{shown}");
    assert!(shown.contains("hint: use version 3.1.0 or a later one on this run\n"), "{shown}");
    assert!(!shown.contains("nothing can be saved"), "{shown}");
}

#[test]
fn no_run_is_said_to_be_none() {
    let machine = Machine::new();
    assert_eq!(machine.table(), "no run is recorded in [state]\n");
}

#[test]
fn what_a_later_run_found_registered_again_is_not_held_out() {
    let mut machine = Machine::new();
    machine.ran(&[&["i-0a"]], &sample::undisturbed(0.0, "i-0a")[..5]);
    assert!(machine.table().contains("held out: i-0a:8080 in web"));
    machine.ran_at(sample::at(60.0), &[&["i-0a"]], &done(&["i-0a"]));
    assert!(!machine.table().contains("held out"), "{}", machine.table());
    assert!(!machine.table().contains("restore"), "{}", machine.table());
}

#[test]
fn ids_are_long_enough_to_be_told_apart() {
    let mut machine = Machine::new();
    machine.ran(&[&["i-0a"]], &done(&["i-0a"]));
    assert!(machine.table().contains("\n019aa6d0-0000  2026"), "{}", machine.table());
    let twin = "019aa6d0-0000-7000-9000-000000000000".parse().unwrap();
    let header = Header::new(twin, Moment::from_millis(0), sample::plan(&[&["i-0a"]]));
    Journal::create(machine.state.path(), &header).unwrap();
    for id in ["\n019aa6d0-0000-7000-8  ", "\n019aa6d0-0000-7000-9  "] {
        assert!(machine.table().contains(id), "{}", machine.table());
    }
}

#[test]
fn runs_stand_in_the_order_in_which_they_began() {
    let mut machine = Machine::new();
    for (seconds, id) in [(60.0, "i-0c"), (0.0, "i-0a"), (30.0, "i-0b"), (30.0, "i-0d")] {
        machine.ran_as(sample::at(seconds), sample::plan(&[&[id]]), &[], |header| {
            header.asked(format!("roll for {id}"), None)
        });
    }
    let table = machine.table();
    let rows = table.lines().filter_map(|line| line.split_once("roll for "));
    let ids: Vec<_> = rows.map(|(_, rest)| rest.split("  ").next().unwrap()).collect();
    assert_eq!(ids, ["i-0c", "i-0d", "i-0b", "i-0a"], "{table}");
}

#[test]
fn a_run_with_nothing_left_to_do_is_not_to_be_taken_up() {
    let mut machine = Machine::new();
    let folder = machine.ran(&[&["i-0a"]], &sample::undisturbed(0.0, "i-0a")[..5]).1;
    assert!(machine.table().contains("elb-deploy resume"), "{}", machine.table());
    let put_back = Fact::PutBack {
        target: TargetId::new("i-0a"),
        by: "another".to_owned(),
        groups: Vec::new(),
    };
    Journal::reopen(&folder.journal()).unwrap().0.append(&at(60.0, put_back)).unwrap();
    assert!(!machine.table().contains("elb-deploy"), "{}", machine.table());
}

#[test]
fn commands_say_again_where_the_run_is_and_how_the_account_was_reached() {
    let mut machine = Machine::new();
    machine.ran(&[&["i-0a"]], &sample::undisturbed(0.0, "i-0a")[..5]);
    let (profile, state_dir) = (Some("blue".into()), Some("/my state".into()));
    let access = Access { profile, state_dir, ..Access::default() };
    let text = table(&machine.all(), machine.page(&access));
    let options = "-000000000000 --profile blue --state-dir '/my state'\n";
    assert_eq!(text.matches(options).count(), 2, "{text}");
}

#[test]
fn text_of_others_cannot_move_the_cursor() {
    let mut machine = Machine::new();
    let (journal, folder) = machine.ran(&[&["i-0a"]], &[]);
    drop(journal);
    let text = fs::read_to_string(folder.journal()).unwrap();
    fs::write(folder.journal(), text.replace("alice", "al\\u001b[2Jice\\nroot")).unwrap();
    assert!(machine.table().contains("  alice root@build-1  "), "{}", machine.table());
    assert!(machine.shown().contains("by       alice root on build-1"), "{}", machine.shown());
}
