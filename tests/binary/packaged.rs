//! What the package runs by itself: the command of its systemd unit.

use std::fs;

use crate::run::Ran;
use crate::stage::{A, Stage};

const UNIT: &str = include_str!("../../packaging/systemd/elb-deploy-roll@.service");
const PAGE: &str = include_str!("../../docs/packaging.md");

#[tokio::test]
async fn the_unit_rolls_the_service_that_it_is_started_for() {
    let stage = Stage::of(2).await;
    let (_, settings) = PAGE.split_once("```toml\n").unwrap();
    let (service, _) = settings.split_once("```").unwrap();
    let service = service.replace("\"/opt/web/restart.sh\"", "'echo', 'by the unit'");
    let service = format!("{service}settle = '1s'\n");
    fs::write(stage.path("web.toml"), service).unwrap();
    let command = UNIT.lines().find_map(|line| line.strip_prefix("ExecStart=/usr/bin/elb-deploy "));
    let settings = stage.path("").display().to_string();
    let command = command.unwrap().replace("/etc/elb-deploy/", &settings).replace("%i", "web");
    let mut tool = stage.tool(&command.split(' ').collect::<Vec<_>>());
    tool.current_dir("/");
    let ran = Ran::of(tool).await;
    ran.ended(0);
    ran.says(&format!("{A} | by the unit {A}"));
    ran.says("2 targets done");
}
