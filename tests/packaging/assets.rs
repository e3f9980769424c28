//! What the Debian package is made of: every file is there, or is made by `packaging/deb.sh`.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::{TOOL, has, manifest, path, said};

/// In place of cargo-deb, which takes minutes to build: a package of nothing, where it is asked for.
const STAND_IN: &str = "#!/bin/sh\nset -eu\nfor last; do :; done\nmkdir -p \"$0.root/DEBIAN\"\n\
    printf 'Package: elb-deploy\\nVersion: 1\\nArchitecture: all\\nMaintainer: A <a@b.invalid>\\n\
    Description: nothing\\n' > \"$0.root/DEBIAN/control\"\nexec dpkg-deb --build \"$0.root\" \"$last\"\n";

/// A target folder after `packaging/deb.sh`, with the tests' binary in place of the released one.
fn made() -> TempDir {
    let target = tempfile::tempdir().unwrap();
    fs::create_dir(target.path().join("release")).unwrap();
    symlink(TOOL, target.path().join("release/elb-deploy")).unwrap();
    let stand_in = target.path().join("cargo-deb");
    fs::write(&stand_in, STAND_IN).unwrap();
    fs::set_permissions(&stand_in, fs::Permissions::from_mode(0o755)).unwrap();
    let mut script = Command::new(path("packaging/deb.sh"));
    said(script.arg(&stand_in).arg(target.path()).arg(target.path().join("dist")));
    target
}

/// The files that the source of an asset stands for: a star is for a part of the last name.
fn files(source: &Path) -> usize {
    let name = source.file_name().unwrap().to_str().unwrap();
    let Some((begin, end)) = name.split_once('*') else { return source.is_file().into() };
    let Ok(entries) = fs::read_dir(source.parent().unwrap()) else { return 0 };
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|it| it.starts_with(begin) && it.ends_with(end)).count()
}

#[test]
fn every_file_of_the_package_is_there_or_is_made() {
    if !has("dpkg-deb", "whether the package can be made") {
        return;
    }
    let target = made();
    let manifest = manifest();
    let assets = manifest["package"]["metadata"]["deb"]["assets"].as_array().unwrap();
    assert!(assets.len() > 8, "{assets:?}");
    for asset in assets {
        let source = asset[0].as_str().unwrap();
        let found = match source.strip_prefix("target/") {
            Some(made) => files(&target.path().join(made)),
            None => files(&path(source)),
        };
        assert!(found > 0, "there is no {source}");
    }
    let pages = files(&target.path().join("release/assets/man/*.1.gz"));
    assert!(pages > 15, "the tool and each of its verbs: {pages}");
}

#[test]
fn the_folders_of_the_package_are_empty_and_the_state_is_for_root_alone() {
    if !has("dpkg-deb", "whether the package has its folders") {
        return;
    }
    let target = made();
    let package = target.path().join("dist/elb-deploy_1_all.deb");
    let listed = said(Command::new("dpkg-deb").arg("--contents").arg(package));
    let modes = |folder: &str| {
        let line = listed.lines().find(|line| line.ends_with(folder)).unwrap().to_owned();
        line.split(' ').take(2).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(modes(" ./var/lib/elb-deploy/"), ["drwx------", "root/root"]);
    assert_eq!(modes(" ./etc/elb-deploy/"), ["drwxr-xr-x", "root/root"]);
    assert!(!listed.lines().any(|line| line.starts_with('-')), "{listed}");
}
