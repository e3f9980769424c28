//! A small tool of our own stands for the real one, so that every kind of flag is there.

use std::fs;

use clap::{Arg, ArgAction, Command};

use super::*;

/// Set on every machine, so that it can stand for a variable that was set.
const SET: &str = "PATH";

fn tool() -> Command {
    let flag = |name: &'static str| Arg::new(name).long(name);
    let one = |name| flag(name).action(ArgAction::Set);
    let list = |name| one(name).action(ArgAction::Append).value_delimiter(',');
    let groups = Arg::new("groups").required(true).num_args(1..).action(ArgAction::Append);
    let command = Arg::new("command").last(true).required(true).num_args(1..);
    let verb = Command::new("go")
        .arg(groups)
        .arg(command.action(ArgAction::Append))
        .arg(one("batch").default_value("1").allow_negative_numbers(true))
        .arg(one("settle"))
        .arg(one("set-outside").env(SET))
        .arg(list("exclude"))
        .arg(flag("strict").action(ArgAction::SetTrue))
        .arg(one("ready").conflicts_with("ready-command"))
        .arg(one("ready-command"))
        .arg(one("undo").requires("on-failure"))
        .arg(one("on-failure").value_parser(["hold", "undo"]))
        .args(flags());
    let other = Command::new("look").arg(one("format")).args(flags());
    let unserved = Command::new("sit").arg(one("chair"));
    let region = one("region").global(true);
    Command::new("tool").arg(region).subcommands([verb, other, unserved])
}

/// What `tool go --service web` makes of these words and this file.
fn parsed(words: &[&str], file: &str) -> Result<(ArgMatches, Sources), Unread> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("here.toml");
    fs::write(&path, file).unwrap();
    let (flags, command) =
        words.split_at(words.iter().position(|it| *it == "--").unwrap_or(words.len()));
    let config = path.display().to_string();
    let named = ["tool", "go", "--service", "web", "--config", &config];
    let words = named.iter().chain(flags).chain(command);
    parse(&tool(), &words.map(OsString::from).collect::<Vec<_>>())
}

/// Every option with its value and the last word of its source.
fn settled(words: &[&str], file: &str) -> Vec<(String, String, String)> {
    let (_, sources) = parsed(words, file).unwrap();
    let given = sources.iter().filter(|it| it.is_given() && it.key != "set-outside");
    let source = |it: &sources::Setting| {
        it.source.to_string().split("here.toml ").last().unwrap().to_owned()
    };
    given.map(|it| (it.key.clone(), it.value.clone().unwrap_or_default(), source(it))).collect()
}

#[track_caller]
fn is_settled(words: &[&str], file: &str, expected: &[(&str, &str, &str)]) {
    let settled = settled(words, file);
    let settled: Vec<_> =
        settled.iter().map(|(key, value, source)| (&**key, &**value, &**source)).collect();
    assert_eq!(settled, expected, "{words:?}\n{file}");
}

/// Without the folder of the file, which is another one each time.
#[track_caller]
fn refused(words: &[&str], file: &str) -> CliError {
    match parsed(words, file) {
        Err(Unread::Refused(mut error)) => {
            assert_eq!(error.kind, Exit::Usage, "{error}");
            for line in error.what.iter_mut().chain(&mut error.hints) {
                *line = line
                    .split_whitespace()
                    .map(|word| word.rsplit('/').next().unwrap())
                    .collect::<Vec<_>>()
                    .join(" ");
            }
            error
        }
        Err(Unread::Asked(answer)) => panic!("{answer}"),
        Ok((_, sources)) => panic!("{sources:?}"),
    }
}

const ALL: &str = "[service.web]\ngroups = ['web', 'api']\ncommand = ['./deploy.sh', '--', '-x']\n";
const ALL_FROM_FILE: [(&str, &str, &str); 2] =
    [("groups", "web api", "[service.web]"), ("command", "./deploy.sh -- -x", "[service.web]")];

