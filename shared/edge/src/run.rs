//! The wiring of a binary on Lambda: the log, the gate, the observer, the runtime's loop.

use crate::{Lines, Needs, Observer, environment, log, route};
use app::{Failure, Gate};
use http::header::SET_COOKIE;
use lambda_http::aws_lambda_events::apigw::ApiGatewayV2httpResponse;
use lambda_http::request::LambdaRequest;
use lambda_http::{Body, Error, Request, RequestExt as _, Response};
use lambda_runtime::LambdaEvent;
use lambda_runtime_api_client::{Client, build_request};
use serde_json::{Value, json};
use std::future::Future;
use std::sync::Arc;

/// What Lambda calls a function that cannot start.
const INIT_ERROR: &str = "Runtime.InitError";

/// What every function begins with. Why it cannot be is told to Lambda, which otherwise says only that the process ended.
async fn begin(needs: Needs) -> Result<(Arc<Gate>, Arc<Observer>), Error> {
    log::begin();
    match started(needs).await {
        Ok(started) => Ok(started),
        Err(why) => {
            // Lambda writes down why the process ended, whether or not it could be told before.
            let _ = tell(&why).await;
            Err(why.into())
        }
    }
}

async fn started(needs: Needs) -> Result<(Arc<Gate>, Arc<Observer>), String> {
    let (function, stack) = environment::names()?;
    let gate = Arc::new(environment::gate(needs).await?);
    Ok((gate, Observer::new(&function, &stack, Lines::Output)))
}

async fn tell(why: &str) -> Result<(), Error> {
    let error = json!({ "errorType": INIT_ERROR, "errorMessage": why, "stackTrace": [] });
    let post = build_request().method("POST").uri("/2018-06-01/runtime/init/error");
    let post = post.header("lambda-runtime-function-error-type", INIT_ERROR).body(error.to_string().into())?;
    Client::builder().build()?.call(post).await.map(drop)
}

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
    let serve = |event: LambdaEvent<LambdaRequest>| {
        let request = Request::from(event.payload).with_lambda_context(event.context);
        if let Some(api) = route::api(&request) {
            gate.api.get_or_init(|| api.to_owned());
        }
        let (gate, line) = (gate.clone(), observer.request(&request));
        let answer = Box::pin(handle(gate.clone(), request));
        async move { Ok::<_, Error>(answer_of_gateway(observer.answer(&gate, line, answer).await)) }
    };
    lambda_runtime::run(lambda_runtime::service_fn(serve)).await
}

/// As `lambda_http::run` would have it, which first asks for the tables of every character set there is.
fn answer_of_gateway(response: Response<Body>) -> ApiGatewayV2httpResponse {
    let (mut head, body) = response.into_parts();
    let cookies = head.headers.get_all(SET_COOKIE).iter().filter_map(|cookie| Some(cookie.to_str().ok()?.to_owned()));
    let mut answer = ApiGatewayV2httpResponse::default();
    answer.cookies = cookies.collect();
    head.headers.remove(SET_COOKIE);
    answer.status_code = i64::from(head.status.as_u16());
    answer.headers = head.headers;
    answer.is_base64_encoded = matches!(body, Body::Binary(_));
    answer.body = Some(body).filter(|body| !matches!(body, Body::Empty));
    answer
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
        let answer = Box::pin(handle(gate.clone(), request));
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
        let outcome = Box::pin(handle(gate.clone(), event.payload));
        async move { observer.take(&gate, line, outcome).await.map_err(|failure| Error::from(failure.to_string())) }
    };
    lambda_runtime::run(lambda_runtime::service_fn(serve)).await
}
