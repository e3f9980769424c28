//! What a person asks groups by: a name or an ARN, checked as far as it can be without a call.

/// The longest name that the API gives a group.
const LONGEST_NAME: usize = 32;
/// How the regions of a partition begin; all others are of `aws`.
const PARTITIONS: [(&str, &str); 7] = [
    ("cn-", "aws-cn"),
    ("us-gov-", "aws-us-gov"),
    ("us-iso-", "aws-iso"),
    ("us-isob-", "aws-iso-b"),
    ("eu-isoe-", "aws-iso-e"),
    ("us-isof-", "aws-iso-f"),
    ("eusc-", "aws-eusc"),
];
const COMMERCIAL: &str = "aws";

/// Why something cannot be asked for; a fragment that stands for itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unaskable {
    /// No group can have such a name or ARN.
    Malformed(String),
    /// A group may have it, but not where we ask.
    Elsewhere(String),
}

/// A group as it was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Asked {
    /// By its name.
    Name(String),
    /// By its ARN.
    Arn(String),
}

impl Asked {
    /// Reads a name or an ARN; an ARN must be one of a target group in `region`.
    pub(super) fn read(text: &str, region: &str) -> Result<Self, Unaskable> {
        if !text.starts_with("arn:") {
            check_name(text).map_err(Unaskable::Malformed)?;
            return Ok(Self::Name(text.to_owned()));
        }
        check_arn(text).map_err(Unaskable::Malformed)?;
        check_place(text, region).map_err(Unaskable::Elsewhere)?;
        Ok(Self::Arn(text.to_owned()))
    }

    /// As it was typed.
    pub(super) fn as_str(&self) -> &str {
        match self {
            Self::Name(text) | Self::Arn(text) => text,
        }
    }

    /// The group's name, by which a similar one is looked for.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Name(name) => name,
            Self::Arn(arn) => arn.split('/').nth(1).unwrap_or(arn),
        }
    }

    /// The account that an ARN names.
    pub(super) fn account(&self) -> Option<&str> {
        match self {
            Self::Name(_) => None,
            Self::Arn(arn) => account(arn),
        }
    }

    /// Whether a group of this name and ARN is the one.
    pub(super) fn is(&self, name: &str, arn: &str) -> bool {
        match self {
            Self::Name(asked) => asked == name,
            Self::Arn(asked) => asked == arn,
        }
    }
}

/// The account in an ARN.
pub(super) fn account(arn: &str) -> Option<&str> {
    arn.split(':').nth(4).filter(|account| !account.is_empty())
}

/// As CreateTargetGroup does.
fn check_name(name: &str) -> Result<(), String> {
    if name.is_empty() {
        return Err("a group's name is empty".to_owned());
    }
    if let Some(odd) = name.chars().find(|sign| !sign.is_ascii_alphanumeric() && *sign != '-') {
        return Err(format!("{name:?} has a {odd:?}: names have letters, digits and hyphens only"));
    }
    let length = name.len();
    if length > LONGEST_NAME {
        return Err(format!("{name} has {length} characters: names have {LONGEST_NAME} at most"));
    }
    Ok(())
}

/// `arn:PARTITION:elasticloadbalancing:REGION:ACCOUNT:targetgroup/NAME/ID`
fn check_arn(arn: &str) -> Result<(), String> {
    let parts: Vec<_> = arn.splitn(6, ':').collect();
    let &[_, _, service, _, _, resource] = parts.as_slice() else {
        return Err(format!("{arn} is cut: an ARN has six parts"));
    };
    if service != "elasticloadbalancing" {
        return Err(format!("{arn} belongs to {service}, not to Elastic Load Balancing"));
    }
    let pieces: Vec<_> = resource.split('/').collect();
    match pieces.as_slice() {
        ["targetgroup", name, id] if !name.is_empty() && !id.is_empty() => Ok(()),
        ["targetgroup", ..] => Err(format!("{arn} is cut: targetgroup/NAME/ID is expected")),
        [other, ..] => Err(format!("{arn} names a {other}, not a target group")),
        [] => Err(format!("{arn} names nothing")),
    }
}