#[test]
fn groups_and_command_of_the_file_stand_in_for_typed_ones() {
    is_settled(&[], ALL, &ALL_FROM_FILE);
    let (matches, _) = parsed(&[], ALL).unwrap();
    let matches = matches.subcommand_matches("go").unwrap();
    let words = |id| matches.get_many::<String>(id).unwrap().cloned().collect::<Vec<_>>();
    assert_eq!(words("groups"), ["web", "api"]);
    assert_eq!(words("command"), ["./deploy.sh", "--", "-x"]);
}

#[test]
fn what_is_typed_replaces_what_the_file_says_wholly() {
    let file = &format!("{ALL}exclude = ['a', 'b']\nbatch = 2\n");
    let words = ["blue", "--exclude", "c", "--batch", "3", "--", "true"];
    let typed = "command line";
    is_settled(
        &words,
        file,
        &[
            ("groups", "blue", typed),
            ("command", "true", typed),
            ("batch", "3", typed),
            ("exclude", "c", typed),
        ],
    );
}

#[test]
fn a_variable_that_is_set_counts_more_than_the_file() {
    let (_, sources) = parsed(&[], &format!("{ALL}set-outside = 'here'\n")).unwrap();
    let setting = sources.iter().find(|it| it.key == "set-outside").unwrap();
    assert_eq!(setting.source.to_string(), "environment PATH");
    assert_ne!(setting.value.as_deref(), Some("here"));
}

#[test]
fn a_service_counts_more_than_the_defaults_of_its_file() {
    let file = &format!(
        "[defaults]\nbatch = 2\nstrict = true\nregion = 'lab-1'\n{ALL}batch = '3'\nstrict = false\n"
    );
    is_settled(
        &[],
        file,
        &[
            ALL_FROM_FILE[0],
            ALL_FROM_FILE[1],
            ("batch", "3", "[service.web]"),
            ("strict", "false", "[service.web]"),
            ("region", "lab-1", "[defaults]"),
        ],
    );
    let (matches, _) = parsed(&[], file).unwrap();
    assert!(!matches.subcommand_matches("go").unwrap().get_flag("strict"));
    is_settled(
        &["--region", "lab-2"],
        "[defaults]\nregion = 'lab-1'\n[service.web]\ngroups='a'\ncommand=['b']\n",
        &[
            ("groups", "a", "[service.web]"),
            ("command", "b", "[service.web]"),
            ("region", "lab-2", "command line"),
        ],
    );
}

#[test]
fn what_nobody_says_is_default_or_nothing() {
    let (_, sources) = parsed(&[], ALL).unwrap();
    let of = |key| sources.iter().find(|it| it.key == key).unwrap();
    assert_eq!(
        (of("batch").value.as_deref(), of("batch").source.to_string()),
        (Some("1"), "default".to_owned())
    );
    assert_eq!((of("settle").value.as_deref(), of("settle").is_given()), (None, false));
}

#[test]
fn a_value_may_begin_with_a_dash_and_a_list_may_be_written_as_one_text() {
    let file = &format!("{ALL}settle = '-5s'\nbatch = -1\nexclude = 'a,b'\n");
    is_settled(
        &[],
        file,
        &[
            ALL_FROM_FILE[0],
            ALL_FROM_FILE[1],
            ("batch", "-1", "[service.web]"),
            ("settle", "-5s", "[service.web]"),
            ("exclude", "a,b", "[service.web]"),
        ],
    );
}

#[test]
fn what_cannot_stand_beside_a_typed_flag_gives_way_to_it() {
    let file = &format!("[defaults]\nready-command = 'check'\n{ALL}ready = 'http://here'\n");
    let ready = |file: &str, words: &[&str]| {
        let settled = settled(words, file).into_iter();
        settled.map(|(key, ..)| key).filter(|key| key.starts_with("ready")).collect::<Vec<_>>()
    };
    assert_eq!(ready(file, &[]), ["ready"]);
    assert_eq!(ready(file, &["--ready-command", "true"]), ["ready-command"]);
    let both = &format!("{ALL}ready = 'a'\nready-command = 'b'\n");
    let error = refused(&[], both);
    assert!(error.what[0].starts_with("here.toml [service.web]: the argument '--ready"), "{error}");
}

