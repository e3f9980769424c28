//! What a person asks groups by: a name or an ARN, checked as far as it can be without a call.

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
    pub(super) fn read(text: &str, region: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Err("a group's name is empty".to_owned());
        }
        if !text.starts_with("arn:") {
            return Ok(Self::Name(text.to_owned()));
        }
        check_arn(text, region)?;
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

    /// Whether a group of this name and ARN is the one.
    pub(super) fn is(&self, name: &str, arn: &str) -> bool {
        match self {
            Self::Name(asked) => asked == name,
            Self::Arn(asked) => asked == arn,
        }
    }
}

/// `arn:PARTITION:elasticloadbalancing:REGION:ACCOUNT:targetgroup/NAME/ID`
fn check_arn(arn: &str, region: &str) -> Result<(), String> {
    let parts: Vec<_> = arn.splitn(6, ':').collect();
    let &[_, _, service, arn_region, _, resource] = parts.as_slice() else {
        return Err(format!("{arn} is cut: an ARN has six parts"));
    };
    if service != "elasticloadbalancing" {
        return Err(format!("{arn} belongs to {service}, not to Elastic Load Balancing"));
    }
    let pieces: Vec<_> = resource.split('/').collect();
    match pieces.as_slice() {
        ["targetgroup", name, id] if !name.is_empty() && !id.is_empty() => {}
        ["targetgroup", ..] => {
            return Err(format!("{arn} is cut: targetgroup/NAME/ID is expected"));
        }
        [other, ..] => return Err(format!("{arn} names a {other}, not a target group")),
        [] => return Err(format!("{arn} names nothing")),
    }
    if arn_region != region {
        return Err(format!("{arn} is in region {arn_region}, but {region} is in use"));
    }
    Ok(())
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

    #[test]
    fn refuses_an_arn_of_another_region_naming_both() {
        let why = Asked::read(ARN, "us-east-1").unwrap_err();
        assert!(why.contains("eu-west-1") && why.contains("us-east-1"), "{why}");
    }

    #[test]
    fn refuses_what_is_no_target_group() {
        let balancer = ARN.replace("targetgroup/web", "loadbalancer/app/web");
        assert!(Asked::read(&balancer, "eu-west-1").unwrap_err().contains("names a loadbalancer"));
        let bucket = ARN.replace("elasticloadbalancing", "s3");
        assert!(Asked::read(&bucket, "eu-west-1").unwrap_err().contains("belongs to s3"));
        for cut in ["arn:", "arn:aws:elasticloadbalancing:eu-west-1", &ARN[..ARN.len() - 5], ""] {
            assert!(Asked::read(cut, "eu-west-1").is_err(), "{cut:?}");
        }
    }
}