fn check_place(arn: &str, region: &str) -> Result<(), String> {
    let mut parts = arn.split(':').skip(1);
    let (partition, arn_region) = (parts.next().unwrap_or_default(), parts.nth(1));
    let arn_region = arn_region.unwrap_or_default();
    if arn_region != region {
        return Err(format!("{arn} is in region {arn_region}, but {region} is in use"));
    }
    let expected = partition_of(region);
    // One that is not known here may be newer than this version.
    let known = partition == COMMERCIAL || PARTITIONS.iter().any(|(_, each)| *each == partition);
    if known && partition != expected {
        return Err(format!(
            "{arn} is in partition {partition}, but {region} belongs to {expected}"
        ));
    }
    Ok(())
}

fn partition_of(region: &str) -> &'static str {
    let mut partitions = PARTITIONS.iter();
    partitions.find(|(begin, _)| region.starts_with(begin)).map_or(COMMERCIAL, |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/web/0a1b";

    #[test]
    fn takes_names_and_arns_as_they_are() {
        assert_eq!(Asked::read("web", "eu-west-1"), Ok(Asked::Name("web".to_owned())));
        assert_eq!(Asked::read(ARN, "eu-west-1"), Ok(Asked::Arn(ARN.to_owned())));
        assert_eq!(Asked::read(ARN, "eu-west-1").unwrap().name(), "web");
    }

    fn malformed(text: &str) -> String {
        match Asked::read(text, "eu-west-1") {
            Err(Unaskable::Malformed(why)) => why,
            other => panic!("{text:?}: {other:?}"),
        }
    }

    fn elsewhere(text: &str, region: &str) -> String {
        match Asked::read(text, region) {
            Err(Unaskable::Elsewhere(why)) => why,
            other => panic!("{text:?}: {other:?}"),
        }
    }

    #[test]
    fn an_arn_of_another_region_or_partition_is_elsewhere_and_both_are_named() {
        let why = elsewhere(ARN, "us-east-1");
        assert!(why.ends_with("is in region eu-west-1, but us-east-1 is in use"), "{why}");
        let why = elsewhere(&ARN.replace("arn:aws:", "arn:aws-cn:"), "eu-west-1");
        assert!(why.ends_with("is in partition aws-cn, but eu-west-1 belongs to aws"), "{why}");
        let why = elsewhere(&ARN.replace("eu-west-1", "us-gov-east-1"), "us-gov-east-1");
        assert!(why.ends_with("partition aws, but us-gov-east-1 belongs to aws-us-gov"), "{why}");
    }

    #[test]
    fn a_partition_that_is_not_known_yet_is_left_to_the_api() {
        let arn = ARN.replace("arn:aws:", "arn:aws-moon:");
        assert_eq!(Asked::read(&arn, "eu-west-1"), Ok(Asked::Arn(arn)));
        for (region, partition) in [("cn-north-1", "aws-cn"), ("eusc-de-east-1", "aws-eusc")] {
            let arn =
                ARN.replace("eu-west-1", region).replace("arn:aws:", &format!("arn:{partition}:"));
            assert!(Asked::read(&arn, region).is_ok(), "{arn}");
        }
    }

    #[test]
    fn refuses_what_is_no_target_group() {
        let balancer = ARN.replace("targetgroup/web", "loadbalancer/app/web");
        assert!(malformed(&balancer).contains("names a loadbalancer"));
        let bucket = ARN.replace("elasticloadbalancing", "s3");
        assert!(malformed(&bucket).contains("belongs to s3"));
        for cut in ["arn:", "arn:aws:elasticloadbalancing:eu-west-1", &ARN[..ARN.len() - 5]] {
            assert!(malformed(cut).contains("is cut"), "{cut:?}");
        }
    }

    #[test]
    fn refuses_what_is_no_groups_name_saying_why() {
        for (name, why) in [
            ("", "a group's name is empty"),
            ("web_prod", "\"web_prod\" has a '_': names have letters, digits and hyphens only"),
            ("web prod", "\"web prod\" has a ' ': names have letters, digits and hyphens only"),
            ("wéb", "\"wéb\" has a 'é': names have letters, digits and hyphens only"),
            (
                "a-name-of-exactly-thirty-three-ch",
                "a-name-of-exactly-thirty-three-ch has 33 characters: names have 32 at most",
            ),
        ] {
            assert_eq!(malformed(name), why);
        }
        assert!(Asked::read("a-name-of-exactly-thirty-two-cha", "eu-west-1").is_ok());
    }
}
