//! The command that does again what a run did not come to, with the options that it had: without its
//! gates and its floor it would be another run.

mod options;

use self::options::options;
use super::access::{Access, shell_words};
use crate::executor::Jobs;
use crate::journal::Header;
use crate::rollout::{Ports, Registration, Strategy, Target, TargetId};

/// Begins anew with those targets of a run that are not done; nothing if none is left, or if there
/// was nothing to do but to put back.
pub fn begin_anew<'a>(
    header: &Header,
    undone: impl IntoIterator<Item = &'a TargetId>,
    access: &Access,
) -> Option<String> {
    let undone: Vec<_> = undone.into_iter().collect();
    let ids: Vec<_> = undone.iter().map(|id| id.as_str()).collect();
    if ids.is_empty() {
        return None;
    }
    let strategy = header.plan.strategy;
    let groups = header.plan.groups.iter().map(|group| group.name.as_str());
    let words: Vec<_> = match strategy {
        Strategy::Restore => return None,
        // Where it was to be drained, which need not be everywhere.
        Strategy::Drain => {
            let groups = groups.flat_map(|group| ["--group", group]);
            [strategy.verb()].into_iter().chain(ids).chain(groups).collect()
        }
        // Only of itself it is known where its services listen.
        Strategy::Flip if header.jobs.address.is_some() => {
            [strategy.verb()].into_iter().chain(groups).chain(["--self"]).collect()
        }
        Strategy::InPlace | Strategy::Flip => {
            let targets = ids.into_iter().flat_map(|id| ["--target", id]);
            [strategy.verb()].into_iter().chain(groups).chain(targets).collect()
        }
    };
    let Jobs { deploy, start, stop, ports, .. } = &header.jobs;
    let mut words = words.join(" ");
    if let Some(Ports { blue, green }) = ports {
        words += &format!(" --ports {blue},{green}");
    }
    words.extend(from(header, &undone));
    for (flag, script) in [("--start", start), ("--stop", stop)] {
        let script = script.as_ref().map(|script| shell_words(std::slice::from_ref(script)));
        words.extend(script.map(|script| format!(" {flag} {script}")));
    }
    let more = options(&header.plan.policy, &header.jobs);
    if !more.is_empty() {
        words += &format!(" {}", shell_words(&more));
    }
    let deploys = match &deploy[..] {
        [] => String::new(),
        command => format!(" -- {}", shell_words(command)),
    };
    Some(access.command(&words) + &deploys)
}

