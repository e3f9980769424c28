//! The examples of docs/flip.md as they stand in the repository, with stand-ins for what they start.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use super::{BLUE, GREEN, Site};
use crate::run::Ran;
use crate::stage::{A, TOOL, group};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const DOC: &str = include_str!("../../../docs/flip.md");

struct Example {
    site: Site,
    folder: &'static str,
}

impl Example {
    async fn of(folder: &'static str) -> Self {
        Self::with(folder, group("web", 8080, &[])).await
    }

    async fn with(folder: &'static str, group: String) -> Self {
        let site = Site::with(&["web"], group).await;
        let examples = Path::new(ROOT).join("examples/flip");
        for from in fs::read_dir(examples).unwrap() {
            let mut copy = Command::new("cp");
            copy.arg("-a").arg(from.unwrap().path()).arg(site.stage.path(""));
            assert!(copy.status().unwrap().success());
        }
        fs::create_dir(site.stage.path("bin")).unwrap();
        symlink(TOOL, site.stage.path("bin/elb-deploy")).unwrap();
        Self { site, folder }
    }

    /// Runs a script of it with short times; what it starts is the sample service with these options.
    async fn run(&self, script: &str, app: &str) -> Ran {
        let stand_ins = Path::new(ROOT).join("tests/binary/flip/stand-ins");
        let before = std::env::var("PATH").unwrap();
        let own = self.site.stage.path("bin");
        let path = format!("{}:{}:{before}", own.display(), stand_ins.display());
        let environment = self.site.stage.on(A, &[]);
        let mut command =
            tokio::process::Command::new(self.site.stage.path(self.folder).join(script));
        command.args(["--settle", "1s"]).env_clear().current_dir(self.site.stage.path(""));
        let set = environment.as_std().get_envs();
        command.envs(set.filter_map(|(name, value)| Some((name, value?))));
        command.env("PATH", path).env("HOST", self.site.host.to_string()).env("APP", app);
        Ran::of(command).await
    }

    /// Three flips in a row, each of which leaves one port.
    async fn flips(&self) {
        for (version, live, idle) in [("v1", BLUE, GREEN), ("v2", GREEN, BLUE), ("v3", BLUE, GREEN)]
        {
            self.run("flip.sh", &format!("--app-version {version}")).await.ended(0);
            self.site.serves(live).await;
            assert_eq!(self.site.version(live).await, version);
            assert!(!self.site.listens(idle), "{version}");
        }
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
async fn a_jar_under_nohup() {
    Example::of("nohup").await.flips().await;
}

#[tokio::test]
async fn a_service_of_systemd_with_two_profiles() {
    Example::of("systemd").await.flips().await;
}

#[tokio::test]
async fn two_containers() {
    Example::of("docker").await.flips().await;
}

#[tokio::test]
async fn two_projects_of_compose_with_a_check_of_their_own() {
    Example::of("compose").await.flips().await;
}

#[tokio::test]
async fn a_health_path_that_answers_401() {
    let group =
        group("web", 8080, &[]).replace("path = '/health'", "path = '/health', matcher = '401'");
    let example = Example::with("health-401", group).await;
    for port in [BLUE, GREEN] {
        example.run("flip.sh", "--unhealthy-status 401").await.ended(0);
        example.site.serves(port).await;
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
    example.run("migrate.sh", "--app-version v2").await.ended(0);
    example.site.serves(GREEN).await;
    assert!(example.site.listens(8080) && example.site.listens(BLUE), "left running");
    example.folder = "nohup";
    let refused = example.run("flip.sh", "").await;
    refused.is_refusal(3, "something listens on port 8081", "ss -ltnp");
    let old = fs::read_to_string(example.site.stage.path(&format!("{A}-{BLUE}.pid"))).unwrap();
    let stopped = Command::new("kill").arg(old.trim()).status().unwrap();
    assert!(stopped.success());
    while example.site.listens(BLUE) {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    example.run("flip.sh", "--app-version v3").await.ended(0);
    example.site.serves(BLUE).await;
}

#[test]
fn the_page_shows_the_scripts_as_they_are() {
    for folder in fs::read_dir(Path::new(ROOT).join("examples/flip")).unwrap() {
        for file in fs::read_dir(folder.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            let text = fs::read_to_string(&path).unwrap();
            assert!(DOC.contains(text.trim_end()), "docs/flip.md does not show {}", path.display());
        }
    }
}
