//! What `make dist` has made, and the package of it in a root of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::said;

/// The folder that `make dist` has filled.
pub fn dist() -> PathBuf {
    std::env::var_os("ELB_DEPLOY_DIST").expect("run `make dist-test`, after `make dist`").into()
}

/// The only file there with such an ending.
pub fn released(end: &str) -> PathBuf {
    let entries = fs::read_dir(dist()).unwrap_or_else(|error| panic!("run `make dist`: {error}"));
    let paths = entries.map(|entry| entry.unwrap().path());
    let found: Vec<_> = paths.filter(|path| path.to_str().unwrap().ends_with(end)).collect();
    assert_eq!(found.len(), 1, "{end}: {found:?}");
    found[0].clone()
}

/// An empty root with a package database, in which nothing but this package is installed.
pub struct Root(TempDir);

impl Root {
    pub fn installed() -> Self {
        let root = tempfile::tempdir().unwrap();
        for folder in ["info", "updates"] {
            fs::create_dir_all(root.path().join("var/lib/dpkg").join(folder)).unwrap();
        }
        fs::write(root.path().join("var/lib/dpkg/status"), "").unwrap();
        let root = Self(root);
        // The C library that it depends on is the machine's own.
        said(root.dpkg().args(["--force-depends", "--install"]).arg(released(".deb")));
        root
    }

    /// In a namespace in which whoever runs the tests is root: files of a package belong to root.
    pub fn dpkg(&self) -> Command {
        let mut dpkg = Command::new("unshare");
        dpkg.args(["--map-root-user", "dpkg", "--root"]).arg(self.0.path());
        dpkg.env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        dpkg
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// All files and empty folders, but for the package database.
    pub fn files(&self) -> Vec<String> {
        let mut found = Vec::new();
        collect(self.0.path(), &mut found);
        let names = found.iter().map(|path| path.strip_prefix(self.0.path()).unwrap());
        let names = names.filter(|name| !name.starts_with("var/lib/dpkg"));
        let mut names: Vec<_> = names.map(|name| name.to_str().unwrap().to_owned()).collect();
        names.sort();
        names
    }
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    let entries: Vec<_> = fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()).collect();
    if entries.is_empty() {
        found.push(folder.to_owned());
    }
    for path in entries {
        if path.is_dir() { collect(&path, found) } else { found.push(path) }
    }
}
