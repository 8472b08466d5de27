//! The wiring of a binary on Lambda: the log, the gate, the observer, the runtime's loop.

use crate::{Lines, Needs, Observer, environment, log, route};
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
    let (gate, observer) = begin(needs).await?;
    let (handle, observer) = (&handle, &observer);
    let serve = |request: Request| {
        if let Some(api) = route::api(&request) {
            gate.api.get_or_init(|| api.to_owned());
        }
        let (gate, line) = (gate.clone(), observer.request(&request));
        let answer = handle(gate.clone(), request);
        async move { Ok::<_, Error>(observer.answer(&gate, line, answer).await) }
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
    let (gate, observer) = begin(needs).await?;
    let (handle, observer) = (&handle, &observer);
    let serve = |request: Request| {
        let (gate, line) = (gate.clone(), observer.request(&request));
        let answer = handle(gate.clone(), request);
        async move { Ok::<_, Error>(observer.stream(&gate, line, answer).await) }
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
    let (gate, observer) = begin(needs).await?;
    let (handle, observer) = (&handle, &observer);
    let serve = |event: LambdaEvent<Value>| {
        let (gate, line) = (gate.clone(), observer.event(&event.payload, Some(&event.context)));
        let outcome = handle(gate.clone(), event.payload);
        async move { observer.take(&gate, line, outcome).await.map_err(|failure| Error::from(failure.to_string())) }
    };
    lambda_runtime::run(lambda_runtime::service_fn(serve)).await
}

async fn begin(needs: Needs) -> Result<(Arc<Gate>, Arc<Observer>), Error> {
    log::begin();
    let (function, stack) = environment::names()?;
    let gate = Arc::new(environment::gate(needs).await?);
    Ok((gate, Observer::new(&function, &stack, Lines::Output)))
}
