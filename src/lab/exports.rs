//! The environment that points any AWS tool at the lab, and away from every real account.
//! It is only told; nothing here sets it.

use std::net::SocketAddr;

use super::model::REGION;

/// The variable that SDKs and the AWS CLI read for this service only: its id "Elastic Load Balancing v2" in capitals.
pub const ENDPOINT: &str = "AWS_ENDPOINT_URL_ELASTIC_LOAD_BALANCING_V2";

/// The AWS CLI 1 and boto3 read this one only; the other SDKs read `AWS_REGION` only, the AWS CLI 2 both.
const REGION_OF_BOTOCORE: &str = "AWS_DEFAULT_REGION";

/// Not empty, because clients refuse to sign with nothing; like no real key, so that none is suspected.
const KEY: &str = "lab";

/// Names and values for a lab whose API listens on `api`.
#[must_use]
pub fn environment(api: SocketAddr) -> [(&'static str, String); 5] {
    [
        (ENDPOINT, format!("http://{api}")),
        ("AWS_REGION", REGION.to_owned()),
        (REGION_OF_BOTOCORE, REGION.to_owned()),
        ("AWS_ACCESS_KEY_ID", KEY.to_owned()),
        ("AWS_SECRET_ACCESS_KEY", KEY.to_owned()),
    ]
}

/// The same as lines for a shell.
#[must_use]
pub fn exports(api: SocketAddr) -> String {
    environment(api).map(|(name, value)| format!("export {name}={value}\n")).concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_point_a_shell_at_the_lab() {
        let lines = exports("127.0.0.1:4566".parse().unwrap());
        assert_eq!(
            lines,
            "export AWS_ENDPOINT_URL_ELASTIC_LOAD_BALANCING_V2=http://127.0.0.1:4566\n\
             export AWS_REGION=us-east-1\n\
             export AWS_DEFAULT_REGION=us-east-1\n\
             export AWS_ACCESS_KEY_ID=lab\n\
             export AWS_SECRET_ACCESS_KEY=lab\n"
        );
    }
}
