//! The commands that change a group's settings, as a person can paste them.

use super::access::Access;
use super::put_right::region;
use crate::rollout::GroupArn;
use crate::rollout::preflight::Setting;

/// One `aws elbv2 modify-…` line. No key and no value has a character that a shell reads.
pub fn set(group: &GroupArn, setting: &Setting, access: &Access) -> String {
    let (verb, named, options) = match setting {
        Setting::Attributes(keys) => {
            let pairs = keys.iter().map(|(key, value)| format!(" Key={key},Value={value}"));
            (
                "modify-target-group-attributes",
                "target-group-arn",
                format!(" --attributes{}", pairs.collect::<String>()),
            )
        }
        Setting::HealthCheck(options) => {
            let options = options.iter().map(|(option, value)| format!(" --{option} {value}"));
            ("modify-target-group", "target-group-arn", options.collect())
        }
        Setting::Untagged(key) => ("remove-tags", "resource-arns", format!(" --tag-keys {key}")),
    };
    let (region, access) = (region(group), access.options());
    format!("aws elbv2 {verb}{region}{access} --{named} {group}{options}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::sample::arn;

    fn said(setting: &Setting) -> String {
        let access = Access { profile: Some("blue".to_owned()), ..Access::default() };
        set(&arn("web"), setting, &access)
    }

    #[test]
    fn attributes_are_set_together_in_the_region_and_with_the_profile_of_the_group() {
        let keys = vec![("one.count", "1".to_owned()), ("two.count", "off".to_owned())];
        assert_eq!(
            said(&Setting::Attributes(keys)),
            "aws elbv2 modify-target-group-attributes --region eu-west-1 --profile blue \
             --target-group-arn \
             arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/web/73e2d6bc24d8a067 \
             --attributes Key=one.count,Value=1 Key=two.count,Value=off"
        );
    }

    #[test]
    fn a_tag_is_removed_by_its_key() {
        let command = said(&Setting::Untagged("elb-deploy:hold"));
        let begin = "aws elbv2 remove-tags --region eu-west-1 --profile blue --resource-arns arn:";
        assert!(command.starts_with(begin), "{command}");
        assert!(command.ends_with("/web/73e2d6bc24d8a067 --tag-keys elb-deploy:hold"), "{command}");
    }

    #[test]
    fn a_health_check_is_set_by_options() {
        let options = vec![("health-check-interval-seconds", 10), ("healthy-threshold-count", 2)];
        let command = said(&Setting::HealthCheck(options));
        assert!(command.starts_with("aws elbv2 modify-target-group --region"), "{command}");
        let end = "--health-check-interval-seconds 10 --healthy-threshold-count 2";
        assert!(command.ends_with(end), "{command}");
    }
}
