//! What does a person or a test see of the limiter? The read-only pages of Limitador's own server.
use crate::calls::Calls;
use axum::{
    extract::{Path, State},
    routing::get,
    Json, Router,
};
use limitador::{counter::Counter, limit::Limit, RateLimiter};
use serde_json::{json, Value};
use std::sync::Arc;

pub fn router(limiter: Arc<RateLimiter>, calls: Arc<Calls>) -> Router {
    Router::new()
        .route("/limits/{namespace}", get(limits))
        .route("/counters/{namespace}", get(counters))
        .with_state(limiter)
        .route("/status", get(|| async { Json(json!({})) }))
        .route("/metrics", get(move || async move { calls.page() }))
}

async fn limits(State(limiter): State<Arc<RateLimiter>>, Path(namespace): Path<String>) -> Json<Value> {
    let limits = limiter.get_limits(&namespace.into());
    Json(limits.iter().map(limit_of).collect())
}

async fn counters(State(limiter): State<Arc<RateLimiter>>, Path(namespace): Path<String>) -> Json<Value> {
    // Kept in memory, it cannot fail.
    let counters = limiter.get_counters(&namespace.into()).unwrap_or_default();
    Json(counters.iter().map(counter_of).collect())
}

fn limit_of(limit: &Limit) -> Value {
    json!({
        "namespace": limit.namespace().as_ref(),
        "max_value": limit.max_value(),
        "seconds": limit.seconds(),
        "name": limit.name(),
        "conditions": limit.conditions(),
        "variables": limit.variables(),
    })
}

fn counter_of(counter: &Counter) -> Value {
    json!({
        "limit": limit_of(counter.limit()),
        "set_variables": counter.set_variables(),
        "remaining": counter.remaining(),
        "expires_in_seconds": counter.expires_in().map(|left| left.as_secs()),
    })
}
