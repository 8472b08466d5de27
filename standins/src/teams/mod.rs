//! A Teams workflow, as strict as Teams: a real HTTP server on loopback that takes Adaptive Cards under one signed address, refuses what
//! Teams would not show, remembers every card, and fails on demand. Nothing ever comes back from it.
mod cards;

pub use cards::message;

use crate::server::{Server, listen, serve, wait_until};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::http::request::Parts;
use hyper::{Request, Response};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// Four a second (<https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook>).
const MAX_PER_SECOND: usize = 4;
/// The workflow's address, without its secret.
const PATH: &str = "/workflows/5ta4d1n/triggers/manual/paths/invoke";
/// The workflow's secret.
const SIG: &str = "5ecre7-S1g_0f-7he-5tand1n";

/// How the next post is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Not posted: 429, with `Retry-After` in seconds.
    RateLimited(u64),
    /// Not posted: this status with Azure's `{"error": {"code", "message"}}`.
    Error(u16, &'static str),
    /// Not posted: 200, and the body says that Teams answered with this status.
    TeamsFailed(u16),
    /// Not posted: 200 with this body.
    Body(&'static str),
    /// No answer, and nothing posted.
    Hang,
    /// The connection is closed, and nothing posted.
    Reset,
    /// Posted, and no answer.
    SucceedSilently,
    /// Posted, and answered with this status and body.
    Answer(u16, &'static str),
}

/// A card that was posted.
#[derive(Clone, Debug, PartialEq)]
pub struct PostedCard {
    /// The Adaptive Card.
    pub content: Value,
    /// The bytes of the whole message.
    pub bytes: usize,
}

impl PostedCard {
    /// Everything there is to read on it, one paragraph a line.
    pub fn reads(&self) -> String {
        let mut lines = Vec::new();
        read(&self.content["body"], &mut lines);
        lines.join("\n")
    }

    /// Where its actions lead.
    pub fn links(&self) -> Vec<String> {
        let actions = self.content["actions"].as_array().cloned().unwrap_or_default();
        actions.iter().filter_map(|action| Some(action["url"].as_str()?.to_owned())).collect()
    }
}

fn read(value: &Value, lines: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| read(item, lines)),
        Value::Object(map) if map.contains_key("inlines") => {
            let runs = map["inlines"].as_array().cloned().unwrap_or_default();
            lines.push(runs.iter().filter_map(|run| run["text"].as_str()).collect());
        }
        Value::Object(map) => map.values().for_each(|inner| read(inner, lines)),
        _ => {}
    }
}

#[derive(Default)]
struct State {
    cards: Vec<PostedCard>,
    refusals: Vec<String>,
    faults: VecDeque<Fault>,
    calls: usize,
    limited: bool,
    recent: VecDeque<Instant>,
}

struct Shared {
    state: Mutex<State>,
    changed: watch::Sender<u64>,
    origin: String,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The server; it ends when this is dropped.
pub struct TeamsStandin {
    shared: Arc<Shared>,
    _server: Server,
}

impl TeamsStandin {
    /// One workflow, on a free port.
    ///
    /// # Errors
    /// Where no port can be had.
    pub async fn start() -> io::Result<Self> {
        let (listener, origin) = listen().await?;
        let shared = Arc::new(Shared { state: Mutex::default(), changed: watch::Sender::new(0), origin });
        let answering = shared.clone();
        let server = serve(listener, move |request| answer(request, answering.clone()));
        Ok(Self { shared, _server: server })
    }

    /// A connector's `endpoint`, as a workflow shows it.
    pub fn url(&self) -> String {
        format!("{}{PATH}?api-version=1&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig={SIG}", self.shared.origin)
    }

    /// What must never be seen outside of the address.
    pub fn secret(&self) -> &'static str {
        SIG
    }

    /// The cards that were posted, oldest first.
    pub fn cards(&self) -> Vec<PostedCard> {
        self.shared.state().cards.clone()
    }

    /// Why posts were refused.
    pub fn refusals(&self) -> Vec<String> {
        self.shared.state().refusals.clone()
    }

    /// How many requests came, failed ones too.
    pub fn calls(&self) -> usize {
        self.shared.state().calls
    }

    /// Makes the next post fail, or be answered in another way; they queue up.
    pub fn fail_next(&self, fault: Fault) {
        self.shared.state().faults.push_back(fault);
    }

