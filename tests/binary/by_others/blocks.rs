//! The blocks of a guide: what is fenced as `sh` is a file of the examples or is run, `sh not-run` marks what
//! needs an account or another machine, and nothing else holds commands.

use std::fs;
use std::path::Path;

use super::{ROOT, program};
use crate::run::Ran;
use crate::stage::Stage;

/// How a line begins that is to be typed.
const TYPED: [&str; 5] = ["elb-deploy ", "aws ", "sudo ", "./", "systemctl "];

/// A page, and the files that it shows.
pub struct Page {
    name: &'static str,
    /// What stands behind each fence, and what is below it.
    blocks: Vec<(String, String)>,
    files: Vec<String>,
}

impl Page {
    pub fn of(name: &'static str, folder: &str) -> Self {
        let text = fs::read_to_string(Path::new(ROOT).join("docs").join(name)).unwrap();
        let parts: Vec<_> = text.split("\n```").skip(1).collect();
        assert!(parts.len().is_multiple_of(2), "{name}: a fence is open");
        let block = |part: &&str| part.split_once('\n').map(|(a, b)| (a.to_owned(), b.to_owned()));
        let blocks = parts.iter().step_by(2).filter_map(block).collect();
        let folder = Path::new(ROOT).join("examples").join(folder);
        let files = fs::read_dir(folder).unwrap();
        let files = files.map(|file| fs::read_to_string(file.unwrap().path()).unwrap()).collect();
        Self { name, blocks, files }
    }

    /// Every file of its folder is shown as it is, and each command is a file, is run, or is marked.
    pub fn shows_everything_as_it_is(&self) {
        for file in &self.files {
            let is_shown = self.blocks.iter().any(|(_, block)| block.trim_end() == file.trim_end());
            assert!(is_shown, "docs/{} does not show: {file}", self.name);
        }
        for (mark, block) in &self.blocks {
            let is_typed = block.lines().any(|line| TYPED.iter().any(|it| line.starts_with(it)));
            let is_told = mark == "sh" || mark == "sh not-run" || self.is_file(block);
            assert!(!is_typed || is_told, "docs/{}: not marked: {block}", self.name);
        }
    }

    fn is_file(&self, block: &str) -> bool {
        self.files.iter().any(|file| file.trim_end() == block.trim_end())
    }

    /// The blocks that are to be run, in order.
    fn to_run(&self) -> impl Iterator<Item = &str> {
        let marked =
            self.blocks.iter().filter(|(mark, block)| mark == "sh" && !self.is_file(block));
        marked.map(|(_, block)| block.as_str())
    }

    /// Runs all of them, with something of this stage in the place of what the page could not know.
    pub async fn run(&self, stage: &Stage, (foreign, own): (&str, &str)) -> Vec<Ran> {
        let mut all = Vec::new();
        for block in self.to_run() {
            let block =
                if foreign.is_empty() { block.to_owned() } else { block.replace(foreign, own) };
            all.push(Ran::of(program(stage, "sh", &["-euc", &block])).await);
        }
        all
    }
}
