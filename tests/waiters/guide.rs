//! `docs/waiting.md` says what the verdicts, the schedule and the comparison really are.

use std::collections::BTreeSet;
use std::time::Duration;

use elb_deploy::rollout::{Drain, Health, Join, Moment, Obstacle, Verdict, drained, in_service};
use elb_deploy::watch::Timing;

use crate::difference::Difference;
use crate::strategies::{ROWS, of, shifted};

const GUIDE: &str = include_str!("../../docs/waiting.md");

fn section(heading: &str) -> &'static str {
    let (_, section) = GUIDE.split_once(&format!("\n## {heading}\n")).expect(heading);
    section.split("\n## ").next().unwrap()
}

/// The cells of the rows of the first table, without its head.
fn rows(section: &str) -> Vec<Vec<String>> {
    let lines = section.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"));
    let cells = |line: &str| line.split('|').map(|cell| cell.trim().to_owned()).collect();
    lines.skip(1).map(cells).collect()
}

fn bare(cell: &str) -> String {
    cell.replace('`', "")
}

#[test]
fn the_guide_explains_every_named_difference_once_and_no_other() {
    let rows = rows(section("Beside AWS's own waiters"));
    let names: Vec<_> = rows.iter().map(|row| bare(&row[0])).collect();
    assert_eq!(names, Difference::ALL.map(|difference| format!("{difference:?}")));
    for row in rows {
        assert_eq!(row.len(), 4, "name, what happens, theirs, ours: {row:?}");
        assert!(row.iter().all(|cell| cell.len() > 4), "{row:?}");
    }
}

/// The words of the table for a verdict that is one thing at first and another in the end.
fn in_words(verdict: impl Fn(Duration) -> Verdict) -> String {
    match (verdict(Duration::ZERO), verdict(AGES)) {
        (Verdict::Reached, _) => "done".to_owned(),
        (Verdict::Never(_), _) => "fails at once".to_owned(),
        (_, Verdict::Reached) => "done, once settled".to_owned(),
        (_, Verdict::NotYet(_)) => "waits".to_owned(),
        (_, Verdict::Never(_)) => {
            let fails =
                |second: &u64| matches!(verdict(Duration::from_secs(*second)), Verdict::Never(_));
            format!("waits {}s, then fails", (0..AGES.as_secs()).find(fails).unwrap())
        }
    }
}

const SETTLE: Duration = Duration::from_secs(15);
const AGES: Duration = Duration::from_secs(3600);

fn out(health: &Health) -> String {
    in_words(|elapsed| {
        let staying = health.can_receive().then_some(elapsed);
        let (settle, seen_leaving, only_elsewhere) = (SETTLE, staying.is_none(), false);
        drained(health, &Drain { elapsed, settle, staying, seen_leaving, only_elsewhere })
    })
}

fn back(health: &Health) -> String {
    in_words(|standing| in_service(health, &Join { standing, ..Join::default() }))
}

/// State and reason as the table writes them, with what both verdicts say in its words.
fn expected() -> Vec<[String; 4]> {
    let is_documented = |row: &&(&str, Option<&str>, Option<&str>)| {
        row.0 != "something-new" && row.1.is_some_and(|reason| reason != "Target.SomethingNew")
            || row.0 == "healthy"
    };
    let documented = ROWS.iter().filter(is_documented).map(|row| of(*row));
    let row = |health: Health| {
        let reason = health.reason.as_ref().map_or("", |reason| reason.as_str()).to_owned();
        let shift = health.kept_away.as_ref().map(|why| format!("under {why}"));
        [health.state.to_string(), shift.unwrap_or(reason), out(&health), back(&health)]
    };
    documented.chain([shifted()]).map(row).collect()
}

