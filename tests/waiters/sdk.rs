//! The model of the waiters is the Rust SDK's too: its real waiters, in paused time, end where the
//! model ends on the same answers.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_sdk_elasticloadbalancingv2::Client;
use aws_sdk_elasticloadbalancingv2::client::Waiters;
use aws_sdk_elasticloadbalancingv2::config::retry::RetryConfig;
use aws_sdk_elasticloadbalancingv2::config::{BehaviorVersion, Config, Credentials, Region};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use elb_deploy::rollout::{Health, Registration};
use proptest::collection::vec;
use proptest::prelude::*;
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::answer::{Answer, Goal, Refused, place};
use crate::aws::{Outcome, waiter};
use crate::strategies::{paused, refused, said};

/// Longer than any sequence of these tests, so that the number of answers is the only end.
const LONG: Duration = Duration::from_secs(24 * 3600);

/// The far end of the wire: gives its answers in their order, then none, and says so.
#[derive(Debug, Clone)]
struct Wire {
    answers: Arc<Mutex<VecDeque<Answer>>>,
    polled: Arc<Mutex<Vec<Instant>>>,
    used_up: Arc<Notify>,
}

impl HttpClient for Wire {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Wire {
    fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
        let answer = self.answers.lock().unwrap().pop_front();
        if answer.is_none() {
            self.used_up.notify_one();
        }
        self.polled.lock().unwrap().push(Instant::now());
        HttpConnectorFuture::new(async move {
            match answer {
                Some(answer) => respond(&answer),
                None => std::future::pending().await,
            }
        })
    }
}

fn respond(answer: &Answer) -> Result<HttpResponse, ConnectorError> {
    let (status, body) = match answer {
        Answer::Refused(Refused::Reset) => {
            return Err(ConnectorError::io(io::Error::from(io::ErrorKind::ConnectionReset).into()));
        }
        Answer::Refused(refused) => (refused.status(), refusal(refused.code().unwrap())),
        Answer::Told(lines) => (200, told(lines)),
    };
    Ok(HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body)))
}

fn refusal(code: &str) -> String {
    format!(
        "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>no</Message></Error>\
         <RequestId>r</RequestId></ErrorResponse>"
    )
}

fn told(lines: &[(Registration, Health)]) -> String {
    let lines: String = lines.iter().map(line).collect();
    format!(
        "<DescribeTargetHealthResponse><DescribeTargetHealthResult><TargetHealthDescriptions>\
         {lines}</TargetHealthDescriptions></DescribeTargetHealthResult>\
         </DescribeTargetHealthResponse>"
    )
}

fn line((place, health): &(Registration, Health)) -> String {
    let reason = health.reason.as_ref();
    let reason = reason.map(|reason| format!("<Reason>{}</Reason>", reason.as_str()));
    format!(
        "<member><Target><Id>{}</Id><Port>{}</Port></Target>\
         <TargetHealth><State>{}</State>{}</TargetHealth></member>",
        place.id,
        place.port,
        health.state,
        reason.unwrap_or_default()
    )
}

/// Where the real waiter ends on these answers, with how many polls, and the pauses between them.
fn real(goal: Goal, answers: &[Answer]) -> (Outcome, usize, Vec<Duration>) {
    paused(async {
        let wire = Wire {
            answers: Arc::new(Mutex::new(answers.iter().cloned().collect())),
            polled: Arc::default(),
            used_up: Arc::default(),
        };
        let outcome = tokio::select! {
            outcome = wait(client(&wire), goal) => outcome,
            () = wire.used_up.notified() => Outcome::NotYet,
        };
        let polled = wire.polled.lock().unwrap();
        let pauses = polled.windows(2).map(|pair| pair[1] - pair[0]).collect();
        (outcome, polled.len().min(answers.len()), pauses)
    })
}

fn client(wire: &Wire) -> Client {
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .credentials_provider(Credentials::new("AKIDEXAMPLE", "secret", None, None, "test"))
        .retry_config(RetryConfig::disabled())
        .http_client(wire.clone())
        .build();
    Client::from_conf(config)
}

async fn wait(client: Client, goal: Goal) -> Outcome {
    let arn = place(1).group;
    let ended = match goal {
        Goal::Deregistered => {
            let wait = client.wait_until_target_deregistered().target_group_arn(arn.as_str());
            wait.wait(LONG).await.is_ok()
        }
        Goal::InService => {
            let wait = client.wait_until_target_in_service().target_group_arn(arn.as_str());
            wait.wait(LONG).await.is_ok()
        }
    };
    if ended { Outcome::Reached } else { Outcome::Failed }
}

fn modelled(goal: Goal, answers: &[Answer]) -> (Outcome, usize) {
    let mut outcomes = answers.iter().map(|answer| waiter(goal).judge(answer));
    let ended = outcomes.position(|outcome| outcome != Outcome::NotYet);
    match ended {
        Some(poll) => (waiter(goal).judge(&answers[poll]), poll + 1),
        None => (Outcome::NotYet, answers.len()),
    }
}

fn answers() -> impl Strategy<Value = Vec<Answer>> {
    let line = (0_usize..4, said()).prop_map(|(number, health)| (place(number), health));
    let answer = prop_oneof![
        9 => vec(line, 0..4).prop_map(Answer::Told),
        1 => refused().prop_map(Answer::Refused),
    ];
    vec(answer, 1..6)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn the_model_ends_where_the_sdks_own_waiter_ends(deregistered in any::<bool>(), answers in answers()) {
        let goal = if deregistered { Goal::Deregistered } else { Goal::InService };
        let (outcome, polls, _) = real(goal, &answers);
        prop_assert_eq!((outcome, polls), modelled(goal, &answers));
    }
}

/// Why `docs/waiting.md` calls it up to two minutes late.
#[test]
fn the_sdks_waiter_pauses_for_15_to_120_seconds_as_chance_has_it() {
    let draining = || Answer::Told(vec![(place(1), crate::strategies::draining())]);
    let answers: Vec<_> = std::iter::repeat_with(draining).take(30).collect();
    let (outcome, polls, pauses) = real(Goal::Deregistered, &answers);
    assert_eq!((outcome, polls), (Outcome::NotYet, 30));
    let seconds: Vec<_> = pauses.iter().map(|pause| pause.as_secs()).collect();
    assert_eq!(seconds[0], 15, "{seconds:?}");
    assert!(seconds.iter().all(|pause| (15..=120).contains(pause)), "{seconds:?}");
    assert!(seconds.iter().any(|pause| *pause > 30), "{seconds:?}");
}
