//! One question to the API: asked in its turn, and again while it fails in a way that may pass.
//!
//! The SDK could try again by itself, but it would not keep to the pace that all questions of the
//! process share.

use std::error::Error;

use aws_sdk_elasticloadbalancingv2::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_elasticloadbalancingv2::operation::RequestId;
use aws_smithy_runtime_api::http::Response;
use tokio::time::sleep;

use super::ElbBalancer;
use crate::balancer::{BalancerError, Tries};

impl ElbBalancer {
    /// The answer to one call of `operation`.
    pub(super) async fn ask<Answer, E, Sending>(
        &self,
        operation: &'static str,
        send: impl Fn() -> Sending,
    ) -> Result<Answer, BalancerError>
    where
        Sending: Future<Output = Result<Answer, SdkError<E, Response>>>,
        E: Error + ProvideErrorMetadata + RequestId + 'static,
    {
        let mut tries = Tries::begin();
        loop {
            self.describes.turn().await;
            let error = match send().await {
                Ok(answer) => return Ok(answer),
                Err(error) => self.site.classify(operation, error),
            };
            match tries.pause_after(&error) {
                Some(pause) => {
                    let pause_ms = pause.as_millis();
                    tracing::debug!(pause_ms, "asks again: {error}");
                    sleep(pause).await;
                }
                None => return Err(error),
            }
        }
    }
}

/// Everything that a question is answered with in pages; `page` asks for the one at a marker.
pub(super) async fn pages<Item, Asking>(
    page: impl Fn(Option<String>) -> Asking,
) -> Result<Vec<Item>, BalancerError>
where
    Asking: Future<Output = Result<(Option<Vec<Item>>, Option<String>), BalancerError>>,
{
    let mut items = Vec::new();
    let mut marker = None;
    loop {
        let (more, next) = page(marker.clone()).await?;
        items.extend(more.unwrap_or_default());
        // A marker that leads back to itself would be followed for ever.
        match next.filter(|next| !next.is_empty() && Some(next) != marker.as_ref()) {
            Some(next) => marker = Some(next),
            None => return Ok(items),
        }
    }
}
