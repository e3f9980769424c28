//! The examples of docs/flip.md as they stand in the repository, with stand-ins for what they start.

mod files;
mod scripts;

use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process;

use tokio::process::Command;

use super::{BLUE, GREEN, Site};
use crate::run::{Ran, Running};
use crate::stage::{A, TOOL, group};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const FLIP: &str = "flip.sh";

struct Example {
    site: Site,
    folder: &'static str,
    /// Options of the sample service.
    app: &'static str,
}

impl Example {
    async fn of(folder: &'static str) -> Self {
        Self::with(folder, group("web", 8080, &[])).await
    }

    async fn with(folder: &'static str, group: String) -> Self {
        let site = Site::with(&["web"], group).await;
        let examples = Path::new(ROOT).join("examples/flip");
        for from in fs::read_dir(examples).unwrap() {
            let mut copy = process::Command::new("cp");
            copy.arg("-a").arg(from.unwrap().path()).arg(site.stage.path(""));
            assert!(copy.status().unwrap().success());
        }
        fs::create_dir(site.stage.path("bin")).unwrap();
        fs::create_dir(site.stage.path("jars")).unwrap();
        symlink(TOOL, site.stage.path("bin/elb-deploy")).unwrap();
        Self { site, folder, app: "" }
    }

    /// A file of its folder.
    fn path(&self, name: &str) -> PathBuf {
        self.site.stage.path(self.folder).join(name)
    }

    /// A program where the example stands, in an environment that names no release.
    fn command(&self, program: impl AsRef<Path>, args: &[&str]) -> Command {
        let stand_ins = Path::new(ROOT).join("tests/binary/flip/stand-ins");
        let before = std::env::var("PATH").unwrap();
        let own = self.site.stage.path("bin");
        let path = format!("{}:{}:{before}", own.display(), stand_ins.display());
        let environment = self.site.stage.on(A, &[]);
        let mut command = Command::new(program.as_ref());
        command.args(args).env_clear().current_dir(self.path(""));
        let set = environment.as_std().get_envs();
        command.envs(set.filter_map(|(name, value)| Some((name, value?))));
        command.env("PATH", path).env("HOST", self.site.host.to_string()).env("APP", self.app);
        command.env("JARS", self.site.stage.path("jars"));
        command
    }

    /// A script of it with short times, which deploys this version: as a jar or as an image.
    fn deploying(&self, script: &str, version: &str, more: &[&str]) -> Command {
        let jar = self.site.stage.path("new.jar");
        fs::write(&jar, version).unwrap();
        let args = [&["--settle", "1s"], more].concat();
        let mut command = self.command(self.path(script), &args);
        command.env("JAR", jar).env("IMAGE", format!("shop:{version}"));
        command
    }

    async fn deploy(&self, script: &str, version: &str) -> Ran {
        Ran::of(self.deploying(script, version, &[])).await
    }

    /// It serves on one of the two ports, in this version, and nothing runs on the other one.
    async fn serves(&self, version: &str, live: u16) {
        self.site.serves(live).await;
        assert_eq!(self.site.version(live).await, version);
        let idle = if live == BLUE { GREEN } else { BLUE };
        assert!(!self.site.listens(idle), "{version}");
    }

    /// Three flips in a row, each of which leaves one port.
    async fn flips(&self) {
        for (version, live) in [("v1", BLUE), ("v2", GREEN), ("v3", BLUE)] {
            self.deploy(FLIP, version).await.ended(0);
            self.serves(version, live).await;
        }
    }

    /// A flip that dies while its release starts is gone on with by who knows nothing of that release.
    async fn is_resumed(&self) {
        self.deploy(FLIP, "v1").await.ended(0);
        fs::write(self.site.stage.path("hold"), "").unwrap();
        let mut flip = Running::start(self.deploying(FLIP, "v42", &[]));
        flip.until("start             started").await;
        flip.kill().await;
        fs::remove_file(self.site.stage.path("hold")).unwrap();
        self.site.stage.until_let_go().await;
        Ran::of(self.command(TOOL, &["resume"])).await.ended(0);
        self.serves("v42", GREEN).await;
    }
}

