//! Slack, as strict as Slack: a real HTTP server on loopback that checks every call, remembers every message with all its versions, fails
//! on demand, and makes the signed requests that Slack posts when people click.
mod calls;
mod clicks;
mod limits;
mod messages;
mod state;

pub use clicks::{SignedRequest, User};
pub use limits::Fault;
pub use messages::{Ephemeral, Message, Version, View};

use crate::server::{Server, listen, serve, wait_until};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::{Request, Response};
use std::io;
use std::sync::{Arc, Mutex};
use tokio::sync::watch;

use limits::Post;
use state::{Shared, State};

/// The server; it ends when this is dropped.
pub struct SlackStandin {
    shared: Arc<Shared>,
    _server: Server,
}

impl SlackStandin {
    /// A Slack with one workspace, one app and one bot, on a free port.
    ///
    /// # Errors
    /// Where no port can be had.
    pub async fn start() -> io::Result<Self> {
        let (listener, origin) = listen().await?;
        let shared = Arc::new(Shared {
            state: Mutex::default(),
            changed: watch::Sender::new(0),
            let_go: watch::Sender::new(false),
            origin,
        });
        let answering = shared.clone();
        let server = serve(listener, move |request| answer(request, answering.clone()));
        Ok(Self { shared, _server: server })
    }

    /// What `SLACK_API_URL` is set to; like the real `https://slack.com/api/`, it ends in `/api/`.
    pub fn url(&self) -> String {
        format!("{}/api/", self.shared.origin)
    }

    /// The bot's token.
    pub fn bot_token(&self) -> &'static str {
        "xoxb-standin-0123456789"
    }

    /// The app's signing secret.
    pub fn signing_secret(&self) -> &'static str {
        "5ecre70f7he57and1n5ecre70f7he57a"
    }

    /// The workspace's id.
    pub fn team(&self) -> &'static str {
        "T0STANDIN"
    }

    /// The app's id.
    pub fn app(&self) -> &'static str {
        "A0STANDIN"
    }

    /// All messages, oldest first.
    pub fn messages(&self) -> Vec<Message> {
        self.shared.state().messages.clone()
    }

    /// The message of a timestamp.
    pub fn message(&self, ts: &str) -> Option<Message> {
        self.messages().into_iter().find(|m| m.ts == ts)
    }

    /// The messages that one person alone sees, sent by either way.
    pub fn ephemerals(&self) -> Vec<Ephemeral> {
        self.shared.state().ephemerals.clone()
    }

    /// The modals that were opened.
    pub fn views(&self) -> Vec<View> {
        self.shared.state().views.clone()
    }

    /// The calls that arrived, failed ones too: `chat.postMessage`, `response`, …
    pub fn calls(&self) -> Vec<String> {
        self.shared.state().calls.clone()
    }

    /// Somebody deletes a message.
    pub fn delete(&self, message: &Message) {
        self.shared.state().messages.retain(|m| (&m.channel, &m.ts) != (&message.channel, &message.ts));
    }

    /// Makes the next call fail, whichever it is; faults queue up.
    pub fn fail_next(&self, fault: Fault) {
        self.shared.state().faults.push_back(fault);
    }

    /// From now on nothing works, or everything does again.
    pub fn set_down(&self, down: bool) {
        self.shared.state().limits.down = down;
    }

    /// From now on takes so many messages in a second of a clock; one too many is refused, for a second.
    pub fn take_at_most(&self, per_second: usize, second: impl Fn() -> i64 + Send + 'static) {
        self.shared.state().limits.rate = Some((Box::new(second), per_second));
    }

    /// The messages that were posted since there is a rate, refused ones too.
    pub fn posts(&self) -> Vec<Post> {
        self.shared.state().limits.posts.clone()
    }

    /// Lets the calls that are late be done.
    pub fn let_go(&self) {
        self.shared.let_go.send_replace(true);
    }

    /// Waits until the messages are as they should be; `false` after ten seconds.
    pub async fn wait_for(&self, done: impl Fn(&[Message]) -> bool) -> bool {
        self.wait_until(|slack| done(&slack.messages())).await
    }

    /// Waits until something was done here; `false` after ten seconds.
    pub async fn wait_until(&self, done: impl Fn(&Self) -> bool) -> bool {
        wait_until(&self.shared.changed, || done(self)).await
    }
}

/// A call's answer. An error closes the connection.
async fn answer(request: Request<Incoming>, shared: Arc<Shared>) -> io::Result<Response<Full<Bytes>>> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    let name = head.uri.path().trim_start_matches("/api/").to_owned();
    let fault = {
        let mut state = shared.state();
        let limit = |state: &mut State| state.limits.judge(&name, state.calls.len());
        let fault = state.faults.pop_front().or_else(|| limit(&mut state));
        state.calls.push(if name.starts_with("/response/") { "response".into() } else { name });
        fault
    };
    if fault == Some(Fault::Late) {
        shared.changed.send_modify(|n| *n += 1);
        let mut let_go = shared.let_go.subscribe();
        let _never_closed = let_go.wait_for(|let_go| *let_go).await.is_ok();
    }
    let done = matches!(fault, None | Some(Fault::SucceedSilently | Fault::Late));
    let response = done.then(|| calls::call(&shared, &head, &body));
    shared.changed.send_modify(|n| *n += 1);
    match (fault, response) {
        (None | Some(Fault::Late), Some((status, json))) => reply(status, None, json.to_string()),
        (Some(Fault::RateLimited(seconds)), _) => {
            reply(429, Some(seconds), r#"{"ok":false,"error":"ratelimited"}"#.into())
        }
        (Some(Fault::ServerError), _) => reply(500, None, "<html>oops</html>".into()),
        (Some(Fault::Error(error)), _) => reply(200, None, format!(r#"{{"ok":false,"error":"{error}"}}"#)),
        (Some(Fault::Rubbish), _) => reply(200, None, "<html>maintenance</html>".into()),
        (Some(Fault::Reset), _) | (None | Some(Fault::Late), None) => Err(io::ErrorKind::ConnectionReset.into()),
        (Some(Fault::Hang | Fault::SucceedSilently), _) => std::future::pending().await,
    }
}

fn reply(status: u16, retry_after: Option<u64>, body: String) -> io::Result<Response<Full<Bytes>>> {
    let mut response = Response::builder().status(status).header("content-type", "application/json; charset=utf-8");
    if let Some(seconds) = retry_after {
        response = response.header("retry-after", seconds);
    }
    response.body(Full::new(body.into())).map_err(io::Error::other)
}