#[test]
fn the_table_of_states_says_what_the_two_verdicts_say() {
    let told = rows(section("What the load balancer says, and what it means for a wait"));
    let told: BTreeSet<_> = told
        .into_iter()
        .map(|row| [bare(&row[0]), bare(&row[1]), row[3].clone(), row[4].clone()])
        .collect();
    assert_eq!(told, BTreeSet::from_iter(expected()));
}

#[test]
fn what_ends_a_wait_is_told_in_the_words_that_it_ends_with() {
    let told = rows(section("What ends a wait early, and in which words"));
    let told: Vec<_> = told.into_iter().map(|row| row[1].clone()).collect();
    let obstacles = [
        Obstacle::StillRegistered,
        Obstacle::RegisteredAgain,
        Obstacle::OtherPort,
        Obstacle::NotRegistered,
        Obstacle::Leaves,
        Obstacle::NotInUse,
        Obstacle::ZoneNotEnabled,
        Obstacle::InvalidState,
        Obstacle::IpUnusable,
    ];
    assert_eq!(&told[..told.len() - 1], obstacles.map(Obstacle::why));
}

/// So much time is one column of the plot.
const COLUMN: Duration = Duration::from_secs(5);
const COLUMNS: usize = 60;

/// How many looks fall into each column.
fn line(name: &str, looks: &[Duration]) -> String {
    let in_column = |column: usize| {
        let column = u128::try_from(column).unwrap();
        looks.iter().filter(|look| look.as_millis() / COLUMN.as_millis() == column).count()
    };
    let marks: String = (0..=COLUMNS)
        .map(|column| match in_column(column) {
            0 => '·',
            count => char::from_digit(u32::try_from(count).unwrap(), 10).unwrap(),
        })
        .collect();
    let last = looks.last().unwrap().as_secs_f64();
    format!("{name:<22} {marks}  {:>2} looks, the last at {last:.1} s\n", looks.len())
}

/// The looks of a wait from its beginning to the first at `end` or after it.
fn looks(timing: Timing, end: Duration) -> Vec<Duration> {
    let mut at = timing.began;
    let mut looks = vec![Duration::ZERO];
    while at.since(timing.began) < end {
        at = timing.next_look(at, 0.0);
        looks.push(at.since(timing.began));
    }
    looks
}

fn plot() -> String {
    let (began, end) = (Moment::from_millis(0), COLUMN * u32::try_from(COLUMNS).unwrap());
    let polls: Vec<_> = (0..=20).map(|poll| Duration::from_secs(15) * poll).collect();
    let axis: String = (0..=5).map(|minute| format!("{:<12}", format!("{minute}m"))).collect();
    [
        format!("{:<22} {}\n", "", axis.trim_end()),
        line("drain of 5m, by roll", &looks(Timing::certain(began, began.after(end)), end)),
        line("drain of 5m, by wait", &looks(Timing::guessed(began, began.after(end)), end)),
        line("in service after 5m", &looks(Timing::certain(began, began), end)),
        line("aws elbv2 wait", &polls),
    ]
    .concat()
}

#[test]
fn the_plot_is_what_the_schedule_does() {
    let (_, rest) = GUIDE.split_once("```plot\n").expect("a block called plot");
    let drawn = rest.split("```").next().unwrap();
    assert!(drawn == plot(), "docs/waiting.md draws\n{drawn}\nand the schedule is\n{}", plot());
}

#[test]
fn chance_moves_a_look_by_as_much_as_the_guide_says_and_no_more() {
    let told = section("When it looks");
    let (began, earliest) = (Moment::from_millis(0), Moment::from_millis(100_000));
    let timing = Timing::certain(began, earliest);
    let late = timing.next_look(Moment::from_millis(99_000), 1.0).since(earliest);
    assert!(told.contains(&format!("or up to {} s later", late.as_secs_f64())), "{late:?}");
    let pause = |chance| timing.next_look(began, chance).since(began);
    assert_eq!(pause(1.0), pause(0.0) - pause(0.0) / 5);
    assert!(told.contains("shorter by up to a fifth"));
}
