//! Passes over a scripted load balancer, read from paper.

use std::fs;
use std::io::{self, Write};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::{Instant, timeout};

use super::*;
use crate::balancer::{Balancer, BalancerError, ErrorKind};
use crate::cli::reach::Reach;
use crate::clock::Clock;
use crate::journal::sample::{NOON, arn, finished, group, place, plan, started, undisturbed};
use crate::journal::{Header, Journal, RunFolder, RunId};
use crate::pace::Pace;
use crate::report::Paint;
use crate::report::status::{Follower, Page};
use crate::rollout::{Act, Front, Group, GroupArn, Health, Hold, Registration, State, TargetType};
use crate::watch::{Spread, Watch};

type Answer = dyn Fn(usize) -> Result<Health, ErrorKind> + Send + Sync;

/// One target in `web`, of which the n-th look says this, and one in `old`, which is deleted after
/// so many looks; nothing else may be looked at.
struct Scripted {
    answer: Box<Answer>,
    /// How long a look at `web` takes.
    takes: Duration,
    looks_at_old: AtomicUsize,
    fronts: Result<(), ErrorKind>,
    looks: Mutex<Vec<Instant>>,
}

impl Scripted {
    fn new(answer: impl Fn(usize) -> Result<Health, ErrorKind> + Send + Sync + 'static) -> Self {
        let (answer, looks_at_old) = (Box::new(answer), AtomicUsize::new(0));
        let (takes, fronts) = (Duration::ZERO, Ok(()));
        Self { answer, takes, looks_at_old, fronts, looks: Mutex::default() }
    }

    /// The same with an `old` that is there for so many looks.
    fn deleting_old_after(self, looks: usize) -> Arc<Self> {
        Arc::new(Self { looks_at_old: AtomicUsize::new(looks), ..self })
    }

    fn look_at_old(&self) -> Result<Vec<(Registration, Health)>, BalancerError> {
        let one_less = |left: usize| left.checked_sub(1);
        match self.looks_at_old.fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_less) {
            Ok(_) => Ok(vec![(place("old", "i-0a", 8080), Health::healthy())]),
            Err(_) => failed(ErrorKind::GroupNotFound),
        }
    }
}

fn failed<T>(kind: ErrorKind) -> Result<T, BalancerError> {
    Err(BalancerError::new(kind, "Scripted", "as told"))
}

#[async_trait]
impl Balancer for Scripted {
    async fn groups(&self, named: &[String]) -> Result<Vec<Group>, BalancerError> {
        Ok(named.iter().map(|name| group(name)).collect())
    }

    async fn all_groups(&self) -> Result<Vec<Group>, BalancerError> {
        let function = Group { target_type: TargetType::Lambda, ..group("thumbnails") };
        Ok(vec![function, group("web")])
    }

    async fn fronts(&self, _: &[String]) -> Result<Vec<Front>, BalancerError> {
        self.fronts.map(|()| Vec::new()).or_else(failed)
    }

    async fn holds(&self, _: &[GroupArn]) -> Result<Vec<Hold>, BalancerError> {
        Ok(Vec::new())
    }

    async fn look(
        &self,
        group: &GroupArn,
        _: &[Registration],
    ) -> Result<Vec<(Registration, Health)>, BalancerError> {
        if *group == arn("old") {
            return self.look_at_old();
        }
        assert_eq!(*group, arn("web"), "a group of functions has nothing to look at");
        let number = {
            let mut looks = self.looks.lock().unwrap();
            looks.push(Instant::now());
            looks.len()
        };
        sleep(self.takes).await;
        let health = (self.answer)(number).or_else(failed)?;
        Ok(vec![(place("web", "i-0a", 8080), health)])
    }

    async fn register(&self, _: &GroupArn, _: &[Registration]) -> Result<(), BalancerError> {
        panic!("a status changes nothing")
    }

    async fn deregister(&self, _: &GroupArn, _: &[Registration]) -> Result<(), BalancerError> {
        panic!("a status changes nothing")
    }
}

