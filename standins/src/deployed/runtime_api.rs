//! Lambda's Runtime API (version 2018-06-01) as one function sees it, as strict as AWS: what AWS would refuse is refused and kept as a
//! fault, and the invocation ends badly.

use bytes::{Bytes, BytesMut};
use futures::stream;
use http_body_util::{BodyExt as _, Full, StreamBody as Parts};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper::{HeaderMap, Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use local::handlers::StreamBody;
use serde_json::{Value, json};
use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Mutex as AsyncMutex, mpsc, oneshot, watch};

/// Where everything is.
const ROOT: &str = "/2018-06-01/runtime/";
/// The most bytes of a whole answer.
const MOST_BYTES: usize = 6 * 1024 * 1024;
/// The most bytes of what comes before a streamed body.
const MOST_PRELUDE: usize = 16 * 1024;
/// What stands between the two.
const BETWEEN: &[u8] = &[0; 8];

/// What became of an invocation.
pub enum InvocationOutcome {
    /// A whole answer.
    Answered(Value),
    /// The status and the headers, and a body in parts.
    Streamed(Value, StreamBody),
    /// `{"errorType": …, "errorMessage": …}`.
    Failed(Value),
}

/// The address one process asks, and what it did there.
#[derive(Clone)]
pub struct RuntimeApi {
    /// `127.0.0.1:<port>`, as `AWS_LAMBDA_RUNTIME_API` names it.
    pub address: String,
    shared: Arc<Shared>,
}

struct Shared {
    arn: String,
    streams: bool,
    waiting: mpsc::UnboundedSender<Invocation>,
    queue: AsyncMutex<mpsc::UnboundedReceiver<Invocation>>,
    asked: watch::Sender<u64>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    under_way: Option<(String, oneshot::Sender<InvocationOutcome>)>,
    invoked: Vec<String>,
    init_error: Option<Value>,
    faults: Vec<String>,
}

struct Invocation {
    event: String,
    lasts: Duration,
    reply: oneshot::Sender<InvocationOutcome>,
}

type HttpAnswer = Response<Full<Bytes>>;

impl RuntimeApi {
    /// Starts for a function, which streams its answers or does not.
    pub async fn start(arn: &str, streams: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (waiting, queue) = mpsc::unbounded_channel();
        let (queue, asked, state) = (AsyncMutex::new(queue), watch::Sender::default(), Mutex::default());
        let shared = Arc::new(Shared { arn: arn.to_owned(), streams, waiting, queue, asked, state });
        let serving = shared.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serving.clone().connection(stream));
            }
        });
        Self { address, shared }
    }

    /// Invokes the function and waits for its answer; none where its process ended, or was refused, before it gave one.
    pub async fn invoke(&self, event: String, lasts: Duration) -> Option<InvocationOutcome> {
        let (reply, outcome) = oneshot::channel();
        self.shared.waiting.send(Invocation { event, lasts, reply }).ok()?;
        tokio::time::timeout(lasts, outcome).await.ok()?.ok()
    }

    /// Says that the process has ended: nobody answers what is under way.
    pub fn ended(&self) {
        self.shared.state.lock().unwrap().under_way = None;
    }

    /// How often the next event was asked for.
    pub fn asked(&self) -> u64 {
        *self.shared.asked.borrow()
    }

    /// Waits until the process has nothing to do, and asks for the next event.
    pub async fn rests(&self) {
        let given = self.invoked().len() as u64;
        self.shared.asked.subscribe().wait_for(|asked| *asked > given).await.unwrap();
    }

    /// The ids of its invocations.
    pub fn invoked(&self) -> Vec<String> {
        self.shared.state.lock().unwrap().invoked.clone()
    }

    /// What the process said instead of asking for an event.
    pub fn init_error(&self) -> Option<Value> {
        self.shared.state.lock().unwrap().init_error.clone()
    }

    /// What AWS would have refused.
    pub fn faults(&self) -> Vec<String> {
        self.shared.state.lock().unwrap().faults.clone()
    }
}

