//! The examples of docs/codedeploy.md under an agent that runs their hooks as that of CodeDeploy does.

mod agent;
mod appspec;
mod files;
mod interrupted;
mod one_at_a_time;
mod sample_scripts;
mod traffic;

use std::fs;
use std::net::IpAddr;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process;

use elb_deploy::journal;
use tokio::process::Command;

use self::agent::Agent;
use super::page::{Page, ROOT};
use crate::bench::fresh_host;
use crate::stage::{A, B, Stage, TOOL, balancer, group, instance};

const FIRST: &str = "without-traffic-control";

/// [`A`], on which the hooks run, registered in all groups with nothing behind it yet; and others that serve.
struct Site {
    stage: Stage,
    host: IpAddr,
}

impl Site {
    async fn of(others: &[&str]) -> Self {
        let hosts: Vec<_> = others.iter().map(|id| (*id, fresh_host())).collect();
        let host = fresh_host();
        let ids = [&[A], others].concat();
        let instances = [&[(A, host)], &hosts[..]].concat();
        let fleet: String = instances.iter().map(|(id, at)| instance(id, "lab-1a", *at)).collect();
        let fleet = fleet + &group("web", 8080, &ids) + &balancer(&["web"]);
        let services: Vec<_> = hosts.iter().map(|(_, at)| (*at, 8080)).collect();
        let stage = Stage::around(&fleet, &services, &["web"], others.len()).await;
        fs::write(stage.path(&format!("{A}.address")), host.to_string()).unwrap();
        fs::create_dir(stage.path("bin")).unwrap();
        symlink(TOOL, stage.path("bin/elb-deploy")).unwrap();
        Self { stage, host }
    }

    /// A revision: the examples of these folders, one laid over the other, and a release.
    fn revision(&self, name: &str, folders: &[&str], version: &str) -> std::path::PathBuf {
        let revision = self.stage.path(name);
        fs::create_dir_all(revision.join("shop")).unwrap();
        for folder in folders {
            let from = Path::new(ROOT).join("examples/codedeploy").join(folder).join(".");
            let copied = process::Command::new("cp").arg("-a").arg(from).arg(&revision).status();
            assert!(copied.unwrap().success());
        }
        fs::write(revision.join("shop/version"), version).unwrap();
        revision
    }

    /// A program with what the agent's own environment has: no home, no user.
    fn command(&self, program: &Path) -> Command {
        let stand_ins = Path::new(ROOT).join("tests/binary/guides/codedeploy/stand-ins");
        let bin = self.stage.path("bin");
        let before = std::env::var("PATH").unwrap();
        let path = format!("{}:{}:{before}", stand_ins.display(), bin.display());
        let environment = self.stage.on(A, &[]);
        let mut command = Command::new(program);
        let set = environment.as_std().get_envs();
        command.env_clear().envs(set.filter_map(|(name, value)| Some((name, value?))));
        command.env_remove("HOME").env_remove("USER").env("ELB_DEPLOY_SETTLE", "1s");
        command.env("PATH", path).env("HOST", self.host.to_string());
        command
    }

    /// All are registered as at the beginning and serve, [`A`] in this version, and nothing is held out.
    async fn serves(&self, version: &str, ids: &[&str]) {
        let places: Vec<_> = self.stage.registrations("web");
        let places: Vec<_> = places.iter().map(|(id, port, _)| (id.as_str(), *port)).collect();
        assert_eq!(places, ids.iter().map(|id| (*id, 8080)).collect::<Vec<_>>());
        self.stage.until_in_service("web", ids).await;
        assert_eq!(self.stage.version(A, 8080).await, version);
        if !self.stage.runs().is_empty() {
            self.stage.run(&["restore"]).await.says("there is nothing to restore");
        }
    }
}