/// What a test starts and does not flip away ends with it.
impl Drop for Example {
    fn drop(&mut self) {
        for port in [BLUE, GREEN] {
            let pid = self.site.stage.path(&format!("nohup/shop-{port}.pid"));
            fs::rename(pid, self.site.stage.path(&format!("shop-{port}.pid"))).ok();
        }
    }
}

#[tokio::test]
async fn a_jar_under_nohup_of_which_each_port_has_its_own() {
    let example = Example::of("nohup").await;
    example.deploy(FLIP, "v1").await.ended(0);
    let mut first = File::open(example.path("shop-8081.jar")).unwrap();
    for (version, live) in [("v2", GREEN), ("v3", BLUE)] {
        example.deploy(FLIP, version).await.ended(0);
        example.serves(version, live).await;
    }
    let mut read = String::new();
    first.read_to_string(&mut read).unwrap();
    assert_eq!(read, "v1", "what a process had open was written over");
}

#[tokio::test]
async fn a_service_of_systemd_with_two_profiles() {
    let example = Example::of("systemd").await;
    example.flips().await;
    let ran = fs::read_to_string(example.site.stage.path("java")).unwrap();
    for (line, profile) in ran.lines().zip(["blue", "green", "blue"]) {
        assert!(line.contains(&format!("--spring.profiles.active={profile} ")), "{line}");
    }
    assert_eq!(ran.lines().count(), 3);
}

#[tokio::test]
async fn two_containers() {
    Example::of("docker").await.flips().await;
}

#[tokio::test]
async fn a_container_is_started_from_the_image_that_the_flip_began_with() {
    Example::of("docker").await.is_resumed().await;
}

#[tokio::test]
async fn two_projects_of_compose_with_a_check_of_their_own() {
    let example = Example::of("compose").await;
    example.flips().await;
    let limit = ["--ready-timeout", "2s", "--ready-interval", "100ms"];
    let ran = Ran::of(example.deploying(FLIP, "sick", &limit)).await;
    ran.ended(4);
    ran.says("await ready failed");
    example.serves("v3", BLUE).await;
}

#[tokio::test]
async fn a_project_of_compose_is_started_from_the_image_that_the_flip_began_with() {
    Example::of("compose").await.is_resumed().await;
}

#[tokio::test]
async fn a_health_path_that_answers_401() {
    let group =
        group("web", 8080, &[]).replace("path = '/health'", "path = '/health', matcher = '401'");
    let mut example = Example::with("health-401", group).await;
    example.app = "--unhealthy-status 401";
    for (version, live) in [("v1", BLUE), ("v2", GREEN)] {
        example.deploy(FLIP, version).await.ended(0);
        example.serves(version, live).await;
    }
}

#[tokio::test]
async fn from_an_upstream_of_nginx() {
    let mut example = Example::of("from-nginx").await;
    let host = example.site.host;
    // nginx, and the release to which it forwards.
    example.site.stage.boot(A, host, 8080, &[]);
    example.site.stage.boot(A, host, BLUE, &[]);
    example.site.stage.put_back("web", A, 8080).await;
    example.deploy("migrate.sh", "v2").await.ended(0);
    example.site.serves(GREEN).await;
    assert!(example.site.listens(8080) && example.site.listens(BLUE), "left running");
    example.folder = "nohup";
    let refused = example.deploy(FLIP, "v3").await;
    refused.is_refusal(3, "something listens on port 8081", "ss -ltnp");
    let old = fs::read_to_string(example.site.stage.path(&format!("{A}-{BLUE}.pid"))).unwrap();
    let stopped = process::Command::new("kill").arg(old.trim()).status().unwrap();
    assert!(stopped.success());
    while example.site.listens(BLUE) {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    example.deploy(FLIP, "v3").await.ended(0);
    example.serves("v3", BLUE).await;
}
