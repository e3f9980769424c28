//! What a drain of five minutes costs, in paused time and with chance in the schedule as in a
//! real run: how late it is noticed, and with how many calls.

use std::sync::Arc;
use std::time::Duration;

use elb_deploy::balancer::Balancer;
use elb_deploy::clock::Clock;
use elb_deploy::pace::Pace;
use elb_deploy::rollout::{Began, Goal, Health, Moment};
use elb_deploy::watch::{Spread, Wait, Watch};
use tokio::time::Instant;

use crate::answer::place;
use crate::strategies::{draining, paused};
use crate::world::{Entry, Scene, World};

/// The deregistration delay.
pub const DRAIN: Duration = Duration::from_secs(300);
pub const LATEST: Duration = Duration::from_secs(1);
pub const MOST_CALLS: usize = 16;

/// How late a drain of [`DRAIN`] is noticed that this process began, and with how many calls.
pub fn drain() -> (Duration, usize) {
    paused(async {
        let scenes = [draining(), Health::not_registered()];
        let scenes = scenes.map(|health| Scene::of(vec![Entry::of(0, health)]));
        let world = Arc::new(World::new(scenes.to_vec(), DRAIN));
        let balancer: Arc<dyn Balancer> = Arc::<World>::clone(&world);
        let (start, began) = (Moment::from_millis(0), Instant::now());
        let clock = Clock::starting_at(start);
        let watch = Watch::new(balancer, clock, Arc::new(Pace::of_looks()), Spread::random());
        let wait = Wait {
            group: place(0).group,
            registrations: vec![place(0)],
            everywhere: Vec::new(),
            guarded: Vec::new(),
            goal: Goal::Drained { settle: Duration::from_secs(15), delay: DRAIN },
            began: Began::Called(start),
            expected: DRAIN,
            deadline: DRAIN * 2,
        };
        watch.until(&wait, |_| {}).await.unwrap();
        (began.elapsed().checked_sub(DRAIN).expect("ended before the drain"), world.calls())
    })
}

#[test]
fn a_drain_of_five_minutes_is_noticed_within_a_second_and_costs_at_most_16_calls() {
    for _ in 0..200 {
        let (late, calls) = drain();
        assert!(late <= LATEST && calls <= MOST_CALLS, "{late:?} late, {calls} calls");
    }
}