    /// From now on takes four posts a second and no more.
    pub fn limit_rate(&self) {
        self.shared.state().limited = true;
    }

    /// Waits until something was done here; `false` after ten seconds.
    pub async fn wait_until(&self, done: impl Fn(&Self) -> bool) -> bool {
        wait_until(&self.shared.changed, || done(self)).await
    }
}

/// A post's answer. An error closes the connection.
async fn answer(request: Request<Incoming>, shared: Arc<Shared>) -> io::Result<Response<Full<Bytes>>> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    let (fault, posted) = {
        let mut state = shared.state();
        state.calls += 1;
        let fault = state.faults.pop_front();
        let done = matches!(fault, None | Some(Fault::SucceedSilently | Fault::Answer(..)));
        let posted = if done { post(&mut state, &head, &body) } else { Ok(()) };
        (fault, posted)
    };
    shared.changed.send_modify(|n| *n += 1);
    match (fault, posted) {
        (None | Some(Fault::Answer(..)), Err((status, code))) => {
            reply(status, (status == 429).then_some(1), azure(code))
        }
        (None, Ok(())) => reply(202, None, String::new()),
        (Some(Fault::Answer(status, body)), Ok(())) => reply(status, None, body.into()),
        (Some(Fault::RateLimited(seconds)), _) => reply(429, Some(seconds), azure("TooManyRequests")),
        (Some(Fault::Error(status, code)), _) => reply(status, None, azure(code)),
        (Some(Fault::TeamsFailed(status)), _) => reply(200, None, teams_failed(status)),
        (Some(Fault::Body(body)), _) => reply(200, None, body.into()),
        (Some(Fault::Reset), _) => Err(io::ErrorKind::ConnectionReset.into()),
        (Some(Fault::Hang | Fault::SucceedSilently), _) => std::future::pending().await,
    }
}

fn post(state: &mut State, head: &Parts, body: &[u8]) -> Result<(), (u16, &'static str)> {
    let refused = |state: &mut State, status, code, why: String| {
        state.refusals.push(why);
        Err((status, code))
    };
    let query = head.uri.query().unwrap_or_default();
    if head.method != "POST" || head.uri.path() != PATH {
        return refused(state, 404, "WorkflowNotFound", "another workflow".into());
    }
    if !query.split('&').any(|pair| pair.strip_prefix("sig=") == Some(SIG)) {
        return refused(state, 401, "DirectApiAuthorizationRequired", "another sig".into());
    }
    if state.limited && !admit(&mut state.recent) {
        return refused(state, 429, "TooManyRequests", "too many requests".into());
    }
    let kind = head.headers.get("content-type").and_then(|v| v.to_str().ok()).unwrap_or_default();
    let json = serde_json::from_slice(body).ok().filter(|_| kind.starts_with("application/json"));
    let Some(json) = json else { return refused(state, 400, "InvalidRequestContent", "not JSON".into()) };
    if body.len() > cards::MAX_MESSAGE {
        return refused(state, 413, "RequestEntityTooLarge", format!("{} bytes", body.len()));
    }
    // The real workflow answers 202 and posts nothing; the stand-in reports the fault.
    if let Err(why) = message(&json) {
        return refused(state, 400, "TriggerInputSchemaMismatch", why);
    }
    let content = json["attachments"][0]["content"].clone();
    state.cards.push(PostedCard { content, bytes: body.len() });
    Ok(())
}

/// Whether there is room in the last second.
fn admit(recent: &mut VecDeque<Instant>) -> bool {
    let now = Instant::now();
    recent.retain(|at| now.duration_since(*at) < Duration::from_secs(1));
    let room = recent.len() < MAX_PER_SECOND;
    if room {
        recent.push_back(now);
    }
    room
}

fn azure(code: &str) -> String {
    json!({ "error": { "code": code, "message": "The request could not be done." } }).to_string()
}

fn teams_failed(status: u16) -> String {
    format!(
        "Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error {status} with ContextId tcid=0,server=STANDIN."
    )
}

fn reply(status: u16, retry_after: Option<u64>, body: String) -> io::Result<Response<Full<Bytes>>> {
    let mut response = Response::builder().status(status).header("content-type", "application/json; charset=utf-8");
    if let Some(seconds) = retry_after {
        response = response.header("retry-after", seconds);
    }
    response.body(Full::new(body.into())).map_err(io::Error::other)
}
