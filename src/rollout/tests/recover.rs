//! A journal cut at any fact leads back to the state it had, and on to the same end.

use proptest::prelude::*;

use super::super::{Gates, Hook, OnFailure, Outcome, Progress, Rollout};
use super::oracle::Oracle;
use super::play::Play;
use super::property::{broken, calm_fleet, wild_script};
use super::script::{Broken, Extras, Member, Script};
use super::{Act, Share, TargetId, at};

/// How many are named as left out, without those that a halted run has left in: nobody can know at
/// once that their deregister never arrived, and to name them does no harm.
fn held_out(play: &Play<'_>, outcome: &Outcome) -> usize {
    let Outcome::Halted { held_out, .. } = outcome else { return 0 };
    let left_in = |id: &&TargetId| {
        let failure = play.rollout.progress(id).and_then(Progress::failure);
        failure.is_some_and(|failure| failure.what.contains("takes nothing more out"))
    };
    let (left_in, out): (Vec<_>, Vec<_>) = held_out.iter().partition(left_in);
    for id in left_in {
        let target = play.rollout.plan().target(id).expect("a target of the plan");
        assert!(play.world.is_in(&target.old), "{id} is not left in");
    }
    out.len()
}

/// Cuts the run at every fact, and holds where that leads to against the run that was not cut.
fn cut_everywhere(script: &Script) {
    let Ok(plan) = script.plan() else { return };
    let mut whole = Play::of(script, plan.clone()).keeping_history();
    let end = whole.finish();
    let history = whole.history.take().expect("the history");
    assert_eq!(history.len(), whole.facts.len() + 1);
    for (count, mut cut) in history.into_iter().enumerate() {
        let recovered = Rollout::recover(plan.clone(), at(0), &whole.facts[..count]);
        assert_eq!(recovered.as_ref(), Ok(&cut.rollout), "after {count} facts");
        cut.crash();
        let resumed = cut.finish();
        let same = std::mem::discriminant(&resumed) == std::mem::discriminant(&end);
        assert!(same, "cut after {count} facts: {resumed:?} and not {end:?}");
        assert_eq!(held_out(&cut, &resumed), held_out(&whole, &end), "cut after {count} facts");
    }
}

/// Tries every conceivable fact after every prefix: the impossible ones are refused and change
/// nothing, the possible ones are taken.
fn wrong_facts_everywhere(script: &Script) {
    let Ok(plan) = script.plan() else { return };
    let mut whole = Play::of(script, plan.clone());
    if whole.finish() != Outcome::Done {
        whole.crash();
        whole.finish();
    }
    let conceivable = Oracle::conceivable(&plan);
    let mut oracle = Oracle::of(&plan);
    let mut rollout = Rollout::new(plan, at(0));
    for (count, dated) in whole.facts.iter().enumerate() {
        let mut changed = rollout.clone();
        for fact in &conceivable {
            let taken = changed.apply(&super::Dated { at: dated.at, fact: fact.clone() });
            assert_eq!(taken.is_ok(), oracle.allows(fact), "after {count} facts: {fact:?}");
            match taken {
                Ok(()) => changed = rollout.clone(),
                Err(_) => assert!(changed == rollout, "{fact:?} was refused and changed it"),
            }
        }
        assert!(oracle.allows(&dated.fact), "fact {count}: {dated:?}");
        rollout.apply(dated).expect("a fact of the run");
        oracle.note(&dated.fact);
    }
}

/// With every gate and hook, each policy, and a failure to spare; one target fails at each step, or a
/// hook does.
fn gated_scripts() -> Vec<Script> {
    let bake = std::time::Duration::from_secs(5);
    let gates = Gates { ready: true, verify: true, bake, before_batch: true, after_batch: true };
    let acts = super::IN_PLACE.map(|step| step.act).into_iter();
    let acts: Vec<_> = acts.chain([Act::AwaitReady, Act::Verify, Act::Bake]).collect();
    let of = |on_failure| {
        let extras = Extras { gates, on_failure, max_failures: 1, ..Extras::default() };
        let bad_hooks = [(Hook::BeforeBatch, 1), (Hook::AfterBatch, 1), (Hook::BeforeBatch, 2)];
        let hooks = bad_hooks.map(|bad| Extras { bad_hooks: vec![bad], ..extras.clone() });
        let hooks = hooks.map(|extras| Script { extras, ..Script::calm(3, 2) });
        let broken = acts.clone().into_iter().map(move |act| {
            let broken = vec![Broken { target: 0, act, acts_before: true }];
            Script { broken, extras: extras.clone(), ..Script::calm(2, 1) }
        });
        broken.chain(hooks)
    };
    [OnFailure::Hold, OnFailure::Rollback, OnFailure::Return].into_iter().flat_map(of).collect()
}

