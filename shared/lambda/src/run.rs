//! The wiring of a binary on Lambda: the log, what the function has, the observer, the runtime's loop.

use crate::observe::log;
use crate::request::arrived::unreadable;
use crate::request::route;
use crate::start::{environment, function};
use crate::{Arrived, Function, Lines, Observer, Watched};
use app::Failure;
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

/// What every function begins with. If the start fails, the reason is reported to Lambda, which otherwise logs only that the process ended.
async fn begin<Has: Function>() -> Result<(Arc<Has>, Arc<Observer>), Error> {
    log::begin();
    match started().await {
        Ok(started) => Ok(started),
        Err(why) => {
            // Lambda logs why the process ended, even if the report failed.
            let _ = tell(&why).await;
            Err(why.into())
        }
    }
}

async fn started<Has: Function>() -> Result<(Arc<Has>, Arc<Observer>), String> {
    let (function, stack) = environment::names()?;
    let has = Arc::new(function::start().await?);
    Ok((has, Observer::new(&function, &stack, Lines::Output)))
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
/// What the function has cannot be had, or the runtime is gone.
pub async fn http<Has, F, R>(handle: F) -> Result<(), Error>
where
    Has: Function,
    F: Fn(Arc<Has>, Request) -> R,
    R: Future<Output = Response<Body>> + Send,
{
    let (has, observer) = begin().await?;
    let (has, observer, handle) = (&has, &observer, &handle);
    let serve = |event| {
        let answer = answer(has, observer, handle, event);
        async move { Ok::<_, Error>(answer.await) }
    };
    lambda_runtime::run(lambda_runtime::service_fn(serve)).await
}

/// What [`http`] does with one event.
pub fn answer<'a, Has, F, R>(
    has: &'a Arc<Has>,
    observer: &'a Observer,
    handle: &F,
    event: LambdaEvent<Arrived>,
) -> impl Future<Output = ApiGatewayV2httpResponse> + Send + use<'a, Has, F, R>
where
    Has: Function,
    F: Fn(Arc<Has>, Request) -> R,
    R: Future<Output = Response<Body>> + Send + 'a,
{
    let (line, work) = match event.payload {
        Arrived::Request(request) => {
            let request = request.with_lambda_context(event.context);
            if let Some(api) = route::api(&request) {
                has.gate().memory.api.get_or_init(|| api.to_owned());
            }
            (observer.request(&request), Ok(Box::pin(handle(has.clone(), request))))
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
        answer_of_gateway(observer.answer(has.gate(), line, work).await)
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
/// What the function has cannot be had, or the runtime is gone.
pub async fn stream<Has, F, R, B>(handle: F) -> Result<(), Error>
where
    Has: Function,
    F: Fn(Arc<Has>, Request) -> R,
    R: Future<Output = Response<B>> + Send,
    B: HttpBody<Data = Bytes> + Unpin + Send + 'static,
    B::Error: Into<Error> + Send + std::fmt::Debug,
{
    let (has, observer) = begin().await?;
    let (has, observer, handle) = (&has, &observer, &handle);
    let serve = |event| {
        let answer = answer_in_parts(has, observer, handle, event);
        async move { Ok::<_, Error>(in_parts(answer.await)) }
    };
    lambda_runtime::run(lambda_runtime::service_fn(serve)).await
}

/// What [`stream`] does with one event.
pub fn answer_in_parts<'a, Has, F, R, B>(
    has: &'a Arc<Has>,
    observer: &'a Arc<Observer>,
    handle: &F,
    event: LambdaEvent<Arrived>,
) -> impl Future<Output = Response<Parts<B>>> + Send + use<'a, Has, F, R, B>
where
    Has: Function,
    F: Fn(Arc<Has>, Request) -> R,
    R: Future<Output = Response<B>> + Send + 'a,
    B: HttpBody<Data = Bytes> + Unpin + Send + 'static,
{
    let (line, work) = match event.payload {
        Arrived::Request(request) => {
            let request = request.with_lambda_context(event.context);
            (observer.request(&request), Ok(Box::pin(handle(has.clone(), request))))
        }
        Arrived::Unreadable(raw) => (observer.event(&raw, Some(&event.context)), Err(())),
    };
    async move {
        match work {
            Ok(work) => observer.stream(has.gate(), line, work).await.map(Either::Left),
            Err(()) => {
                let whole = observer.answer(has.gate(), line, async { unreadable().into_response() }).await;
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
/// What the function has cannot be had, or the runtime is gone.
pub async fn events<Has, F, R>(handle: F) -> Result<(), Error>
where
    Has: Function,
    F: Fn(Arc<Has>, Value) -> R,
    R: Future<Output = Result<Value, Failure>>,
{
    let (has, observer) = begin::<Has>().await?;
    let (handle, observer) = (&handle, &observer);
    let serve = |event: LambdaEvent<Value>| {
        let (has, line) = (has.clone(), observer.event(&event.payload, Some(&event.context)));
        let outcome = Box::pin(handle(has.clone(), event.payload));
        async move { observer.take(has.gate(), line, outcome).await.map_err(|failure| Error::from(failure.to_string())) }
    };
    lambda_runtime::run(lambda_runtime::service_fn(serve)).await
}
