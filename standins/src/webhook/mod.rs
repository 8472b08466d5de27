//! An endpoint of one's own, as strict as the specification lets it be: a real HTTP server on loopback that takes Standard Webhooks,
//! verifies every signature, remembers what it took, drops repeats by their id, and fails on demand.
mod messages;
mod state;

pub use state::{Delivery, Fault};

use crate::server::{Server, listen, serve, wait_until};
use bytes::Bytes;
use data_encoding::BASE64;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper::{Request, Response};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

use state::State;

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
pub struct WebhookStandin {
    shared: Arc<Shared>,
    _server: Server,
}

impl WebhookStandin {
    /// An endpoint on a free port, which believes [`WebhookStandin::secret`].
    ///
    /// # Errors
    /// Where no port can be had.
    pub async fn start() -> io::Result<Self> {
        let (listener, origin) = listen().await?;
        let shared = Arc::new(Shared { state: Mutex::default(), changed: watch::Sender::new(0), origin });
        let answering = shared.clone();
        let server = serve(listener, move |request| answer(request, answering.clone()));
        let endpoint = Self { shared, _server: server };
        endpoint.believe(endpoint.secret());
        Ok(endpoint)
    }

    /// A connector's `endpoint`.
    pub fn url(&self) -> String {
        format!("{}/hook", self.shared.origin)
    }

    /// A connector's `X-Webhook-Secret`.
    pub fn secret(&self) -> &'static str {
        "whsec_c3RhbmQtaW4tc2VjcmV0LW9mLTI0Kysr"
    }

    /// From now on believes another secret: `whsec_…`.
    pub fn believe(&self, secret: &str) {
        let bytes = BASE64.decode(secret.trim_start_matches("whsec_").as_bytes()).unwrap_or_default();
        self.believe_bytes(&bytes);
    }

    /// From now on believes another secret, such as one that is derived.
    pub fn believe_bytes(&self, secret: &[u8]) {
        self.shared.state().secret = Some(secret.to_vec());
    }

    /// From now on refuses messages that are older or newer than five minutes at this second.
    pub fn set_now(&self, unix_second: i64) {
        self.shared.state().now = Some(unix_second);
    }

    /// From now on takes messages of any size: the specification only recommends its limit.
    pub fn take_any_size(&self) {
        self.shared.state().any_size = true;
    }

    /// The messages that were taken, each once, oldest first.
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.shared.state().deliveries.clone()
    }

    /// The ids of the messages that were taken before.
    pub fn repeats(&self) -> Vec<String> {
        self.shared.state().repeats.clone()
    }

    /// Why messages were not believed.
    pub fn refusals(&self) -> Vec<String> {
        self.shared.state().refusals.clone()
    }

    /// How many requests came, failed ones too.
    pub fn calls(&self) -> usize {
        self.shared.state().calls
    }

    /// Makes the next request fail, or be answered in another way; they queue up.
    pub fn fail_next(&self, fault: Fault) {
        self.shared.state().faults.push_back(fault);
    }

    /// Fails no more.
    pub fn forget_faults(&self) {
        self.shared.state().faults.clear();
    }

    /// Waits until something was done here; `false` after ten seconds.
    pub async fn wait_until(&self, done: impl Fn(&Self) -> bool) -> bool {
        wait_until(&self.shared.changed, || done(self)).await
    }
}

/// A request's answer. An error closes the connection.
async fn answer(request: Request<Incoming>, shared: Arc<Shared>) -> io::Result<Response<Limited<Full<Bytes>>>> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    let (fault, taken) = {
        let mut state = shared.state();
        state.calls += 1;
        let fault = state.faults.pop_front();
        let lost =
            matches!(fault, Some(Fault::Status(..) | Fault::Busy(_) | Fault::Redirect | Fault::Hang | Fault::Reset));
        let taken = if lost { (200, String::new()) } else { messages::take(&mut state, &head, &body) };
        (fault, taken)
    };
    shared.changed.send_modify(|n| *n += 1);
    match fault {
        None => reply(taken.0, &[], taken.1),
        Some(Fault::Status(status, None)) => reply(status, &[], String::new()),
        Some(Fault::Status(status, Some(seconds))) => {
            reply(status, &[("retry-after", seconds.to_string())], String::new())
        }
        Some(Fault::Busy(until)) => reply(503, &[("retry-after", until)], String::new()),
        Some(Fault::Redirect) => reply(307, &[("location", format!("{}/elsewhere", shared.origin))], String::new()),
        Some(Fault::Answer(status, body)) => reply(status, &[], body),
        Some(Fault::Reset) => Err(io::ErrorKind::ConnectionReset.into()),
        Some(Fault::BrokenAnswer) => cut_off(taken.1),
        Some(Fault::Held(until)) => {
            until.notified().await;
            reply(taken.0, &[], taken.1)
        }
        Some(Fault::Hang | Fault::SucceedSilently) => std::future::pending().await,
    }
}

fn reply(status: u16, headers: &[(&str, String)], body: String) -> io::Result<Response<Limited<Full<Bytes>>>> {
    let mut response = Response::builder().status(status).header("content-type", "application/json");
    for (name, value) in headers {
        response = response.header(*name, value);
    }
    response.body(Limited::new(Full::new(body.into()), usize::MAX)).map_err(io::Error::other)
}

/// An answer of which the body ends before its end, and the connection with it.
fn cut_off(body: String) -> io::Result<Response<Limited<Full<Bytes>>>> {
    Response::builder().body(Limited::new(Full::new(body.into()), 1)).map_err(io::Error::other)
}