impl Shared {
    async fn connection(self: Arc<Self>, stream: TcpStream) {
        let service = service_fn(move |request| {
            let shared = self.clone();
            async move { Ok::<_, Infallible>(shared.answer(request).await) }
        });
        let _ended = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
    }

    async fn answer(&self, request: Request<Incoming>) -> HttpAnswer {
        let path = request.uri().path().to_owned();
        let Some(what) = path.strip_prefix(ROOT) else {
            return self.refuse(StatusCode::NOT_FOUND, format!("no such address: {path}"));
        };
        let method = request.method().clone();
        match (method, what.split('/').collect::<Vec<_>>().as_slice()) {
            (Method::GET, ["invocation", "next"]) => self.next().await,
            (Method::POST, ["init", "error"]) => self.init_failed(request).await,
            (Method::POST, ["invocation", id, "error"]) => self.failed(id, request).await,
            (Method::POST, ["invocation", id, "response"]) => self.responded(id, request).await,
            (method, _) => self.refuse(StatusCode::NOT_FOUND, format!("no such address: {method} {path}")),
        }
    }

    #[expect(clippy::disallowed_methods, reason = "Lambda has a clock of its own")]
    async fn next(&self) -> HttpAnswer {
        {
            self.asked.send_modify(|asked| *asked += 1);
            let state = self.state.lock().unwrap();
            if state.under_way.is_some() || state.init_error.is_some() {
                drop(state);
                return self.refuse(StatusCode::FORBIDDEN, "asked for an event in the middle of one".to_owned());
            }
        }
        let Some(Invocation { event, lasts, reply }) = self.queue.lock().await.recv().await else {
            return self.refuse(StatusCode::INTERNAL_SERVER_ERROR, "nobody invokes any more".to_owned());
        };
        let mut state = self.state.lock().unwrap();
        let id = format!("8476a536-e9f4-11e8-9739-{:012x}", state.invoked.len() + 1);
        state.invoked.push(id.clone());
        state.under_way = Some((id.clone(), reply));
        let deadline = SystemTime::now() + lasts;
        Response::builder()
            .header("content-type", "application/json")
            .header("lambda-runtime-aws-request-id", id)
            .header("lambda-runtime-deadline-ms", deadline.duration_since(UNIX_EPOCH).unwrap().as_millis().to_string())
            .header("lambda-runtime-invoked-function-arn", &self.arn)
            .header(
                "lambda-runtime-trace-id",
                "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=0",
            )
            .body(Full::new(event.into()))
            .unwrap()
    }

    async fn init_failed(&self, request: Request<Incoming>) -> HttpAnswer {
        let error = match read_error(request).await {
            Ok(error) => error,
            Err(why) => return self.refuse(StatusCode::BAD_REQUEST, why),
        };
        self.state.lock().unwrap().init_error = Some(error);
        accepted()
    }

    async fn failed(&self, id: &str, request: Request<Incoming>) -> HttpAnswer {
        let error = read_error(request).await;
        match (self.finish(id), error) {
            (Some(reply), Ok(error)) => {
                let _ = reply.send(InvocationOutcome::Failed(error));
                accepted()
            }
            (None, _) => self.refuse(StatusCode::BAD_REQUEST, format!("no invocation {id} is under way")),
            (_, Err(why)) => self.refuse(StatusCode::BAD_REQUEST, why),
        }
    }

    async fn responded(&self, id: &str, request: Request<Incoming>) -> HttpAnswer {
        let Some(reply) = self.finish(id) else {
            return self.refuse(StatusCode::BAD_REQUEST, format!("no invocation {id} is under way"));
        };
        let streaming = header(request.headers(), "lambda-runtime-function-response-mode") == Some("streaming");
        let done = match (streaming, self.streams) {
            (true, true) => streamed(request, reply).await,
            (false, false) => whole(request, reply).await,
            (true, false) => Err("streams where a whole answer is expected".to_owned()),
            (false, true) => Err("answers whole where a stream is expected".to_owned()),
        };
        done.map_or_else(|why| self.refuse(StatusCode::BAD_REQUEST, why), |()| accepted())
    }

