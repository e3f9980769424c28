use proptest::prelude::*;

use super::*;
use crate::journal::sample;
use crate::rollout::TargetId;
use crate::runs::held_out::key;

const NOW: Moment = Moment::from_millis(2_000_000_000_000);

fn place(number: u16) -> Place {
    key(&sample::place("web", "i-0a", number))
}

fn settled(days_ago: u64) -> Entry {
    let ended = Some(NOW.before(Duration::from_secs(days_ago * 24 * 60 * 60)));
    Entry { ended, left_out: BTreeMap::new(), found: Found::NOTHING, flipped: BTreeMap::new() }
}

fn places() -> impl Strategy<Value = BTreeSet<Place>> {
    proptest::collection::btree_set((0..5u16).prop_map(place), 0..3)
}

fn entry() -> impl Strategy<Value = Entry> {
    let ended = proptest::option::weighted(0.8, 0..60u64);
    let moments = (0..4u64, 0..4u64);
    let all = (ended, places(), places(), moments, flipped());
    all.prop_map(|(days, left_out, found, (touched, at), flipped)| Entry {
        ended: days.and_then(|days| settled(days).ended),
        left_out: left_out.into_iter().map(|it| (it, Moment::from_millis(touched))).collect(),
        found: Found { at: Moment::from_millis(at), places: found },
        flipped,
    })
}

fn side(port: u16) -> TargetPort {
    (TargetId::new("i-0a"), port)
}

fn flipped() -> impl Strategy<Value = BTreeMap<TargetPort, bool>> {
    proptest::collection::btree_map((0..4u16).prop_map(side), any::<bool>(), 0..3)
}

/// On which ports something may be left running, as the latest of these runs that was about each tells.
fn left_there(runs: &[Entry]) -> BTreeSet<TargetPort> {
    let all: BTreeMap<_, _> = runs.iter().flat_map(|run| run.flipped.clone()).collect();
    all.into_iter().filter_map(|(side, left)| left.then_some(side)).collect()
}

/// What is held out as far as these runs tell, each by its own name.
fn held_out(runs: &[(usize, Entry)]) -> Vec<(usize, Place)> {
    let mut held = Vec::new();
    for (at, (name, run)) in runs.iter().enumerate() {
        let is_out = |(place, touched): &(&Place, &Moment)| {
            !runs[at + 1..].iter().any(|(_, it)| it.found.settles(place, **touched))
        };
        held.extend(run.left_out.iter().filter(is_out).map(|(it, _)| (*name, it.clone())));
    }
    held
}

proptest! {
    #[test]
    fn forgetting_changes_nothing_of_what_is_held_out_or_left_there_and_forgets_no_unfinished_run(
        runs in proptest::collection::vec(entry(), 0..30),
        newer in prop_oneof![Just(0usize), 180..220usize],
    ) {
        let runs: Vec<_> = runs.into_iter().chain((0..newer).map(|_| settled(0))).collect();
        let outdated = outdated(&runs, NOW);
        let all: Vec<_> = runs.iter().cloned().enumerate().collect();
        let kept: Vec<_> = all.iter().filter(|(at, _)| !outdated.contains(at)).cloned().collect();
        prop_assert_eq!(held_out(&kept), held_out(&all));
        let kept: Vec<_> = kept.into_iter().map(|(_, run)| run).collect();
        prop_assert_eq!(left_there(&kept), left_there(&runs));
        for at in outdated {
            let ended = runs[at].ended;
            prop_assert!(ended.is_some(), "an unfinished run is forgotten");
            let later = runs[at + 1..].iter().filter(|run| run.ended.is_some()).count();
            let old = NOW.since(ended.unwrap()) > KEPT_FOR;
            prop_assert!(old || later >= KEPT_RUNS, "{} days and {later} later", at);
        }
    }

    #[test]
    fn runs_that_never_held_anything_out_are_kept_for_thirty_days_and_two_hundred_runs(
        mut days in proptest::collection::vec(0..60u64, 0..450)
    ) {
        days.sort_unstable_by(|one, other| other.cmp(one));
        let runs: Vec<_> = days.iter().map(|days| settled(*days)).collect();
        let kept = runs.len() - outdated(&runs, NOW).len();
        prop_assert_eq!(kept, days.iter().filter(|days| **days <= 30).count().min(200));
    }
}

#[test]
fn a_run_of_a_clock_that_was_ahead_is_kept() {
    let ahead = Entry { ended: Some(NOW.after(KEPT_FOR)), ..settled(0) };
    assert_eq!(outdated(&[ahead], NOW), [0; 0]);
}

#[test]
fn who_tells_that_something_is_back_is_kept_as_long_as_who_took_it_out() {
    let died = Entry { ended: None, left_out: [(place(1), NOW)].into(), ..settled(90) };
    let found = Found { at: NOW.after(KEPT_FOR), places: [place(1)].into() };
    let found = Entry { found, ..settled(80) };
    assert_eq!(outdated(&[died.clone(), found.clone(), settled(80)], NOW), [2]);
    let ended = Entry { ended: settled(90).ended, ..died };
    assert_eq!(outdated(&[ended, found, settled(80)], NOW), [0, 1, 2]);
}

#[test]
fn what_a_flip_has_left_running_is_known_until_a_later_one_was_about_that_port() {
    let flip = |days, sides: &[(u16, bool)]| {
        let flipped = sides.iter().map(|(port, left)| (side(*port), *left)).collect();
        Entry { flipped, ..settled(days) }
    };
    let kept = flip(90, &[(8081, true), (8082, false)]);
    assert_eq!(outdated(&[kept.clone(), settled(80)], NOW), [1]);
    let stopped = flip(80, &[(8081, false), (8082, false)]);
    assert_eq!(outdated(&[kept.clone(), stopped.clone()], NOW), [0, 1]);
    let unfinished = Entry { ended: None, ..kept };
    assert_eq!(outdated(&[unfinished, stopped], NOW), [0; 0], "it has to tell of the older one");
}
