//! A guide: its blocks, and the commands in them run against the lab in the order of the page.
//!
//! What is fenced as `sh` is a file of examples/ or is run by a test; `sh not-run` needs an account, another
//! machine or a person; everything else is no command.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use crate::run::Ran;
use crate::stage::{Stage, TOOL};

pub const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const NOT_RUN: &str = "sh not-run";
/// How a line begins that is to be typed.
const COMMANDS: [&str; 6] = ["elb-deploy ", "aws ", "sudo ", "curl ", "./", "systemctl "];

pub struct Page {
    name: &'static str,
    text: String,
    /// What stands behind each fence, and what is between it and the next one.
    blocks: Vec<(String, String)>,
    read: usize,
}

impl Page {
    pub fn of(name: &'static str) -> Self {
        let text = fs::read_to_string(Path::new(ROOT).join("docs").join(name)).unwrap();
        let mut parts = text.split("\n```").skip(1);
        let mut blocks = Vec::new();
        while let Some(part) = parts.next() {
            let (marked, block) = part.split_once('\n').unwrap();
            blocks.push((marked.to_owned(), block.to_owned()));
            parts.next().unwrap_or_else(|| panic!("{name}: a fence is open: {block}"));
        }
        Self { name, text, blocks, read: 0 }
    }

    /// Whether a block shows this file as it is.
    pub fn shows(&self, file: &str) -> bool {
        self.blocks.iter().any(|(_, block)| block.trim_end() == file.trim_end())
    }

    /// These words stand on it.
    #[track_caller]
    pub fn tells(&self, words: &str) {
        assert!(self.text.contains(words), "{} does not tell {words}", self.name);
    }

    /// The first block that has this in it.
    pub fn block(&self, has: &str) -> &str {
        &self.blocks.iter().find(|(_, text)| text.contains(has)).unwrap().1
    }

    /// Every script on the page is one of these files, and nothing else looks like a command.
    pub fn hides_no_command(&self, files: &[String]) {
        for (marked, block) in &self.blocks {
            let is_file = files.iter().any(|file| file.trim_end() == block.trim_end());
            let is_script = block.starts_with("#!");
            assert!(!is_script || is_file, "{}: no file of the examples: {block}", self.name);
            let types = |line: &str| COMMANDS.iter().any(|command| line.starts_with(command));
            let is_typed = block.lines().any(types);
            let is_told = marked == "sh" || marked == NOT_RUN || is_file;
            assert!(!is_typed || is_told, "{}: not marked: {block}", self.name);
        }
    }

    /// The next block of commands, which has this in it.
    fn next(&mut self, has: &str) -> String {
        let unread = self.blocks.iter().enumerate().skip(self.read);
        let mut typed =
            unread.filter(|(_, (marked, text))| marked == "sh" && !text.starts_with("#!"));
        let (at, (_, text)) =
            typed.next().unwrap_or_else(|| panic!("{}: no more: {has}", self.name));
        assert!(text.contains(has), "{}: {has:?} is not in the next block: {text}", self.name);
        self.read = at + 1;
        text.clone()
    }

    /// Runs the next block as it stands, on an instance.
    pub async fn run(&mut self, stage: &Stage, on: &str, has: &str) -> Ran {
        Ran::of(shell(stage, on, &self.next(has))).await
    }

    /// Each block of commands has been run.
    pub fn is_through(&self) {
        let mut unread = self.blocks[self.read..].iter();
        let left = unread.find(|(marked, text)| marked == "sh" && !text.starts_with("#!"));
        assert!(left.is_none(), "{}: nobody runs {left:?}", self.name);
    }
}

/// A shell on an instance, which finds the tool by its name.
pub fn shell(stage: &Stage, on: &str, text: &str) -> tokio::process::Command {
    let bin = stage.path("bin");
    if !bin.exists() {
        fs::create_dir(&bin).unwrap();
        symlink(TOOL, bin.join("elb-deploy")).unwrap();
    }
    let environment = stage.on(on, &[]);
    let mut shell = tokio::process::Command::new("sh");
    shell.args(["-euc", text]).env_clear().current_dir(stage.path(""));
    let set = environment.as_std().get_envs();
    shell.envs(set.filter_map(|(name, value)| Some((name, value?))));
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    shell.env("PATH", path).env("ELB_DEPLOY_SETTLE", "1s");
    shell
}

/// Every file below a folder of examples.
pub fn examples(folder: &str) -> Vec<(String, String)> {
    let folder = Path::new(ROOT).join("examples").join(folder);
    let found = Command::new("find").arg(&folder).args(["-type", "f"]).output().unwrap();
    let found = String::from_utf8(found.stdout).unwrap();
    found.lines().map(|path| (path.to_owned(), fs::read_to_string(path).unwrap())).collect()
}
