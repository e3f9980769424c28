use super::*;

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn attributes_have_the_documented_defaults_and_ranges() {
    let mut bench = application(Lags::NONE);
    let attributes = &bench.model.group(&bench.web).unwrap().attributes;
    assert_eq!(attributes.deregistration_delay(), s(DELAY));
    assert_eq!(attributes.slow_start(), s(0));
    let web = bench.web.clone();
    for (key, value, fits) in [
        (DEREGISTRATION_DELAY, "3600", true),
        (DEREGISTRATION_DELAY, "3601", false),
        (DEREGISTRATION_DELAY, "-1", false),
        (SLOW_START, "0", true),
        (SLOW_START, "29", false),
        (SLOW_START, "900", true),
        (CONNECTION_TERMINATION, "true", false),
        ("stickiness.enabled", "yes", false),
        ("no.such.key", "1", false),
    ] {
        let answer = bench.model.set_attributes(&web, &pairs(&[(key, value)]));
        assert_eq!(answer.is_ok(), fits, "{key}={value}");
    }
}

#[test]
fn attributes_are_set_all_or_none() {
    let mut bench = application(Lags::NONE);
    let web = bench.web.clone();
    let wanted = pairs(&[(DEREGISTRATION_DELAY, "5"), (SLOW_START, "1")]);
    assert!(bench.model.set_attributes(&web, &wanted).is_err());
    let attributes = &bench.model.group(&web).unwrap().attributes;
    assert_eq!(attributes.get(DEREGISTRATION_DELAY), Some("300"));
}

#[test]
fn a_group_in_use_cannot_be_deleted_and_a_missing_one_is_no_error() {
    let mut bench = application(Lags::NONE);
    let (web, spare) = (bench.web.clone(), bench.spare.clone());
    assert!(matches!(bench.model.delete_group(&web), Err(Refusal::ResourceInUse(_))));
    bench.model.delete_group(&spare).unwrap();
    bench.model.delete_group(&spare).unwrap();
    assert!(bench.model.group(&spare).is_none());
}

#[test]
fn the_same_group_can_be_created_twice_but_not_with_other_settings() {
    let mut bench = application(Lags::NONE);
    let group = |port| Group::new("spare", TargetKind::Instance, Protocol::Http, port, "vpc-1");
    assert_eq!(bench.model.create_group(group(80)).as_ref(), Ok(&bench.spare));
    assert_eq!(bench.model.create_group(group(81)), Err(Refusal::DuplicateGroup("spare".into())));
}

#[test]
fn tags_are_kept_by_resource_within_the_quota() {
    let mut bench = application(Lags::NONE);
    let model = &mut bench.model;
    let web = bench.web.clone();
    model.add_tags(&web, &pairs(&[("a", "1"), ("b", "2")])).unwrap();
    model.add_tags(&web, &pairs(&[("a", "3")])).unwrap();
    model.remove_tags(&web, &["b".into(), "none".into()]).unwrap();
    assert_eq!(model.tags(&web).unwrap(), Tags::from([("a".into(), "3".into())]));
    let twice = model.add_tags(&web, &pairs(&[("c", "1"), ("c", "2")]));
    assert_eq!(twice, Err(Refusal::DuplicateTagKeys));
    let many: Vec<_> = (0..MOST_TAGS).map(|n| (n.to_string(), String::new())).collect();
    assert_eq!(model.add_tags(&web, &many), Err(Refusal::TooManyTags(MOST_TAGS)));
}

#[test]
fn a_missing_resource_is_named_after_its_kind() {
    let model = Model::default();
    let arn = |rest: &str| format!("arn:aws:elasticloadbalancing:us-east-1:0:{rest}");
    for (rest, refusal) in [
        ("targetgroup/x/1", Refusal::GroupNotFound),
        ("loadbalancer/app/x/1", Refusal::BalancerNotFound),
        ("listener/app/x/1/2", Refusal::ListenerNotFound),
        ("listener-rule/app/x/1/2/3", Refusal::RuleNotFound),
    ] {
        assert_eq!(model.tags(&arn(rest)), Err(refusal));
    }
    assert!(matches!(model.tags("nonsense"), Err(Refusal::Validation(_))));
}

#[test]
fn every_resource_of_a_balancer_can_carry_tags() {
    let mut bench = application(Lags::NONE);
    let balancer = bench.model.balancers()[0].clone();
    let listener = &balancer.listeners[0];
    for arn in [&balancer.arn, &listener.arn, &listener.default_rule] {
        bench.model.add_tags(arn, &pairs(&[("k", "v")])).unwrap();
    }
}
