//! `--watch`: what is said again, and what a terminal shows.

use super::*;

fn lines() -> Follower {
    Follower::lines(PIPE)
}

fn next(follower: &mut Follower, status: Status) -> String {
    follower.next(status, TERMINAL, &[], "foot")
}

#[test]
fn lines_are_a_table_once_and_then_only_what_changed() {
    let mut follower = lines();
    let scene = four_of_web(Health::healthy(), Health::healthy());
    assert_eq!(next(&mut follower, scene.status()), scene.table());
    assert_eq!(next(&mut follower, scene.status_at(5.0)), "");
    let worse = four_of_web(failing(), draining());
    assert_snapshot!(next(&mut follower, worse.status_at(10.0)), @r"
    12:03:14Z  web i-0123456789abcde3b:8080  healthy -> draining, on its way out, which takes the whole deregistration delay
    12:03:14Z  web i-0123456789abcdef2:8080  healthy -> unhealthy, Health checks failed with these codes: [503]
    ");
}

#[test]
fn a_target_that_comes_goes_or_gets_another_reason_is_a_change() {
    let mut follower = lines();
    let web = |healths: &[(&str, Health)]| Scene::of([group("web")]).seeing("web", healths);
    next(&mut follower, web(&[("i-0a", failing()), ("i-0b", draining())]).status());
    let slow = said(State::Unhealthy, "Target.Timeout", "Request timed out");
    let later = web(&[("i-0a", slow), ("i-0c", Health::healthy())]);
    assert_snapshot!(next(&mut follower, later.status_at(5.0)), @r"
    12:03:09Z  web i-0a:8080  unhealthy, Request timed out
    12:03:09Z  web i-0c:8080  not registered -> healthy
    12:03:09Z  web i-0b:8080  draining -> not registered
    ");
}

#[test]
fn a_run_that_dies_with_a_target_out_is_a_change() {
    let mut follower = lines();
    let mut scene = Scene::of([group("web")]).seeing("web", &[]);
    scene.held_out = vec![held("web", "i-0a", true)];
    next(&mut follower, scene.status());
    scene.held_out = vec![held("web", "i-0a", false)];
    let said = next(&mut follower, scene.status());
    assert!(said.contains("web i-0a:8080  not registered, held out by run 019aa4f1-"), "{said}");
}

#[test]
fn json_is_one_document_a_line_on_a_change_only() {
    let mut follower = Follower::json();
    let scene = four_of_web(Health::healthy(), Health::healthy());
    let first = next(&mut follower, scene.status());
    assert!(first.ends_with("}\n") && first.lines().count() == 1, "{first}");
    assert_eq!(next(&mut follower, scene.status_at(5.0)), "", "the time is no change");
    let worse = four_of_web(failing(), Health::healthy());
    assert!(next(&mut follower, worse.status_at(10.0)).contains(r#""state":"unhealthy""#));
}

/// Shows what a terminal shows: as much of it as these texts use.
fn screen(texts: &[String]) -> Vec<String> {
    let (mut rows, mut at) = (Vec::<String>::new(), 0);
    for text in texts {
        let mut rest = text.as_str();
        while !rest.is_empty() {
            if let Some((count, after)) = up(rest) {
                at -= count;
                rest = after;
            } else if let Some(after) = rest.strip_prefix("\x1b[J") {
                rows.truncate(at);
                rest = after;
            } else {
                let (line, after) = rest.split_once("\x1b[K\n").expect("a line that is cleared");
                rows.resize(rows.len().max(at + 1), String::new());
                rows[at] = line.to_owned();
                at += 1;
                rest = after;
            }
        }
    }
    rows
}

fn up(text: &str) -> Option<(usize, &str)> {
    let (count, after) = text.strip_prefix("\x1b[")?.split_once("A\r")?;
    Some((count.parse().ok()?, after))
}

#[test]
fn a_terminal_shows_the_latest_status_alone() {
    let mut follower = Follower::screen(Paint::Plain);
    let long = four_of_web(failing(), failing()).status();
    let short = Scene::of([group("web")]).seeing("web", &[]).status();
    let mut texts = vec![follower.next(long.clone(), TERMINAL, &[], "first")];
    assert_eq!(screen(&texts).last().map(String::as_str), Some("first"));
    texts.push(follower.next(short.clone(), TERMINAL, &[], "second"));
    let expected: Vec<_> = table(&short, NARROW).lines().map(str::to_owned).collect();
    assert_eq!(screen(&texts), [expected, vec!["second".to_owned()]].concat());
    texts.push(follower.next(long.clone(), TERMINAL, &[], "third"));
    let expected: Vec<_> = table(&long, NARROW).lines().map(str::to_owned).collect();
    assert_eq!(screen(&texts), [expected, vec!["third".to_owned()]].concat());
}

#[test]
fn a_note_stays_above_what_is_drawn_later() {
    let mut follower = Follower::screen(Paint::Plain);
    let status = Scene::of([group("web")]).seeing("web", &[]).status();
    let note = ["note: one".to_owned()];
    let mut texts = vec![follower.next(status.clone(), TERMINAL, &[], "foot")];
    texts.push(follower.next(status.clone(), TERMINAL, &note, "foot"));
    texts.push(follower.next(status, TERMINAL, &[], "foot"));
    let shown = screen(&texts);
    assert_eq!(shown[0], "note: one");
    assert_eq!(shown.iter().filter(|line| line.starts_with("web")).count(), 1, "{shown:?}");
}

#[test]
fn what_does_not_fit_a_terminal_is_left_out_and_counted() {
    let mut follower = Follower::screen(Paint::Plain);
    let status = bad_night().status();
    let small = Size { rows: 10, columns: 80 };
    let shown = screen(&[follower.next(status.clone(), small, &[], "foot")]);
    assert_eq!(shown.len(), 9, "the cursor needs the last row: {shown:?}");
    let more = table(&status, NARROW).lines().count() - 7;
    assert_eq!(shown[7], format!("... {more} more lines; name fewer groups to see them"));
}

#[test]
fn a_terminal_of_no_size_is_no_reason_to_fail() {
    let mut follower = Follower::screen(Paint::Plain);
    for _ in 0..2 {
        let nothing = Size { rows: 0, columns: 0 };
        follower.next(bad_night().status(), nothing, &[], "foot");
    }
}