#[tokio::test]
async fn a_first_deploy_and_a_second_one_take_the_instance_out_and_put_it_back_as_it_was() {
    let site = Site::of(&[B]).await;
    let mut agent = Agent::of(&site);
    for version in ["v1", "v2"] {
        let revision = site.revision(version, &[FIRST], version);
        assert_eq!(agent.deploy(&revision).await, Ok(()));
        site.serves(version, &[A, B]).await;
    }
    let once = ["BeforeInstall drain.sh", "BeforeInstall stop.sh"];
    let once = [&once[..], &["ApplicationStart start.sh", "ValidateService restore.sh"]].concat();
    assert_eq!(agent.ran, [&once[..], &once].concat());
    let runs = site.stage.runs().into_iter();
    let headers = runs.map(|(_, run)| journal::read(&run.journal()).unwrap().header);
    let reasons: Vec<_> = headers.filter_map(|header| header.reason).collect();
    let reason = |deployment: &str| format!("CodeDeploy {deployment} of shop");
    assert_eq!(reasons, [reason("d-000000001"), reason("d-000000002")]);
}

#[tokio::test]
async fn a_release_that_does_not_start_stays_out_and_the_deploy_that_rolls_back_puts_it_back() {
    let site = Site::of(&[B]).await;
    let mut agent = Agent::of(&site);
    let good = site.revision("v1", &[FIRST], "v1");
    agent.deploy(&good).await.unwrap();
    let bad = site.revision("v2", &[FIRST], "broken");
    assert_eq!(agent.deploy(&bad).await, Err("start.sh".to_owned()));
    site.stage.until_in_service("web", &[B]).await;
    assert_eq!(site.stage.registrations("web").len(), 1, "nobody puts a broken release back");
    agent.deploy(&good).await.unwrap();
    site.serves("v1", &[A, B]).await;
}

#[tokio::test]
async fn what_must_not_be_taken_out_fails_the_deploy_before_anything_is_changed() {
    let site = Site::of(&[B]).await;
    let mut agent = Agent::of(&site);
    agent.deploy(&site.revision("v1", &[FIRST], "v1")).await.unwrap();
    site.stage.take_out("web", B, 8080).await;
    let changes = site.stage.mutating();
    let next = site.revision("v2", &[FIRST], "v2");
    assert_eq!(agent.deploy(&next).await, Err("drain.sh".to_owned()));
    assert_eq!(site.stage.mutating(), changes);
    site.stage.until_in_service("web", &[A]).await;
    assert_eq!(site.stage.version(A, 8080).await, "v1");
    site.stage.put_back("web", B, 8080).await;
    agent.deploy(&next).await.unwrap();
    site.serves("v2", &[A, B]).await;
}

#[tokio::test]
async fn an_instance_that_is_in_no_group_yet_is_deployed_and_put_into_none() {
    let site = Site::of(&[B]).await;
    site.stage.take_out("web", A, 8080).await;
    let mut agent = Agent::of(&site);
    agent.deploy(&site.revision("v1", &[FIRST], "v1")).await.unwrap();
    assert_eq!(site.stage.registrations("web").len(), 1);
    assert!(site.stage.mutating().is_empty() && site.stage.runs().is_empty());
    assert_eq!(site.stage.version(A, 8080).await, "v1");
}

#[tokio::test]
async fn the_commands_of_the_page_run() {
    let site = Site::of(&[B]).await;
    let mut agent = Agent::of(&site);
    agent.deploy(&site.revision("v1", &[FIRST], "v1")).await.unwrap();
    let mut page = Page::of("codedeploy.md");
    let verified = page.run(&site.stage, A, "verify web").await;
    verified.ended(0);
    assert!(verified.stdout.contains("the limit is 10m"), "{verified:#?}");
    site.stage.run(&["drain", A, "--settle", "1s"]).await.ended(0);
    let restored = page.run(&site.stage, A, "restore --self").await;
    restored.ended(0);
    assert!(restored.stdout.contains(&format!("held out: {A}:8080 in web")), "{restored:#?}");
    site.serves("v1", &[A, B]).await;
    page.is_through();
}
