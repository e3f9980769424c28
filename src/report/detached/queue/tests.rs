use super::*;
use crate::journal::sample::{self, NOON};
use crate::report::tests::{draining, sight};
use crate::rollout::{Act, TargetId};

fn say(queue: &Queue, line: &str) {
    queue.put(NOON, &Event::Output { target: &TargetId::new("i-0a"), line });
}

fn record(queue: &Queue) {
    queue.put(NOON, &Event::Fact(&sample::started(0.0, "i-0a", Act::Deploy).fact));
}

fn rest(queue: &Queue) -> Vec<Told> {
    queue.close();
    std::iter::from_fn(|| queue.take()).map(|(_, told)| told).collect()
}

fn left_out(told: &[Told]) -> Vec<(u64, u64)> {
    let gap = |told: &Told| match told {
        Told::LeftOut { lines, others } => Some((*lines, *others)),
        _ => None,
    };
    told.iter().filter_map(gap).collect()
}

#[test]
fn what_is_too_much_is_left_out_and_counted_once() {
    let queue = Queue::default();
    for _ in 0..ROOM + 100 {
        say(&queue, "line");
    }
    queue.put(NOON, &Event::Waiting(&sight("i-0a", Act::AwaitDrained, 1.0, &[draining()])));
    record(&queue);
    let told = rest(&queue);
    assert_eq!(told.len(), ROOM + 2);
    assert_eq!(left_out(&told), [(100, 1)]);
    assert!(matches!(told.last(), Some(Told::Fact(_))), "{:?}", told.last());
}

#[test]
fn a_reader_that_is_a_little_too_slow_sees_few_gaps() {
    let queue = Queue::default();
    for line in 0..ROOM * 4 {
        say(&queue, "line");
        if line % 2 == 0 {
            queue.take();
        }
    }
    let gaps = left_out(&rest(&queue)).len();
    assert!((1..=3).contains(&gaps), "{gaps} gaps");
}

#[test]
fn trouble_without_end_does_not_fill_the_memory_and_facts_still_have_room() {
    let queue = Queue::default();
    for _ in 0..ROOM_FOR_NEWS * 2 {
        queue.put(NOON, &Event::Troubled { what: "Rate exceeded" });
    }
    record(&queue);
    let told = rest(&queue);
    assert_eq!(told.len(), ROOM_FOR_NEWS + 2);
    assert!(matches!(told.last(), Some(Told::Fact(_))), "{:?}", told.last());
}

#[test]
fn without_output_everything_else_stays_in_its_order() {
    let queue = Queue::default();
    for _ in 0..ROOM + 10 {
        say(&queue, "line");
    }
    record(&queue);
    say(&queue, "one more");
    queue.put(NOON, &Event::Holding { why: "the floor is 1" });
    queue.leave_out_output();
    let told = rest(&queue);
    let lines = u64::try_from(ROOM).unwrap() + 11;
    assert_eq!(left_out(&told), [(lines, 0)]);
    assert!(
        matches!(told[..], [Told::LeftOut { .. }, Told::Fact(_), Told::Holding { .. }]),
        "{told:?}"
    );
}

#[test]
fn where_nothing_can_be_spared_no_gap_is_told() {
    let queue = Queue::default();
    record(&queue);
    queue.leave_out_output();
    assert_eq!(left_out(&rest(&queue)), []);
}
