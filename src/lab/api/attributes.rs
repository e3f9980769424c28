//! `DescribeLoadBalancerAttributes`. All but one are what a new balancer has, as documented for
//! `LoadBalancerAttribute`, and nothing here keeps to them.

use super::action::{Call, Written};
use crate::lab::model::{BalancerKind, Refusal};

const CROSS_ZONE: &str = "load_balancing.cross_zone.enabled";

const OF_ALL: [(&str, &str); 6] = [
    ("access_logs.s3.bucket", ""),
    ("access_logs.s3.enabled", "false"),
    ("access_logs.s3.prefix", ""),
    ("deletion_protection.enabled", "false"),
    ("ipv6.deny_all_igw_traffic", "true"),
    ("zonal_shift.config.enabled", "false"),
];

const OF_APPLICATION: [(&str, &str); 13] = [
    ("client_keep_alive.seconds", "3600"),
    ("connection_logs.s3.bucket", ""),
    ("connection_logs.s3.enabled", "false"),
    ("connection_logs.s3.prefix", ""),
    ("idle_timeout.timeout_seconds", "60"),
    ("routing.http.desync_mitigation_mode", "defensive"),
    ("routing.http.drop_invalid_header_fields.enabled", "false"),
    ("routing.http.preserve_host_header.enabled", "false"),
    ("routing.http.x_amzn_tls_version_and_cipher_suite.enabled", "false"),
    ("routing.http.xff_client_port.enabled", "false"),
    ("routing.http.xff_header_processing.mode", "append"),
    ("routing.http2.enabled", "true"),
    ("waf.fail_open.enabled", "false"),
];

const OF_NETWORK: [(&str, &str); 2] = [
    ("dns_record.client_routing_policy", "any_availability_zone"),
    ("secondary_ips.auto_assigned.per_subnet", "0"),
];

pub(super) fn describe(call: &mut Call<'_>) -> Result<Written, Refusal> {
    let arn = call.form.required("LoadBalancerArn")?;
    let mut all = call.model.balancers().iter();
    let balancer = all.find(|each| &*each.arn == arn).ok_or(Refusal::BalancerNotFound)?;
    let own: &[(&str, &str)] = match balancer.kind {
        BalancerKind::Application => &OF_APPLICATION,
        BalancerKind::Network => &OF_NETWORK,
    };
    let cross_zone = (CROSS_ZONE, if balancer.cross_zone { "true" } else { "false" });
    let all = OF_ALL.iter().chain(own).copied().chain([cross_zone]);
    Ok(Box::new(move |xml| {
        xml.list("Attributes", all, |xml, (key, value)| {
            xml.text("Key", key);
            xml.text("Value", value);
        });
    }))
}
