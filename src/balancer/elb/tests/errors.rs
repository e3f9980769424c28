//! Every way a call can fail, as the rest of the tool is told.

use super::wire::{Answer, Wire, refusal};
use super::{arn, over};
use crate::balancer::{Balancer, BalancerError, ErrorKind};

async fn failure(answer: Answer) -> BalancerError {
    over(&Wire::new([answer])).await.look(&arn(), &[]).await.unwrap_err()
}

#[tokio::test(start_paused = true)]
async fn every_code_on_the_wire_has_its_kind() {
    for (status, code, kind) in [
        (400, "Throttling", ErrorKind::Throttled),
        (400, "ThrottlingException", ErrorKind::Throttled),
        (503, "RequestLimitExceeded", ErrorKind::Throttled),
        (500, "HealthUnavailable", ErrorKind::Unavailable),
        (500, "InternalFailure", ErrorKind::Unavailable),
        (503, "ServiceUnavailable", ErrorKind::Unavailable),
        (403, "AccessDenied", ErrorKind::Denied),
        (403, "UnauthorizedOperation", ErrorKind::Denied),
        (401, "AuthFailure", ErrorKind::Denied),
        (403, "ExpiredToken", ErrorKind::Credentials),
        (403, "InvalidClientTokenId", ErrorKind::Credentials),
        (403, "SignatureDoesNotMatch", ErrorKind::Credentials),
        (400, "RequestExpired", ErrorKind::Credentials),
        (400, "TargetGroupNotFound", ErrorKind::GroupNotFound),
        (400, "InvalidTarget", ErrorKind::InvalidTarget),
        (400, "TooManyTargets", ErrorKind::Limit),
        (400, "TooManyRegistrationsForTargetId", ErrorKind::Limit),
        (400, "ValidationError", ErrorKind::Invalid),
        (400, "InvalidConfigurationRequest", ErrorKind::Invalid),
    ] {
        let error = failure(refusal(status, code, "the service's words")).await;
        assert_eq!(error.kind, kind, "{code}");
        assert_eq!(error.message, format!("{code}: the service's words"));
        assert_eq!(error.request_id.as_deref(), Some("req-1"), "{code}");
        assert_eq!(error.operation, "DescribeTargetHealth");
        assert!(error.hint().is_some());
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_is_one_line() {
    let error = failure(refusal(403, "AccessDenied", "User:\n   deploy\n is not allowed")).await;
    assert_eq!(error.message, "AccessDenied: User: deploy is not allowed");
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_not_the_apis_is_judged_by_its_status() {
    for (status, kind) in [
        (200, ErrorKind::Unexpected),
        (403, ErrorKind::Denied),
        (404, ErrorKind::Invalid),
        (429, ErrorKind::Throttled),
        (502, ErrorKind::Unavailable),
    ] {
        let error = failure(Answer::Http(status, "<html>a proxy's page".to_owned())).await;
        assert_eq!(error.kind, kind, "{error}");
        assert!(error.message.contains(&format!("HTTP {status}")), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_names_the_cause_not_the_layer() {
    let reset = failure(Answer::Broken(std::io::ErrorKind::ConnectionReset)).await;
    assert_eq!(reset.message, "no answer from the service in eu-west-1: connection reset");
    let cut = failure(Answer::Cut).await;
    assert!(cut.message.ends_with("answer cut short: connection reset"), "{cut}");
    let never = failure(Answer::Never).await;
    assert!(never.message.contains("timeout"), "{never}");
    for error in [reset, cut, never] {
        assert_eq!(error.kind, ErrorKind::Unreachable);
        assert!(error.is_transient() && error.may_have_acted());
    }
}
