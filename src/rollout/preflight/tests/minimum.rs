//! Fail-open and DNS failover while a batch is out.

use super::*;

const H: fn() -> Health = Health::healthy;

fn of(healths: &[Health]) -> Scene {
    let ids = ["i-1", "i-2", "i-3", "i-4"];
    let targets: Vec<_> = ids.into_iter().zip(healths.iter().cloned()).collect();
    Scene::fine().of(&targets)
}

fn at_least(count: Option<usize>, percentage: Option<usize>) -> Minimum {
    Minimum { count, percentage }
}

#[test]
fn a_batch_out_leaves_the_minimum_healthy_or_traffic_goes_to_everybody() {
    for (healths, batch, minimum, level, part) in [
        (&[H(), H(), H(), H()][..], 1, at_least(None, None), Level::Ok, "off"),
        (&[H(), H(), H(), H()], 1, at_least(Some(3), None), Level::Ok, "at least 3 stay"),
        (
            &[H(), H(), H(), H()],
            1,
            at_least(Some(4), None),
            Level::Warn,
            "with i-1 out, 3 of 3 healthy, fewer than the minimum of 4",
        ),
        (
            &[H(), H(), H(), H()],
            2,
            at_least(Some(3), None),
            Level::Warn,
            "with i-1, i-2 out, 2 of 2 healthy",
        ),
        (&[H(), H(), H(), H()], 2, at_least(None, Some(100)), Level::Ok, "at least 100% stay"),
        (
            &[unhealthy(), H(), unhealthy(), unhealthy()],
            1,
            at_least(None, Some(50)),
            Level::Warn,
            "already now, 1 of 4 healthy, fewer than the minimum of 2: traffic goes to all",
        ),
    ] {
        let one = Share::Count(1);
        let scene = of(healths).bounded(Share::Count(batch), one).set(|it| it.fail_open = minimum);
        scene.finds("fail-open", level, part);
    }
}

#[test]
fn a_batch_that_sends_traffic_to_broken_targets_fails() {
    let minimum = at_least(Some(3), None);
    let scene = of(&[unhealthy(), H(), H(), H()]).set(|group| group.fail_open = minimum);
    let scene = scene.with(|scene| scene.targets = vec![TargetId::new("i-2")]);
    scene.finds("fail-open", Level::Fail, "with i-2 out, 2 of 3 healthy, fewer than");
}

#[test]
fn a_target_that_was_out_counts_as_healthy_for_the_batches_after_it() {
    let minimum = at_least(Some(1), None);
    let scene = of(&[unhealthy(), H()]).set(|group| group.fail_open = minimum);
    scene.finds("fail-open", Level::Ok, "at least 1 stay");
}

#[test]
fn where_nobody_remains_there_is_nobody_to_fail_over_to() {
    of(&[H()]).finds("fail-open", Level::Ok, "at least 1 stay healthy");
}

#[test]
fn the_setting_that_a_batch_would_keep_is_told() {
    let key = |end: &str| format!("target_group_health.{end}");
    let told = |minimum, check| {
        let scene = of(&[H(), H(), unhealthy(), unhealthy()]).set(|group| {
            group.fail_open = minimum;
            group.dns_failover = minimum;
        });
        match settings(&scene.only(check)).remove(0) {
            Setting::Attributes(keys) => keys,
            other => panic!("{other:?}"),
        }
        .into_iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect::<Vec<_>>()
    };
    let routing = "unhealthy_state_routing.minimum_healthy_targets";
    let dns = "dns_failover.minimum_healthy_targets";
    assert_eq!(told(at_least(Some(4), None), "fail-open"), [key(&format!("{routing}.count=2"))]);
    assert_eq!(told(at_least(Some(4), None), "dns-failover"), [key(&format!("{dns}.count=2"))]);
    let both = [key(&format!("{routing}.count=2")), key(&format!("{routing}.percentage=66"))];
    assert_eq!(told(at_least(Some(4), Some(100)), "fail-open"), both);
}

#[test]
fn no_setting_is_told_where_none_could_help() {
    let finding = of(&[unhealthy(), unhealthy()]).only("fail-open");
    assert_eq!((settings(&finding), advice(&finding)), (vec![], "mend the targets".to_owned()));
}

#[test]
fn the_setting_that_is_told_makes_the_check_ok() {
    let breaking = |count| of(&[H(), H(), H()]).set(|group| group.fail_open.count = Some(count));
    // Too few already, and fewer with a batch out.
    let Setting::Attributes(keys) = settings(&breaking(4).only("fail-open")).remove(0) else {
        panic!("a health check cannot help");
    };
    breaking(keys[0].1.parse().unwrap()).finds("fail-open", Level::Ok, "at least 2 stay");
}

fn in_zones(cross_zone: bool) -> Scene {
    let targets = [("i-1", "a"), ("i-2", "a"), ("i-3", "b"), ("i-4", "b"), ("i-5", "b")];
    let minimum = at_least(Some(2), None);
    Scene::fine().seeing(&targets.map(|(id, zone)| (id, Some(zone), H()))).set(|group| {
        group.cross_zone = Some(cross_zone);
        group.fail_open = minimum;
        group.dns_failover = minimum;
    })
}

#[test]
fn minimums_count_in_each_zone_where_traffic_stays_within_zones() {
    for check in ["fail-open", "dns-failover"] {
        in_zones(true).finds(check, Level::Ok, "at least 2 stay healthy");
        let part = "with i-1 out, 1 of 1 healthy in zone a, fewer than the minimum of 2";
        in_zones(false).finds(check, Level::Warn, part);
    }
    in_zones(false).finds("dns-failover", Level::Warn, "zone a leaves DNS");
}

#[test]
fn an_address_outside_the_network_counts_in_every_zone() {
    let scene = in_zones(false).with(|scene| {
        let look = scene.seen.get_mut(&arn("web")).unwrap();
        look.seen.push((place("web", "10.0.0.7", Some("all")), H()));
    });
    scene.finds("fail-open", Level::Ok, "at least 2 stay healthy");
}

#[test]
fn without_zones_dns_is_told_of_all_of_them() {
    let scene = of(&[H(), H()]).set(|group| group.dns_failover = at_least(Some(2), None));
    scene.finds("dns-failover", Level::Warn, "all zones count as unhealthy in DNS");
}
