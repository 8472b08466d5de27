//! The wiring of a binary on Lambda: the log, the gate, the runtime's loop.

use crate::{Needs, environment, route};
use app::{Failure, Gate};
use lambda_http::{Body, Error, Request, Response};
use lambda_runtime::LambdaEvent;
use serde_json::Value;
use std::future::Future;
use std::sync::Arc;

/// Serves an HTTP API.
///
/// # Errors
/// The gate cannot be made, or the runtime is gone.
pub async fn http<F, R>(needs: Needs, handle: F) -> Result<(), Error>
where
    F: Fn(Arc<Gate>, Request) -> R,
    R: Future<Output = Response<Body>> + Send,
{
    lambda_http::tracing::init_default_subscriber();
    let gate = Arc::new(environment::gate(needs).await?);
    let handle = &handle;
    let serve = |request: Request| {
        if let Some(api) = route::api(&request) {
            gate.api.get_or_init(|| api.to_owned());
        }
        let answer = handle(gate.clone(), request);
        async move { Ok::<_, Error>(answer.await) }
    };
    lambda_http::run(lambda_http::service_fn(serve)).await
}

/// Serves a streaming Function URL.
///
/// # Errors
/// The gate cannot be made, or the runtime is gone.
pub async fn stream<F, R, B>(needs: Needs, handle: F) -> Result<(), Error>
where
    F: Fn(Arc<Gate>, Request) -> R,
    R: Future<Output = Response<B>> + Send,
    B: http_body::Body + Unpin + Send + 'static,
    B::Data: Into<bytes::Bytes> + Send,
    B::Error: Into<Error> + Send + std::fmt::Debug,
{
    lambda_http::tracing::init_default_subscriber();
    let gate = Arc::new(environment::gate(needs).await?);
    let handle = &handle;
    let serve = |request| {
        let answer = handle(gate.clone(), request);
        async move { Ok::<_, Error>(answer.await) }
    };
    lambda_http::run_with_streaming_response(lambda_http::service_fn(serve)).await
}

/// Serves events.
///
/// # Errors
/// The gate cannot be made, or the runtime is gone.
pub async fn events<F, R>(needs: Needs, handle: F) -> Result<(), Error>
where
    F: Fn(Arc<Gate>, Value) -> R,
    R: Future<Output = Result<Value, Failure>>,
{
    lambda_http::tracing::init_default_subscriber();
    let gate = Arc::new(environment::gate(needs).await?);
    let handle = &handle;
    let serve = |event: LambdaEvent<Value>| {
        let outcome = handle(gate.clone(), event.payload);
        async move { outcome.await.map_err(|failure| Error::from(failure.to_string())) }
    };
    lambda_runtime::run(lambda_runtime::service_fn(serve)).await
}
