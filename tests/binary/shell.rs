//! Completions and manual pages: from the definitions of the command line, and nothing else.

use std::collections::BTreeSet;
use std::fs;
use std::process::{Command, Stdio};

use clap::CommandFactory;
use elb_deploy::cli::Cli;

use crate::run::{Ran, Running};
use crate::stage::bare;

const SHELLS: [&str; 5] = ["bash", "elvish", "fish", "powershell", "zsh"];

async fn ran(args: &[&str]) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    Ran::of(bare(folder.path(), args)).await
}

fn verbs(command: &clap::Command) -> Vec<clap::Command> {
    let below = command.get_subcommands().filter(|verb| verb.get_name() != "help");
    below.flat_map(|verb| [verb.clone()].into_iter().chain(verbs(verb))).collect()
}

#[tokio::test]
async fn every_shell_is_told_every_verb_and_flag() {
    for shell in SHELLS {
        let ran = ran(&["completions", shell]).await;
        ran.ended(0);
        assert_eq!(ran.stderr, "");
        for verb in verbs(&Cli::command()) {
            assert!(ran.stdout.contains(verb.get_name()), "{shell}: {}", verb.get_name());
            for flag in verb.get_arguments().filter_map(|argument| argument.get_long()) {
                assert!(ran.stdout.contains(flag), "{shell}: {} --{flag}", verb.get_name());
            }
        }
    }
}

#[tokio::test]
async fn bash_takes_the_script_and_completes_a_verb() {
    let script = ran(&["completions", "bash"]).await.stdout;
    let asked = "COMP_WORDS=(elb-deploy re) COMP_CWORD=1; _elb__deploy elb-deploy re elb-deploy; \
                 echo \"${COMPREPLY[@]}\"";
    let bash = Command::new("bash").args(["-c", &format!("{script}\n{asked}")]).output().unwrap();
    let said = String::from_utf8(bash.stdout).unwrap();
    assert_eq!(said.trim(), "restore resume", "{}", String::from_utf8_lossy(&bash.stderr));
}

#[tokio::test]
async fn an_unknown_shell_or_verb_is_refused_with_those_there_are() {
    ran(&["completions", "tcsh"]).await.is_refusal(2, "invalid value 'tcsh'", "--help");
    ran(&["man", "drian"]).await.is_refusal(
        2,
        "there is no verb 'drian'",
        "roll, plan, drain, restore",
    );
    let both = ran(&["man", "drain", "--dir", "here"]).await;
    both.is_refusal(2, "cannot be used with", "--help");
}

#[tokio::test]
async fn a_page_names_its_verb_its_flags_and_their_variables() {
    let page = ran(&["man", "wait", "in-service"]).await;
    page.ended(0);
    for part in [
        ".TH elb-deploy-wait-in-service 1",
        concat!("elb-deploy ", env!("CARGO_PKG_VERSION")),
        "\\-\\-slow\\-start",
        "ELB_DEPLOY_WAIT_TIMEOUT",
        "Ends with 5 if a target is not in service",
    ] {
        assert!(page.stdout.contains(part), "{part} is not in\n{}", page.stdout);
    }
    let whole = ran(&["man"]).await.stdout;
    assert!(whole.contains("elb\\-deploy\\-drain(1)"), "{whole}");
    assert!(whole.contains("halted; targets are out of service, and named"), "{whole}");
}

#[tokio::test]
async fn every_verb_has_a_page_in_the_folder_that_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let pages = folder.path().join("share/man1");
    ran(&["man", "--dir", pages.to_str().unwrap()]).await.ended(0);
    let found: BTreeSet<_> = fs::read_dir(&pages)
        .unwrap()
        .map(|page| page.unwrap().file_name().into_string().unwrap())
        .collect();
    let mut command = Cli::command();
    command.build();
    let all = [command.clone()].into_iter().chain(verbs(&command));
    let expected: BTreeSet<_> =
        all.map(|it| format!("{}.1", it.get_display_name().unwrap_or("elb-deploy"))).collect();
    assert_eq!(found, expected);
    let refused = ran(&["man", "--dir", "/dev/null/pages"]).await;
    refused.is_refusal(1, "failed to make /dev/null/pages: ", "that you can write to");
}

/// A value may be a secret, and pages are packaged.
#[tokio::test]
async fn neither_tells_what_stands_in_an_environment_variable() {
    let folder = tempfile::tempdir().unwrap();
    for args in [&["man", "drain"][..], &["completions", "zsh"]] {
        let mut tool = bare(folder.path(), args);
        tool.env("ELB_DEPLOY_ENDPOINT_URL", "http://hush").env("ELB_DEPLOY_REASON", "hush");
        let ran = Ran::of(tool).await;
        ran.ended(0);
        assert!(!ran.stdout.contains("hush"), "{}", ran.stdout);
    }
}

#[tokio::test]
async fn a_reader_that_has_enough_is_no_error() {
    let folder = tempfile::tempdir().unwrap();
    for args in [&["completions", "bash"][..], &["man", "roll"]] {
        let mut tool = bare(folder.path(), args);
        tool.stdin(Stdio::null());
        assert_eq!(Running::start(tool).close_readers().await, 0, "{args:?}");
    }
}