    fn finish(&self, id: &str) -> Option<oneshot::Sender<InvocationOutcome>> {
        let mut state = self.state.lock().unwrap();
        state.under_way.take_if(|(under_way, _)| under_way == id).map(|(_, reply)| reply)
    }

    fn refuse(&self, status: StatusCode, why: String) -> HttpAnswer {
        let body = json!({ "errorType": "InvalidRequest", "errorMessage": why }).to_string();
        self.state.lock().unwrap().faults.push(why);
        Response::builder().status(status).body(Full::new(body.into())).unwrap()
    }
}

fn accepted() -> HttpAnswer {
    let accepted = Response::builder().status(StatusCode::ACCEPTED).header("content-type", "application/json");
    accepted.body(Full::new(Bytes::from_static(br#"{"status":"OK"}"#))).unwrap()
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

async fn read_error(request: Request<Incoming>) -> Result<Value, String> {
    let kind = header(request.headers(), "lambda-runtime-function-error-type").map(str::to_owned);
    kind.filter(|kind| !kind.is_empty()).ok_or("an error without Lambda-Runtime-Function-Error-Type")?;
    let body = request.into_body().collect().await.map_err(|e| e.to_string())?.to_bytes();
    let error: Value = serde_json::from_slice(&body).map_err(|e| format!("an error that is not JSON: {e}"))?;
    let told = |name: &str| error[name].is_string();
    let whole = told("errorType") && told("errorMessage");
    if whole { Ok(error) } else { Err(format!("an error without type or message: {error}")) }
}

async fn whole(request: Request<Incoming>, reply: oneshot::Sender<InvocationOutcome>) -> Result<(), String> {
    let body = request.into_body().collect().await.map_err(|e| e.to_string())?.to_bytes();
    if body.len() > MOST_BYTES {
        return Err(format!("an answer of {} bytes", body.len()));
    }
    let answer = serde_json::from_slice(&body).map_err(|e| format!("an answer that is not JSON: {e}"))?;
    reply.send(InvocationOutcome::Answered(answer)).map_err(|_| "an answer after the time was over".to_owned())
}

/// The prelude, eight NUL bytes, and the body as it comes.
async fn streamed(request: Request<Incoming>, reply: oneshot::Sender<InvocationOutcome>) -> Result<(), String> {
    let kind = header(request.headers(), "content-type");
    if kind != Some("application/vnd.awslambda.http-integration-response") {
        return Err(format!("a stream of the type {kind:?}"));
    }
    if header(request.headers(), "transfer-encoding") != Some("chunked") {
        return Err("a stream that is not chunked".to_owned());
    }
    let mut body = request.into_body();
    let (prelude, rest) = read_prelude(&mut body).await?;
    let (sender, parts) = mpsc::unbounded_channel();
    let parts = stream::unfold(parts, async |mut parts| Some((Ok(parts.recv().await?), parts)));
    let _ = reply.send(InvocationOutcome::Streamed(prelude, Parts::new(Box::pin(parts)).boxed_unsync()));
    let _ = sender.send(Frame::data(rest));
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|e| format!("a stream that broke off: {e}"))?;
        // Nobody may be listening any more: AWS takes the rest all the same.
        let _ = sender.send(frame);
    }
    Ok(())
}

async fn read_prelude(body: &mut Incoming) -> Result<(Value, Bytes), String> {
    let mut read = BytesMut::new();
    loop {
        if let Some(end) = read.windows(BETWEEN.len()).position(|window| window == BETWEEN) {
            let prelude = read.split_to(end);
            let prelude: Value = serde_json::from_slice(&prelude).map_err(|e| format!("a prelude not of JSON: {e}"))?;
            prelude["statusCode"].as_u64().ok_or_else(|| format!("a prelude without a status: {prelude}"))?;
            return Ok((prelude, read.split_off(BETWEEN.len()).freeze()));
        }
        if read.len() > MOST_PRELUDE {
            return Err("a prelude that does not end".to_owned());
        }
        let frame = body.frame().await.ok_or("a stream without a prelude")?;
        let frame = frame.map_err(|e| e.to_string())?;
        read.extend_from_slice(&frame.into_data().unwrap_or_default());
    }
}
