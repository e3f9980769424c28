//! What starts the tool beside people: timers, cron and pipelines, as the guides in docs/ have them. Their files
//! run as they stand in examples/, against the lab.

mod blocks;
mod github;
mod jenkins;
mod jenkinsfile;
mod scheduled;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process;

use tokio::process::Command;

use self::blocks::Page;
use crate::stage::{A, B, Stage, TOOL};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// A file of the examples as it stands.
fn example(path: &str) -> String {
    fs::read_to_string(Path::new(ROOT).join("examples").join(path)).unwrap()
}

/// Copies a folder of the examples to where a stage's commands find it.
fn unpack(stage: &Stage, folder: &str) -> PathBuf {
    let from = Path::new(ROOT).join("examples").join(folder);
    let copied = process::Command::new("cp").arg("-a").arg(from).arg(stage.path("")).status();
    assert!(copied.unwrap().success());
    stage.path(folder)
}

/// A program in a stage's environment, with the tool by its name and short times.
fn program(stage: &Stage, program: impl AsRef<Path>, args: &[&str]) -> Command {
    let bin = stage.path("bin");
    if !bin.exists() {
        fs::create_dir(&bin).unwrap();
        symlink(TOOL, bin.join("elb-deploy")).unwrap();
    }
    let environment = stage.tool(&[]);
    let mut command = Command::new(program.as_ref());
    command.args(args).env_clear().current_dir(stage.path("")).kill_on_drop(true);
    let set = environment.as_std().get_envs();
    command.envs(set.filter_map(|(name, value)| Some((name, value?))));
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    command.env("PATH", path).env("ELB_DEPLOY_SETTLE", "1s");
    command
}

/// The blocks of these pages: after a machine was lost in the middle of a target, and is back.
async fn lost_and_found(page: &Page) {
    let stage = Stage::of(2).await;
    stage.deploying(&[]).await.kill().await;
    stage.until_let_go().await;
    let [found] = &page.run(&stage, ("", "")).await[..] else { panic!("other blocks") };
    found.ended(0);
    stage.until_in_service("web", &[A, B]).await;
}

/// Whether a program of the system is there.
fn has(program: &str) -> bool {
    std::env::split_paths(&std::env::var_os("PATH").unwrap())
        .any(|folder| folder.join(program).is_file())
}