/// What a reader read; one that takes so many writes and then goes away.
#[derive(Clone, Default)]
struct Paper {
    text: Arc<Mutex<String>>,
    takes: Option<usize>,
}

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.takes == Some(0) {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        self.takes = self.takes.map(|takes| takes - 1);
        self.text.lock().unwrap().push_str(std::str::from_utf8(bytes).unwrap());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Paper {
    fn lines(&self) -> Vec<String> {
        self.text.lock().unwrap().lines().map(str::to_owned).collect()
    }
}

fn reader(out: &Paper, talk: &Paper) -> Reader {
    let page = Page { paint: Paint::Plain, width: None };
    let (out, talk) = (Arc::new(Mutex::new(out.clone())), Arc::new(Mutex::new(talk.clone())));
    let follower = Follower::lines(page);
    Reader { follower, out, talk, is_screen: false, troubled: false }
}

async fn post(balancer: &Arc<Scripted>, named: &[&str]) -> Result<Post, CliError> {
    let named: Vec<_> = named.iter().map(|name| (*name).to_owned()).collect();
    let balancer = Arc::clone(balancer) as Arc<dyn Balancer>;
    let (clock, pace) = (Clock::starting_at(NOON), Arc::new(Pace::of_looks()));
    let watch = Arc::new(Watch::new(Arc::clone(&balancer), clock, pace, Spread::none()));
    let region = String::new();
    Post::find(Reach { balancer, watch, clock, region }, &named).await
}

/// How following ended, what was read, and what was said.
type Followed = (Result<Exit, CliError>, Vec<String>, Vec<String>);

/// Follows `web` until the end.
async fn followed(balancer: &Arc<Scripted>, takes: Option<usize>) -> Followed {
    followed_of(balancer, &["web"], takes).await
}

async fn followed_of(balancer: &Arc<Scripted>, named: &[&str], takes: Option<usize>) -> Followed {
    let (out, talk) = (Paper { takes, ..Paper::default() }, Paper::default());
    let (mut post, mut reader) = (post(balancer, named).await.unwrap(), reader(&out, &talk));
    let first = post.first().await.unwrap();
    reader.tell(first, Vec::new(), None, PAUSE).await.unwrap();
    let ended = timeout(Duration::from_secs(600), follow(&mut post, &mut reader, PAUSE)).await;
    (ended.expect("it follows for ever"), out.lines(), talk.lines())
}

fn is_change(line: &&String) -> bool {
    line.contains("web i-0a:8080  ")
}

#[tokio::test(start_paused = true)]
async fn a_trouble_that_passes_is_said_once_and_one_that_stays_ends_the_watch() {
    let balancer = Arc::new(Scripted::new(|look| match look {
        1 | 5 => Ok(Health::healthy()),
        2..=4 | 6 => Err(ErrorKind::Throttled),
        _ => Err(ErrorKind::Denied),
    }));
    let (ended, _, talk) = followed(&balancer, None).await;
    assert_eq!(ended.unwrap_err().kind, Exit::Refused);
    let trying = "note: still trying: Scripted: as told";
    assert_eq!(talk, [trying, trying], "three looks in trouble, one that is well, one in trouble");
}

#[tokio::test(start_paused = true)]
async fn a_watch_looks_five_seconds_after_a_pass_and_prints_changes_alone() {
    let balancer = Arc::new(Scripted::new(|look| match look {
        1..=3 => Ok(Health::healthy()),
        4..=6 => Ok(Health::of(State::Unhealthy, None)),
        _ => Err(ErrorKind::Denied),
    }));
    let (_, out, talk) = followed(&balancer, None).await;
    let looks = balancer.looks.lock().unwrap().clone();
    assert!(looks.windows(2).all(|pair| pair[1] - pair[0] >= PAUSE), "{looks:?}");
    assert_eq!(looks.len(), 7);
    let changes: Vec<_> = out.iter().filter(is_change).collect();
    assert!(matches!(changes[..], [one] if one.contains("healthy -> unhealthy, ")), "{changes:?}");
    assert_eq!(talk, [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_watch_rests_at_least_as_long_as_a_pass_takes() {
    let slow = Scripted::new(|look| match look {
        1..=3 => Ok(Health::healthy()),
        _ => Err(ErrorKind::Denied),
    });
    let balancer = Arc::new(Scripted { takes: Duration::from_millis(19_500), ..slow });
    followed(&balancer, None).await.0.unwrap_err();
    let looks = balancer.looks.lock().unwrap().clone();
    let gaps: Vec<_> = looks.windows(2).map(|pair| (pair[1] - pair[0]).as_secs_f64()).collect();
    // The first pass is that of the test, which rests for as long as a short one.
    assert_eq!(gaps.len(), 3);
    assert!(gaps[1..].iter().all(|gap| (39.5..39.6).contains(gap)), "{gaps:?}");
}

#[test]
fn a_short_pass_is_followed_by_the_usual_pause() {
    let pauses = [0, 4_999, 5_001, 20_000].map(|pass| pause_after(Duration::from_millis(pass)));
    assert_eq!(pauses.map(|pause| pause.as_secs()), [5, 5, 6, 20]);
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_goes_away_ends_the_watch_as_done() {
    let balancer = Arc::new(Scripted::new(|look| {
        Ok(if look % 2 == 0 { Health::healthy() } else { Health::of(State::Draining, None) })
    }));
    let (ended, out, _) = followed(&balancer, Some(2)).await;
    assert_eq!(ended.unwrap(), Exit::Done);
    assert_eq!(out.iter().filter(is_change).count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_group_that_is_deleted_meanwhile_is_noted_once_and_the_others_are_followed() {
    let balancer = Scripted::new(|look| match look {
        1..=3 => Ok(Health::healthy()),
        4..=6 => Ok(Health::of(State::Unhealthy, None)),
        _ => Err(ErrorKind::Denied),
    });
    let balancer = balancer.deleting_old_after(2);
    let (ended, out, talk) = followed_of(&balancer, &["old", "web"], None).await;
    assert_eq!(ended.unwrap_err().kind, Exit::Refused);
    assert_eq!(balancer.looks.lock().unwrap().len(), 7, "web is followed to its own end");
    assert_eq!(out.iter().filter(is_change).count(), 1, "{out:?}");
    assert_eq!(talk, ["note: group old was deleted"]);
}

#[tokio::test(start_paused = true)]
async fn a_group_that_is_deleted_before_the_first_pass_is_noted_and_left_out() {
    let balancer = Scripted::new(|_| Ok(Health::healthy())).deleting_old_after(0);
    let mut post = post(&balancer, &["old", "web"]).await.unwrap();
    let status = post.first().await.unwrap();
    let names: Vec<_> = status.groups.iter().map(|status| status.group.name.as_str()).collect();
    assert_eq!(names, ["web"]);
    assert_eq!(post.take_notes(), ["group old was deleted"]);
}

#[tokio::test(start_paused = true)]
async fn when_the_last_group_is_deleted_there_is_nothing_left_to_follow() {
    let balancer = Scripted::new(|_| Ok(Health::healthy())).deleting_old_after(1);
    let (ended, ..) = followed_of(&balancer, &["old"], None).await;
    assert_eq!(ended.unwrap_err().kind, Exit::Refused);
    assert_eq!(
        post(&balancer, &["old"]).await.unwrap().first().await.unwrap_err().kind,
        Exit::Refused
    );
}

#[tokio::test]
async fn without_a_group_all_are_shown_those_with_something_out_first() {
    let balancer = Arc::new(Scripted::new(|_| Ok(Health::of(State::Unhealthy, None))));
    let status = post(&balancer, &[]).await.unwrap().first().await.unwrap();
    let names: Vec<_> = status.groups.iter().map(|status| status.group.name.as_str()).collect();
    assert_eq!(names, ["web", "thumbnails"]);
}

#[tokio::test]
async fn listeners_that_may_not_be_read_are_noted_once_and_any_other_trouble_with_them_ends_it() {
    let healthy = || Scripted::new(|_| Ok(Health::healthy()));
    let denied = Arc::new(Scripted { fronts: Err(ErrorKind::Denied), ..healthy() });
    let mut post_of_denied = post(&denied, &["web"]).await.unwrap();
    let status = post_of_denied.first().await.unwrap();
    assert_eq!(status.groups[0].fronts, None);
    assert_eq!(status.groups[0].in_service(), 1);
    let note = "listeners cannot be read, everything else is shown: Scripted: as told";
    assert_eq!(post_of_denied.take_notes(), [note]);
    assert_eq!(post_of_denied.take_notes(), [""; 0]);
    let expired = Arc::new(Scripted { fronts: Err(ErrorKind::Credentials), ..healthy() });
    let error = post(&expired, &["web"]).await.err().unwrap();
    assert_eq!(error.kind, Exit::Refused);
}

/// A run that took `i-0b` out, and its journal.
fn run_with_one_out(state_dir: &std::path::Path) -> Journal {
    let header = Header::new(RunId::unique(), NOON, plan(&[&["i-0b"], &["i-0c"]]));
    let mut journal = Journal::create(state_dir, &header).unwrap();
    journal.append(&started(0.0, "i-0b", Act::Deregister)).unwrap();
    journal.append(&finished(0.1, "i-0b", Act::Deregister)).unwrap();
    journal
}

#[tokio::test]
async fn what_a_run_holds_out_is_shown_under_way_and_when_it_is_dead() {
    let state_dir = tempfile::tempdir().unwrap();
    let journal = run_with_one_out(state_dir.path());
    let balancer = Arc::new(Scripted::new(|_| Ok(Health::healthy())));
    let mut post = post(&balancer, &["web"]).await.unwrap();
    post.state_dir = Some(state_dir.path().to_owned());
    let mut status = post.first().await.unwrap();
    let held = status.groups[0].targets[0].held_out.take().unwrap();
    assert!(held.under_way);
    assert_eq!(held.place, place("web", "i-0b", 8080));
    assert_eq!(
        (held.what.as_str(), held.since),
        ("roll web", NOON.after(Duration::from_millis(100)))
    );
    drop(journal);
    let status = post.status();
    assert!(!status.groups[0].targets[0].held_out.as_ref().unwrap().under_way);
    assert_eq!(status.groups[0].put_back.len(), 1);
    assert!(!status.is_in_service());
}

#[tokio::test]
async fn what_a_run_put_back_is_not_held_out() {
    let state_dir = tempfile::tempdir().unwrap();
    let header = Header::new(RunId::unique(), NOON, plan(&[&["i-0b"]]));
    let mut journal = Journal::create(state_dir.path(), &header).unwrap();
    undisturbed(0.0, "i-0b").iter().for_each(|fact| journal.append(fact).unwrap());
    let balancer = Arc::new(Scripted::new(|_| Ok(Health::healthy())));
    let mut post = post(&balancer, &["web"]).await.unwrap();
    post.state_dir = Some(state_dir.path().to_owned());
    assert!(post.first().await.unwrap().is_in_service());
}

#[tokio::test]
async fn a_journal_that_cannot_be_read_is_noted_once_and_hides_no_other() {
    let state_dir = tempfile::tempdir().unwrap();
    drop(run_with_one_out(state_dir.path()));
    let broken = RunFolder::of(state_dir.path(), &RunId::unique());
    fs::create_dir_all(broken.path()).unwrap();
    fs::write(broken.journal(), "nonsense\n").unwrap();
    let balancer = Arc::new(Scripted::new(|_| Ok(Health::healthy())));
    let mut post = post(&balancer, &["web"]).await.unwrap();
    post.state_dir = Some(state_dir.path().to_owned());
    let status = post.first().await.unwrap();
    assert!(status.groups[0].targets[0].held_out.is_some());
    let notes = post.take_notes();
    assert!(matches!(&notes[..], [note] if note.contains("line 1 is damaged")), "{notes:?}");
    post.status();
    assert_eq!(post.take_notes(), [""; 0]);
}

#[tokio::test]
async fn a_state_folder_that_is_none_is_noted_and_the_rest_is_shown() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let balancer = Arc::new(Scripted::new(|_| Ok(Health::healthy())));
    let mut post = post(&balancer, &["web"]).await.unwrap();
    post.state_dir = Some(file.path().to_owned());
    assert_eq!(post.first().await.unwrap().groups[0].in_service(), 1);
    let notes = post.take_notes();
    assert!(notes[0].starts_with("what runs of this machine hold out is unknown: "), "{notes:?}");
}