/// Everything that can be asked for, over few targets.
fn small_and_wild() -> impl Strategy<Value = Script> {
    wild_script().prop_map(|mut script| {
        script.members.truncate(4);
        script
    })
}

/// One target fails, at any step; if its deregister does, it may have acted: a crash before
/// could not tell either.
fn one_breaks() -> impl Strategy<Value = Script> {
    let small = calm_fleet().prop_map(|mut script| {
        script.members.truncate(4);
        script
    });
    small.prop_flat_map(|script| {
        let broken = proptest::option::of(broken(script.members.len()));
        (Just(script), broken).prop_map(|(script, broken)| {
            let may_have_acted = |it: Broken| Broken { acts_before: true, ..it };
            Script { broken: broken.map(may_have_acted).into_iter().collect(), ..script }
        })
    })
}

fn scripts() -> Vec<Script> {
    let mut scripts = vec![Script::calm(3, 1), Script::calm(5, 2), Script::calm(4, 3)];
    scripts.push(Script { seed: 0, ..Script::calm(4, 2) });
    let acts = super::IN_PLACE.map(|step| step.act);
    scripts.extend(acts.map(|act| {
        let broken = vec![Broken { target: 2, act, acts_before: true }];
        Script { broken, ..Script::calm(4, 2) }
    }));
    let both = Member { groups: vec![1, 0], two_ports: true, ill: true };
    let mut two_groups = Script { groups: 2, ..Script::calm(2, 1) };
    two_groups.members.extend([both.clone(), Member { ill: false, ..both }]);
    scripts.push(two_groups);
    scripts
}

#[test]
fn a_run_cut_at_any_fact_comes_to_the_same_end() {
    for script in scripts() {
        assert!(script.plan().is_ok(), "{script:?}");
        cut_everywhere(&script);
    }
}

#[test]
fn a_wrong_fact_is_refused_after_every_prefix_of_a_journal() {
    for script in scripts() {
        wrong_facts_everywhere(&script);
        wrong_facts_everywhere(&Script { interrupt: Some(4), crashes: vec![9, 11], ..script });
    }
}

#[test]
fn a_wrong_fact_is_refused_also_where_something_is_undone_or_hooks_are_run() {
    for script in gated_scripts() {
        assert!(script.plan().is_ok(), "{script:?}");
        let (interrupt, crashes) = (Some(9), vec![14, 25]);
        wrong_facts_everywhere(&Script { interrupt, crashes, ..script.clone() });
        wrong_facts_everywhere(&script);
    }
}

#[test]
fn a_journal_of_another_plan_is_refused() {
    let (one, other) = (Script::calm(2, 1), Script::calm(1, 1));
    let mut play = Play::of(&one, one.plan().expect("a plan"));
    play.finish();
    let other = Script { floor: Share::Count(0), ..other }.plan().expect("a plan");
    let refused = Rollout::recover(other, at(0), &play.facts).expect_err("another plan's journal");
    assert!(refused.to_string().starts_with("i-01 cannot have started"), "{refused}");
}

#[test]
fn a_journal_with_a_hole_is_refused() {
    let script = Script::calm(2, 1);
    let plan = script.plan().expect("a plan");
    let mut play = Play::of(&script, plan.clone());
    play.finish();
    for hole in 0..play.facts.len() - 1 {
        let mut facts = play.facts.clone();
        facts.remove(hole);
        let refused = Rollout::recover(plan.clone(), at(0), &facts);
        assert!(refused.is_err(), "without fact {hole}: {:?}", play.facts[hole]);
    }
}

#[test]
fn the_simulated_fleet_really_breaks_what_it_is_told_to() {
    for act in [Act::Deploy, Act::AwaitInService] {
        let broken = vec![Broken { target: 0, act, acts_before: true }];
        let script = Script { broken, ..Script::calm(2, 1) };
        let mut play = Play::of(&script, script.plan().expect("a plan"));
        let outcome = play.finish();
        assert_eq!(held_out(&play, &outcome), 1, "{outcome:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_run_cut_at_any_fact_comes_to_the_same_end(script in one_breaks()) {
        cut_everywhere(&script);
    }

    #[test]
    fn wrong_facts_are_refused_whatever_is_asked_for(script in small_and_wild()) {
        wrong_facts_everywhere(&script);
    }

    #[test]
    fn wrong_facts_are_refused_after_every_prefix_of_any_journal(script in one_breaks()) {
        wrong_facts_everywhere(&script);
    }
}