#[test]
fn what_a_typed_flag_requires_may_stand_in_the_file() {
    let file = &format!("{ALL}on-failure = 'undo'\n");
    assert_eq!(settled(&["--undo", "back"], file).len(), 4);
}

#[test]
fn a_wrong_value_is_told_with_its_place() {
    let error = refused(&[], &format!("{ALL}on-failure = 'run'\n"));
    assert!(
        error.what[0].starts_with("here.toml [service.web]: invalid value 'run' for '--on-failure"),
        "{error}"
    );
    let error = refused(&[], &format!("[defaults]\non-failure = ''\n{ALL}"));
    assert!(
        error.what[0].starts_with("here.toml [defaults]: a value is required for '--on-failure"),
        "{error}"
    );
    let typed = refused(&["--on-failure", "run"], &format!("{ALL}on-failure = 'undo'\n"));
    assert!(typed.what[0].starts_with("invalid value 'run'"), "{typed}");
}

#[test]
fn every_unknown_key_and_every_wrong_type_is_told_at_once() {
    let file = &format!(
        "[defaults]\nbatsh = 1\n{ALL}settle = 1.5\nstrict = 'yes'\nexclude = [['a']]\nzzz = 1\nformat = 'json'\n"
    );
    let error = refused(&[], file);
    assert_eq!(
        error.what,
        [
            "here.toml [service.web]: exclude lists a list",
            "here.toml [service.web]: settle is a number with a fraction",
            "here.toml [service.web]: strict is a text",
            "here.toml [service.web]: unknown key zzz",
            "here.toml [defaults]: unknown key batsh",
        ]
    );
    for hint in ["did you mean batch ?", "write settle = \"…\"", "write strict = true, or false"]
    {
        assert!(error.hints.iter().any(|one| one == hint), "{error}");
    }
}

#[test]
fn what_no_command_line_could_say_is_refused() {
    for (line, why) in [
        ("exclude = ['a,b']", "exclude has an item that is a list itself: a,b"),
        ("settle = \"a\\u0000\"", "settle has a NUL in it"),
        ("service = 'api'", "unknown key service"),
        ("chair = 'red'", "unknown key chair"),
    ] {
        let error = refused(&[], &format!("{ALL}{line}\n"));
        assert_eq!(error.what, [format!("here.toml [service.web]: {why}")]);
    }
    for (file, why) in [
        ("groups = 'web'\ncommand = './deploy.sh {target}'", "command is a text"),
        ("groups = 'web'\ncommand = ['']", "command names no program"),
        ("groups = ['-web']\ncommand = ['true']", "groups has a flag in it"),
    ] {
        let error = refused(&[], &format!("[service.web]\n{file}\n"));
        assert_eq!(error.what, [format!("here.toml [service.web]: {why}")]);
    }
}

#[test]
fn what_neither_says_is_asked_for_with_where_it_can_stand() {
    let error = refused(&["--", "true"], "[service.web]\n");
    assert!(error.what[0].contains("not provided: <groups>"), "{error}");
    let hint = "or write groups and command below [service.web] of here.toml";
    assert!(error.hints.iter().any(|one| one == hint), "{error}");
}

#[test]
fn without_a_service_no_file_is_read() {
    let read = |words: &[&str]| {
        let words: Vec<_> = ["tool"].iter().chain(words).map(OsString::from).collect();
        parse(&tool(), &words)
    };
    let (_, sources) = read(&["go", "web", "--", "true"]).unwrap();
    assert!(sources.iter().all(|it| !it.source.to_string().contains("toml")));
    read(&["sit", "--chair", "red"]).unwrap();
    let Err(Unread::Refused(error)) = read(&["look", "--config", "/no/such"]) else { panic!() };
    assert_eq!(error.what, ["--config names a file, and no service in it is named"]);
    let Err(Unread::Asked(_)) = read(&["look", "--service", "web", "--help"]) else { panic!() };
    let Err(Unread::Refused(error)) = read(&["go", "--service", "web", "--bach", "1"]) else {
        panic!()
    };
    assert!(error.what[0].contains("'--bach'"), "{error}");
}