/// What has to be said of the port that was live, because the groups do not tell it.
fn from(header: &Header, undone: &[&TargetId]) -> Option<String> {
    let ports = header.jobs.ports?;
    let mut undone = undone.iter().filter_map(|id| header.plan.target(id));
    let is_said = |target: &Target| match target.old.first() {
        // This instance is known to be new by itself.
        None => header.jobs.address.is_none().then(|| "none".to_owned()),
        Some(Registration { port, .. }) => {
            let is_known = ports.color(*port).is_some();
            let is_clear = !header.plan.policy.flip.clears.contains(&target.id);
            (!(is_known && is_clear)).then(|| port.to_string())
        }
    };
    Some(format!(" --from {}", undone.find_map(is_said)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    use crate::executor::{Ask, Gate};
    use crate::journal::{RunId, sample};
    use crate::rollout::{Gates, OnFailure, Plan, Policy};

    fn anew(strategy: Strategy, command: &[&str], undone: &[&str]) -> Option<String> {
        let deploy = command.iter().map(|&word| word.to_owned()).collect();
        of_jobs(strategy, Jobs { deploy, ..Jobs::default() }, undone)
    }

    fn of_jobs(strategy: Strategy, jobs: Jobs, undone: &[&str]) -> Option<String> {
        let plan = Plan { strategy, ..sample::plan(&[&["i-0a"], &["i-0b"]]) };
        let header = Header::new(RunId::unique(), sample::NOON, plan).deploying(jobs);
        let undone: Vec<_> = undone.iter().copied().map(TargetId::new).collect();
        let access = Access { region: Some("eu-west-1".to_owned()), ..Access::default() };
        begin_anew(&header, &undone, &access)
    }

    #[test]
    fn a_roll_begins_anew_with_its_command_for_those_that_are_not_deployed() {
        let command = ["./deploy.sh", "{target}", "two words"];
        assert_eq!(
            anew(Strategy::InPlace, &command, &["i-0b"]).unwrap(),
            "elb-deploy roll web --target i-0b --region eu-west-1 -- ./deploy.sh '{target}' \
             'two words'"
        );
    }

    #[test]
    fn a_flip_begins_anew_with_its_ports_and_what_it_starts_and_stops() {
        let ports = Some(Ports { blue: 8080, green: 8081 });
        let script = |text: &str| Some(text.to_owned());
        let (start, stop) = (script("./up {port}"), script("./down"));
        let jobs = Jobs { start, stop, ports, ..Jobs::default() };
        assert_eq!(
            of_jobs(Strategy::Flip, jobs, &["i-0b"]).unwrap(),
            "elb-deploy flip web --target i-0b --ports 8080,8081 --start './up {port}' \
             --stop ./down --region eu-west-1"
        );
        let address = Some(std::net::IpAddr::from([10, 0, 0, 7]));
        assert_eq!(
            of_jobs(Strategy::Flip, Jobs { address, ..Jobs::default() }, &["i-0b"]).unwrap(),
            "elb-deploy flip web --self --region eu-west-1"
        );
    }

    #[test]
    fn what_was_said_of_the_live_port_is_said_again_where_the_groups_do_not_tell_it() {
        let place = |port| sample::place("web", "i-0b", port);
        let id = TargetId::new("i-0b");
        let said = |old: &[u16], clears: bool| {
            let old: Vec<_> = old.iter().copied().map(place).collect();
            let target = Target { id: id.clone(), old, new: vec![place(8082)] };
            let (strategy, batches) = (Strategy::Flip, vec![vec![target]]);
            let mut plan = Plan { strategy, batches, ..sample::plan(&[&["i-0b"]]) };
            plan.policy.flip.clears.extend(clears.then(|| id.clone()));
            let ports = Some(Ports { blue: 8081, green: 8082 });
            let jobs = Jobs { ports, ..Jobs::default() };
            let header = Header::new(RunId::unique(), sample::NOON, plan).deploying(jobs);
            begin_anew(&header, [&id], &Access::default()).unwrap()
        };
        let usual = "elb-deploy flip web --target i-0b --ports 8081,8082";
        assert_eq!(said(&[8081], false), usual);
        assert_eq!(said(&[], false), format!("{usual} --from none"));
        assert_eq!(said(&[80], false), format!("{usual} --from 80"));
        assert_eq!(said(&[8081], true), format!("{usual} --from 8081"));
    }

    #[test]
    fn it_has_every_option_that_was_not_as_usual() {
        let mut plan = sample::plan(&[&["i-0a"]]);
        plan.policy = Policy {
            batch: "1,50%".parse().unwrap(),
            min_healthy: "75%".parse().unwrap(),
            zone_floor: true,
            settle: Some(Duration::from_secs(90)),
            deploy_timeout: Duration::from_secs(20),
            on_failure: OnFailure::Rollback,
            max_failures: 1,
            window: Some("02:00-05:00@UTC".parse().unwrap()),
            gates: Gates { verify: true, bake: Duration::from_secs(30), ..Gates::default() },
            ..Policy::default()
        };
        let jobs = Jobs {
            deploy: vec!["./deploy.sh".to_owned()],
            rollback: Some("./back.sh".to_owned()),
            verify: Some(Gate::verify(Ask::Command("./smoke.sh --all".to_owned()))),
            before_batch: Some("./silence.sh".to_owned()),
            ..Jobs::default()
        };
        let header = Header::new(RunId::unique(), sample::NOON, plan).deploying(jobs);
        let command = begin_anew(&header, [&TargetId::new("i-0a")], &Access::default()).unwrap();
        assert_eq!(
            command,
            "elb-deploy roll web --target i-0a --batch 1,50% --min-healthy 75% --zone-floor \
             --deploy-timeout 20s --settle '1m 30s' --window 02:00-05:00@UTC --verify './smoke.sh --all' --bake 30s \
             --on-failure rollback --rollback ./back.sh --max-failures 1 \
             --before-batch ./silence.sh -- ./deploy.sh"
        );
    }

    #[test]
    fn a_drain_begins_anew_in_its_groups_and_a_restore_has_nothing_to_do() {
        let drain = anew(Strategy::Drain, &[], &["i-0a", "i-0b"]);
        assert_eq!(drain.unwrap(), "elb-deploy drain i-0a i-0b --group web --region eu-west-1");
        assert_eq!(anew(Strategy::Restore, &[], &["i-0a"]), None);
        assert_eq!(anew(Strategy::InPlace, &["true"], &[]), None);
    }
}
