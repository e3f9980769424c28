//! The adapter against recorded answers: what it sends, and what it makes of what comes back.

mod changes;
mod connecting;
mod errors;
mod fronts;
mod groups;
mod lab;
mod looks;
mod sockets;
mod tags;
mod told;
mod wire;

use aws_config::Region;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::SharedHttpClient;

use super::{ElbBalancer, connect};
use crate::rollout::{GroupArn, Registration, TargetId};
use wire::Wire;

const ARN: &str = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/web/0a1b2c";

fn arn() -> GroupArn {
    GroupArn::new(ARN)
}

fn registration(id: &str, port: u16) -> Registration {
    Registration { group: arn(), id: TargetId::new(id), port, zone: None, quic_server_id: None }
}

/// With the settings that a real connection has, but for who answers.
async fn over(wire: &Wire) -> ElbBalancer {
    let key = Credentials::new("AKIDEXAMPLE", "secret", None, None, "test");
    let config = connect::configured(SharedHttpClient::new(wire.clone()))
        .region(Region::new("eu-west-1"))
        .credentials_provider(SharedCredentialsProvider::new(key))
        .load()
        .await;
    ElbBalancer::over(&config)
}
