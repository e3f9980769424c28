//! A page of a bad night, as it is read by people and by programs.

use super::*;

#[test]
fn groups_in_a_pipe() {
    assert_snapshot!(bad_night().table());
}

#[test]
fn groups_on_a_terminal_of_80_columns() {
    let text = table(&bad_night().status(), NARROW);
    let is_command = |line: &&str| line.contains("aws elbv2");
    let wide: Vec<_> = text.lines().filter(|line| line.len() > 80 && !is_command(line)).collect();
    assert_eq!(wide, [""; 0]);
    assert_snapshot!(text);
}

#[test]
fn groups_as_json() {
    let line = document(&bad_night().status());
    assert!(!line.contains('\n'));
    let value: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_snapshot!(serde_json::to_string_pretty(&value).unwrap());
}

#[test]
fn colours_are_the_only_difference_between_a_terminal_and_a_wide_page() {
    let status = bad_night().status();
    let coloured = table(&status, Page { paint: Paint::Coloured, width: Some(80) });
    assert!(coloured.contains("\x1b[31munhealthy\x1b[0m"), "{coloured}");
    assert_eq!(console::strip_ansi_codes(&coloured), table(&status, NARROW));
}

#[test]
fn a_target_is_one_line_in_a_pipe() {
    let scene = bad_night();
    let lines: Vec<String> = scene.table().lines().map(str::to_owned).collect();
    for target in scene.status().groups.iter().flat_map(|group| &group.targets) {
        let why = target.why.clone().unwrap_or_default();
        let row = |line: &&String| line.contains(target.place.id.as_str()) && line.ends_with(&why);
        assert!(lines.iter().any(|line| row(&line)), "{target:?}");
    }
}

#[test]
fn listeners_that_cannot_be_read_are_said_and_everything_else_is_shown() {
    let edge = "arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/app/edge/50dc6c495c0c9188";
    let web = Group { balancers: vec![edge.to_owned()], ..group("web") };
    let mut scene = Scene::of([web]).seeing("web", &[("i-0a", failing())]);
    scene.fronts = None;
    let text = scene.table();
    assert!(text.contains("traffic     edge, whose listeners cannot be read\n"), "{text}");
    assert!(text.contains("i-0a"), "{text}");
    assert!(document(&scene.status()).contains(r#""fronts":null"#));
}
