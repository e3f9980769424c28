//! The package in an empty root, and what is released beside it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use serde_json::Value;

use crate::archive::{Root, dist, released};
use crate::{manifest, said};

/// 20 MB, as it is promised.
const LARGEST: u64 = 20_000_000;

const LICENSED: [&str; 2] = ["aws-sdk-elasticloadbalancingv2", "ring"];

fn version() -> String {
    manifest()["package"]["version"].as_str().unwrap().to_owned()
}

#[test]
#[ignore = "needs `make dist`: run `make dist-test`"]
fn the_checksums_are_of_everything_that_is_released_and_are_right() {
    let sums = fs::read_to_string(released("SHA256SUMS")).unwrap();
    said(Command::new("sha256sum").args(["--check", "--strict", "SHA256SUMS"]).current_dir(dist()));
    let files = fs::read_dir(dist()).unwrap().map(|it| it.unwrap().file_name());
    let mut names: Vec<_> = files.map(|name| name.into_string().unwrap()).collect();
    names.retain(|name| name != "SHA256SUMS");
    names.sort();
    let mut summed: Vec<_> = sums.lines().map(|line| line.split_once("  ").unwrap().1).collect();
    summed.sort_unstable();
    assert_eq!(summed, names);
}

#[test]
#[ignore = "needs `make dist`: run `make dist-test`"]
fn the_binary_is_small_and_says_its_version() {
    let root = Root::installed();
    let binary = root.path("usr/bin/elb-deploy");
    let size = fs::metadata(&binary).unwrap().len();
    assert!(size < LARGEST, "{size} bytes");
    let told = said(Command::new(&binary).arg("--version"));
    assert_eq!(told, format!("elb-deploy {}\n", version()));
    let alone = said(
        Command::new(released(&format!("-linux-{}", std::env::consts::ARCH))).arg("--version"),
    );
    assert_eq!(alone, told);
}

#[test]
#[ignore = "needs `make dist`: run `make dist-test`"]
fn an_empty_root_has_everything_in_its_place_after_the_installation() {
    let root = Root::installed();
    let files = root.files();
    for file in [
        "etc/elb-deploy",
        "usr/bin/elb-deploy",
        "usr/lib/systemd/system/elb-deploy-roll@.service",
        "usr/lib/systemd/system/elb-deploy-roll@.timer",
        "usr/share/bash-completion/completions/elb-deploy",
        "usr/share/doc/elb-deploy/README.md",
        "usr/share/doc/elb-deploy/copyright",
        "usr/share/doc/elb-deploy/docs/elb-deploy.toml",
        "usr/share/fish/vendor_completions.d/elb-deploy.fish",
        "usr/share/man/man1/elb-deploy-wait-in-service.1.gz",
        "usr/share/man/man1/elb-deploy.1.gz",
        "usr/share/zsh/vendor-completions/_elb-deploy",
        "var/lib/elb-deploy",
    ] {
        assert!(files.iter().any(|it| it == file), "{file} is missing: {files:#?}");
    }
    let places = ["etc/elb-deploy", "usr/", "var/lib/elb-deploy"];
    let strange = files.iter().find(|file| !places.iter().any(|place| file.starts_with(place)));
    assert_eq!(strange, None);
    let mode = |name: &str| fs::metadata(root.path(name)).unwrap().permissions().mode() & 0o7777;
    assert_eq!(mode("var/lib/elb-deploy"), 0o700);
    assert_eq!(mode("usr/bin/elb-deploy"), 0o755);
    let page = root.path("usr/share/man/man1/elb-deploy.1.gz");
    let page = said(Command::new("gzip").args(["--decompress", "--stdout"]).arg(page));
    assert!(page.contains(&version()), "{page}");
    let needs = said(Command::new("dpkg-deb").arg("--field").arg(released(".deb")).arg("Depends"));
    assert!(needs.contains("libc6 (>= "), "{needs}");
}

/// As short as in the tests of the demo itself.
#[test]
#[ignore = "needs `make dist`: run `make dist-test`"]
fn the_demo_loses_no_request_when_it_is_run_from_the_installation() {
    let root = Root::installed();
    let mut demo = Command::new(root.path("usr/bin/elb-deploy"));
    demo.args(["lab", "demo", "--requests", "100", "--rate", "50"]);
    let shown = said(demo.env_clear().env("PATH", "/usr/bin:/bin").current_dir("/"));
    assert!(shown.contains("4 targets done"), "{shown}");
}

/// What is out of service is known there alone.
#[test]
#[ignore = "needs `make dist`: run `make dist-test`"]
fn journals_outlive_the_package() {
    let root = Root::installed();
    let journal = root.path("var/lib/elb-deploy/runs/a/journal.ndjson");
    fs::create_dir_all(journal.parent().unwrap()).unwrap();
    fs::write(&journal, "{}\n").unwrap();
    said(root.dpkg().args(["--purge", "elb-deploy"]));
    assert_eq!(root.files(), ["var/lib/elb-deploy/runs/a/journal.ndjson"]);
}

#[test]
#[ignore = "needs `make dist`: run `make dist-test`"]
fn the_bill_of_materials_names_what_is_in_the_binary_with_its_licence() {
    let bill: Value = serde_json::from_slice(&fs::read(released(".cdx.json")).unwrap()).unwrap();
    assert_eq!(bill["bomFormat"], "CycloneDX");
    assert_eq!(bill["metadata"]["component"]["name"], "elb-deploy");
    let components = bill["components"].as_array().unwrap();
    for name in LICENSED {
        let found = components.iter().find(|it| it["name"] == name).unwrap();
        let licence = found["licenses"][0]["expression"].as_str().unwrap();
        assert!(licence.contains("Apache-2.0"), "{found:#}");
    }
    let tests_own = components.iter().any(|it| it["name"] == "proptest" || it["name"] == "insta");
    assert!(!tests_own, "what only the tests use is not in the binary");
}
