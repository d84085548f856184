//! Does a request pass? Asked with one descriptor for each thing that is limited.
use crate::calls::Calls;
use envoy_types::pb::envoy::{
    config::core::v3::HeaderValue,
    extensions::common::ratelimit::v3::RateLimitDescriptor,
    service::ratelimit::v3::{
        rate_limit_response::Code, rate_limit_service_server::RateLimitService, RateLimitRequest,
        RateLimitResponse,
    },
};
use limitador::{errors::LimitadorError, limit::Context, CheckResult, RateLimiter};
use std::{collections::HashMap, sync::Arc, time::Duration};
use tonic::{Request, Response, Status};

pub struct Decisions {
    pub limiter: Arc<RateLimiter>,
    pub calls: Arc<Calls>,
    pub delay: Duration,
    pub has_headers: bool,
}

#[tonic::async_trait]
impl RateLimitService for Decisions {
    async fn should_rate_limit(
        &self,
        request: Request<RateLimitRequest>,
    ) -> Result<Response<RateLimitResponse>, Status> {
        if !self.delay.is_zero() {
            tokio::time::sleep(self.delay).await;
        }
        let request = request.into_inner();
        let mut response = RateLimitResponse { overall_code: Code::Ok.into(), ..Default::default() };
        for descriptor in &request.descriptors {
            // Envoy lets pass or not whom it cannot ask, as it is told.
            let Some(mut result) = self
                .decide(&request.domain, descriptor, request.hits_addend)
                .map_err(|error| Status::unavailable(error.to_string()))?
            else {
                continue;
            };
            if self.has_headers {
                response.response_headers_to_add = headers(&mut result);
            }
            if result.limited {
                response.overall_code = Code::OverLimit.into();
                break;
            }
        }
        Ok(Response::new(response))
    }
}

impl Decisions {
    /// A descriptor without a number of its own is checked and counted, as Envoy means it. Kuadrant asks
    /// about tokens before it knows how many they will be: 0 is checked only, as if it were one, and any
    /// other number is what was used, and counted whatever the limit. Nothing is known of the latter.
    fn decide(
        &self,
        domain: &str,
        descriptor: &RateLimitDescriptor,
        hits_of_request: u32,
    ) -> Result<Option<CheckResult>, LimitadorError> {
        let namespace = domain.into();
        let context = context_of(descriptor);
        let (result, hits) = match descriptor.hits_addend.as_ref().map(|hits| hits.value) {
            None => {
                let hits = u64::from(hits_of_request.max(1));
                (self.limiter.check_rate_limited_and_update(&namespace, &context, hits)?, hits)
            }
            Some(0) => (self.limiter.is_rate_limited(&namespace, &context, 1)?, 0),
            Some(hits) => {
                self.limiter.update_counters(&namespace, &context, hits)?;
                self.calls.reported(domain, hits);
                return Ok(None);
            }
        };
        if result.limited {
            self.calls.limited(domain);
        } else {
            self.calls.passed(domain, hits);
        }
        Ok(Some(result))
    }
}

/// Limits see it as `descriptors[0]`.
fn context_of(descriptor: &RateLimitDescriptor) -> Context<'_> {
    let entries: HashMap<_, _> =
        descriptor.entries.iter().map(|entry| (entry.key.clone(), entry.value.clone())).collect();
    let mut context = Context::default();
    context.list_binding("descriptors".into(), vec![entries]);
    context
}

fn headers(result: &mut CheckResult) -> Vec<HeaderValue> {
    let header = |(key, value)| HeaderValue { key, value, ..Default::default() };
    let mut headers: Vec<_> = result.response_header().into_iter().map(header).collect();
    headers.sort_by(|one, other| one.key.cmp(&other.key));
    headers
}
