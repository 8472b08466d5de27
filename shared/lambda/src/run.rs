//! The wiring of a binary on Lambda: the log, the gate, the observer, the runtime's loop.

use crate::observe::log;
use crate::request::arrived::unreadable;
use crate::request::route;
use crate::start::environment;
use crate::{Arrived, Lines, Needs, Observer, Watched};
use app::{Failure, Gate};
use bytes::Bytes;
use http::HeaderMap;
use http::header::SET_COOKIE;
use http_body::Body as HttpBody;
use http_body_util::{BodyDataStream, Either, Full};
use lambda_http::aws_lambda_events::apigw::ApiGatewayV2httpResponse;
use lambda_http::{Body, Error, Request, RequestExt as _, Response};
use lambda_runtime::{LambdaEvent, MetadataPrelude, StreamResponse};
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
    let (gate, observer, handle) = (&gate, &observer, &handle);
    let serve = |event| {
        let answer = answer(gate, observer, handle, event);
        async move { Ok::<_, Error>(answer.await) }
    };
    lambda_runtime::run(lambda_runtime::service_fn(serve)).await
}

/// What [`http`] does with one event.
pub fn answer<'a, F, R>(
    gate: &'a Arc<Gate>,
    observer: &'a Observer,
    handle: &F,
    event: LambdaEvent<Arrived>,
) -> impl Future<Output = ApiGatewayV2httpResponse> + Send + use<'a, F, R>
where
    F: Fn(Arc<Gate>, Request) -> R,
    R: Future<Output = Response<Body>> + Send + 'a,
{
    let (line, work) = match event.payload {
        Arrived::Request(request) => {
            let request = request.with_lambda_context(event.context);
            if let Some(api) = route::api(&request) {
                gate.memory.api.get_or_init(|| api.to_owned());
            }
            (observer.request(&request), Ok(Box::pin(handle(gate.clone(), request))))
        }
        Arrived::Unreadable(raw) => (observer.event(&raw, Some(&event.context)), Err(())),
    };
    async move {
        let work = async {
            match work {
                Ok(work) => work.await,
                Err(()) => unreadable().into_response(),
            }
        };
        answer_of_gateway(observer.answer(gate, line, work).await)
    }
}

/// As `lambda_http::run` would have it, which first asks for the tables of every character set there is.
fn answer_of_gateway(response: Response<Body>) -> ApiGatewayV2httpResponse {
    let (mut head, body) = response.into_parts();
    let mut answer = ApiGatewayV2httpResponse::default();
    answer.cookies = cookies(&mut head.headers);
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
    B: HttpBody<Data = Bytes> + Unpin + Send + 'static,
    B::Error: Into<Error> + Send + std::fmt::Debug,
{
    let (gate, observer) = begin(needs).await?;
    let (gate, observer, handle) = (&gate, &observer, &handle);
    let serve = |event| {
        let answer = answer_in_parts(gate, observer, handle, event);
        async move { Ok::<_, Error>(in_parts(answer.await)) }
    };
    lambda_runtime::run(lambda_runtime::service_fn(serve)).await
}

/// What [`stream`] does with one event.
pub fn answer_in_parts<'a, F, R, B>(
    gate: &'a Arc<Gate>,
    observer: &'a Arc<Observer>,
    handle: &F,
    event: LambdaEvent<Arrived>,
) -> impl Future<Output = Response<Parts<B>>> + Send + use<'a, F, R, B>
where
    F: Fn(Arc<Gate>, Request) -> R,
    R: Future<Output = Response<B>> + Send + 'a,
    B: HttpBody<Data = Bytes> + Unpin + Send + 'static,
{
    let (line, work) = match event.payload {
        Arrived::Request(request) => {
            let request = request.with_lambda_context(event.context);
            (observer.request(&request), Ok(Box::pin(handle(gate.clone(), request))))
        }
        Arrived::Unreadable(raw) => (observer.event(&raw, Some(&event.context)), Err(())),
    };
    async move {
        match work {
            Ok(work) => observer.stream(gate, line, work).await.map(Either::Left),
            Err(()) => {
                let whole = observer.answer(gate, line, async { unreadable().into_response() }).await;
                whole.map(|body| Either::Right(Full::from(body.to_vec())))
            }
        }
    }
}

/// A body in parts that is watched to its end, or a whole one.
pub type Parts<B> = Either<Watched<B>, Full<Bytes>>;

/// As `lambda_http::run_with_streaming_response` would have it.
fn in_parts<B: HttpBody>(response: Response<B>) -> StreamResponse<BodyDataStream<B>> {
    let (mut head, body) = response.into_parts();
    let cookies = cookies(&mut head.headers);
    let metadata_prelude = MetadataPrelude { status_code: head.status, headers: head.headers, cookies };
    StreamResponse { metadata_prelude, stream: BodyDataStream::new(body) }
}

/// The cookies that are set, taken out of the headers.
fn cookies(headers: &mut HeaderMap) -> Vec<String> {
    let cookies = headers.get_all(SET_COOKIE).iter().filter_map(|cookie| Some(cookie.to_str().ok()?.to_owned()));
    let cookies = cookies.collect();
    headers.remove(SET_COOKIE);
    cookies
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
