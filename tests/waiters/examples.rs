//! Each named difference as it happens: one answer, what AWS's waiter makes of it, and what ours.

use std::collections::BTreeSet;
use std::time::Duration;

use elb_deploy::rollout::{
    Drain, Health, Join, LEAVING_GRACE, Reason, State, Verdict, drained, in_service,
};

use crate::answer::{Answer, Asked, Goal, Refused, place};
use crate::aws::Outcome;
use crate::difference::{Both, Difference, Seen, ours};
use crate::strategies::{draining, shifted};

const SETTLE: Duration = Duration::from_secs(15);

fn idle() -> Health {
    Health::of(State::Unused, Some(Reason::NotInUse))
}

/// A drain that was seen leaving, so long after DeregisterTargets.
fn drain(elapsed: Duration) -> Drain {
    let (staying, seen_leaving, only_elsewhere) = (None, true, false);
    Drain { elapsed, settle: SETTLE, staying, seen_leaving, only_elsewhere }
}

fn told(lines: &[Health]) -> Answer {
    let line = |(number, health): (usize, &Health)| (place(number), health.clone());
    Answer::Told(lines.iter().enumerate().map(line).collect())
}

fn seen(said: Option<Health>, verdict: impl Fn(&Health) -> Verdict) -> Vec<Seen> {
    let verdict = verdict(&said.clone().unwrap_or_else(Health::not_registered));
    vec![Seen { said, verdict }]
}

fn out(said: Health, drain: &Drain) -> Vec<Seen> {
    seen(Some(said), |health| drained(health, drain))
}

fn back(said: Health, join: &Join) -> Vec<Seen> {
    seen(Some(said), |health| in_service(health, join))
}

fn both(goal: Goal, asked: Asked, answer: Answer, seen: Vec<Seen>) -> Both {
    let ours = ours(&seen);
    Both { goal, asked, poll: 0, answer, seen, ours }
}

fn refused(goal: Goal, refused: Refused, ours: Outcome) -> Both {
    let answer = Answer::Refused(refused);
    Both { goal, asked: Asked::ByName, poll: 0, answer, seen: Vec::new(), ours }
}

/// Who is satisfied with what, and what the difference is called.
fn assert_differs(both: &Both, theirs: Outcome, ours: Outcome, name: Difference) {
    assert_eq!((both.theirs(), both.ours), (theirs, ours), "{name:?}: {both:#?}");
    assert_eq!(both.difference(), Ok(Some(name)), "{both:#?}");
}

use Asked::{ByName, WholeGroup};
use Goal::{Deregistered, InService};
use Outcome::{Failed, NotYet, Reached};

/// One example of each.
fn examples() -> Vec<(Both, Outcome, Outcome, Difference)> {
    let late = drain(SETTLE * 10);
    let gone = Health::not_registered;
    let joining = Join { standing: SETTLE, ..Join::default() };
    let warming = Join { warm_up: SETTLE * 2, ..joining };
    let trap = Drain { only_elsewhere: true, ..late };
    let stays = Drain { staying: Some(LEAVING_GRACE), seen_leaving: false, ..late };
    let last = Both {
        poll: 39,
        ..both(Deregistered, ByName, told(&[draining()]), out(draining(), &late))
    };
    vec![
        (
            both(Deregistered, ByName, told(&[idle()]), out(idle(), &late)),
            Reached,
            NotYet,
            Difference::UnusedButRegistered,
        ),
        (
            both(Deregistered, ByName, told(&[gone()]), out(gone(), &drain(SETTLE / 2))),
            Reached,
            NotYet,
            Difference::SettleNotPassed,
        ),
        (
            both(Deregistered, ByName, told(&[gone()]), out(gone(), &trap)),
            Reached,
            Failed,
            Difference::WrongPort,
        ),
        (
            both(InService, ByName, told(&[shifted()]), back(shifted(), &joining)),
            Reached,
            NotYet,
            Difference::AdministrativeOverride,
        ),
        (
            both(InService, ByName, told(&[Health::healthy()]), back(Health::healthy(), &warming)),
            Reached,
            NotYet,
            Difference::SlowStart,
        ),
        (
            both(InService, ByName, told(&[Health::healthy()]), {
                let mut seen = back(Health::healthy(), &joining);
                seen.push(Seen { said: None, verdict: in_service(&gone(), &joining) });
                seen
            }),
            Reached,
            NotYet,
            Difference::MissingEntry,
        ),
        (
            both(Deregistered, WholeGroup, told(&[Health::healthy()]), out(gone(), &late)),
            NotYet,
            Reached,
            Difference::ForeignTarget,
        ),
        (
            both(Deregistered, WholeGroup, told(&[]), out(gone(), &late)),
            NotYet,
            Reached,
            Difference::EmptyList,
        ),
        (
            both(InService, ByName, told(&[idle()]), back(idle(), &joining)),
            NotYet,
            Failed,
            Difference::FailsFast,
        ),
        (
            both(Deregistered, ByName, told(&[Health::healthy()]), out(Health::healthy(), &stays)),
            NotYet,
            Failed,
            Difference::FailsFast,
        ),
        (
            refused(InService, Refused::Throttling, NotYet),
            Failed,
            NotYet,
            Difference::ErrorEndsTheirs,
        ),
        (last, Failed, NotYet, Difference::TenMinutes),
        (
            refused(Deregistered, Refused::InvalidTarget, Failed),
            Reached,
            Failed,
            Difference::InvalidTarget,
        ),
        (
            refused(InService, Refused::InvalidInstance, Failed),
            NotYet,
            Failed,
            Difference::InvalidInstance,
        ),
    ]
}

#[test]
fn each_named_difference_happens_and_is_called_so() {
    for (both, theirs, ours, name) in examples() {
        assert_differs(&both, theirs, ours, name);
    }
    let shown: BTreeSet<_> = examples().into_iter().map(|(.., name)| name).collect();
    assert_eq!(shown, BTreeSet::from(Difference::ALL), "a difference without an example");
}

/// Or else the property test could let everything pass.
#[test]
fn a_difference_without_a_name_is_found() {
    let late = drain(SETTLE * 10);
    let early =
        both(Deregistered, ByName, told(&[draining()]), out(Health::not_registered(), &late));
    let blind = both(
        InService,
        ByName,
        told(&[Health::healthy()]),
        back(Health::of(State::Initial, None), &Join::default()),
    );
    let gives_up = Both { ours: Failed, ..refused(InService, Refused::Unavailable, NotYet) };
    let shrugs = Both { ours: NotYet, ..refused(InService, Refused::AccessDenied, NotYet) };
    assert_eq!(gives_up.difference(), Ok(None), "both end");
    for wrong in [early, blind, shrugs] {
        assert!(wrong.difference().is_err(), "{wrong:#?}");
    }
}
