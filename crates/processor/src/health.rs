//! Health and metrics over HTTP.

use std::sync::Arc;

use axum::Router;
use axum::extract::State as Shared;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;

use crate::metrics::State;

/// `/healthz`: the process runs. `/readyz`: it judges. `/metrics`: what it counts.
pub fn routes(state: Arc<State>) -> Router {
    Router::new()
        .route("/healthz", get(|| async { "alive" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .with_state(state)
}

async fn ready(Shared(state): Shared<Arc<State>>) -> impl IntoResponse {
    let ready = || (StatusCode::OK, "ready".to_owned());
    state.hindrance().map_or_else(ready, |hindrance| (StatusCode::SERVICE_UNAVAILABLE, hindrance))
}

async fn metrics(Shared(state): Shared<Arc<State>>) -> impl IntoResponse {
    let kind = [(header::CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")];
    state.encode().map(|text| (kind, text)).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
}
