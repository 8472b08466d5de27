//! The network between the host and a vendor: lets calls through, or drops them, at random. The weather remembers each call whose answer
//! was lost, because a caller without an answer may call once more.

use bytes::Bytes;
use fastrand::Rng;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::handshake;
use hyper::http::request::Parts;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};

use crate::problem::Problem;

/// What every approval of the load has in its parameters, before its number of six digits.
pub const MARK: &str = "soak-";
/// How often of a thousand calls, in this order; the rest goes through.
const FAULTS: [(Fault, u32); 8] = [
    (Fault::Slow, 60),
    (Fault::Hang, 25),
    (Fault::Reset, 40),
    (Fault::Lost, 25),
    (Fault::TooMany, 25),
    (Fault::Down, 50),
    (Fault::Soft, 15),
    (Fault::Refused, 5),
];
/// Webhooks: whatever comes with a 200, it is taken.
const PLAIN: [&str; 2] = ["hook", "mailer"];
/// What a 200 says that is none. A workflow's own codes are Azure's, and one that nobody knows is a refusal for good.
const SOFT: &str = r#"{"ok":false,"error":"internal_error"}"#;
const SOFT_OF_AZURE: &str = r#"{"error":{"code":"InternalServerError","message":"no"}}"#;
/// The longest that an answer is late, and how long nothing comes before the connection is closed: at twelve times the pace a few
/// seconds, which is less than any attempt may take.
const LATE_MS: u64 = 300;
const HANGS: Duration = Duration::from_millis(400);

/// What happens to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// Done, and the answer is late.
    Slow,
    /// Not done, and nothing comes for long.
    Hang,
    /// Not done, and the connection is closed.
    Reset,
    /// Done, and the answer is lost.
    Lost,
    /// Not done: 429.
    TooMany,
    /// Not done: 500 or 503.
    Down,
    /// Not done, and it says so in a 200, or in something that is no JSON.
    Soft,
    /// Not done, and never will be: 400.
    Refused,
}

/// The weather before one vendor; clones are the same.
#[derive(Clone)]
pub struct Weather {
    /// The vendor, for messages.
    pub name: &'static str,
    /// `http://127.0.0.1:<port>`, in place of the vendor's.
    pub url: String,
    shared: Arc<Shared>,
}

struct Shared {
    vendor: String,
    /// Whether any 200 is a yes there.
    plain: bool,
    /// How a 200 says there that it is none, for now.
    soft: &'static str,
    fair: AtomicBool,
    state: Mutex<State>,
}

struct State {
    random: Rng,
    faults: BTreeMap<Fault, usize>,
    calls: usize,
    lost: BTreeMap<String, usize>,
}

impl Weather {
    /// Begins before a vendor's `http://host:port`.
    pub async fn before(name: &'static str, vendor: &str, seed: u64) -> Result<Self, Problem> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let random = Rng::with_seed(seed);
        let state = State { random, faults: BTreeMap::new(), calls: 0, lost: BTreeMap::new() };
        let vendor = vendor.trim_start_matches("http://").to_owned();
        let (plain, soft) = (PLAIN.contains(&name), if name == "teams" { SOFT_OF_AZURE } else { SOFT });
        let shared = Arc::new(Shared { vendor, plain, soft, fair: AtomicBool::new(true), state: Mutex::new(state) });
        let serving = shared.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(connection(stream, serving.clone()));
            }
        });
        Ok(Self { name, url, shared })
    }

    /// From now on everything comes through, or not.
    pub fn set_fair(&self, fair: bool) {
        self.shared.fair.store(fair, Ordering::SeqCst);
    }

    /// How many calls there were, and what befell them.
    pub fn told(&self) -> String {
        let state = self.shared.state();
        let faults: Vec<String> = state.faults.iter().map(|(fault, count)| format!("{count} {fault:?}")).collect();
        format!("{}: {} calls; {}", self.name, state.calls, faults.join(", ").to_lowercase())
    }

    /// How often the answer about something was lost.
    pub fn lost(&self, mark: &str) -> usize {
        self.shared.state().lost.get(mark).copied().unwrap_or_default()
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is to happen to a call.
    fn fault(&self, body: &[u8]) -> (Option<Fault>, u64, bool) {
        let fair = self.fair.load(Ordering::SeqCst);
        let mut state = self.state();
        let (mut roll, late, coin) = (state.random.u32(0..1_000), state.random.u64(50..LATE_MS), state.random.bool());
        state.calls += 1;
        if fair {
            return (None, late, coin);
        }
        for (fault, share) in FAULTS {
            if roll < share {
                *state.faults.entry(fault).or_default() += 1;
                if fault == Fault::Lost {
                    *state.lost.entry(mark(&String::from_utf8_lossy(body))).or_default() += 1;
                }
                return (Some(fault), late, coin);
            }
            roll -= share;
        }
        (None, late, coin)
    }
}

/// Whose a text is: the mark in it, or nothing.
pub fn mark(text: &str) -> String {
    let at = text.find(MARK).and_then(|at| text.get(at..at + MARK.len() + 6));
    at.unwrap_or_default().to_owned()
}

async fn connection(stream: TcpStream, shared: Arc<Shared>) {
    let service = service_fn(move |request| call(request, shared.clone()));
    let _ended = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

type Answered = Result<Response<Full<Bytes>>, Problem>;

/// An error closes the connection.
async fn call(request: Request<Incoming>, shared: Arc<Shared>) -> Answered {
    let (head, body) = request.into_parts();
    let body = body.collect().await?.to_bytes();
    let (fault, late, coin) = shared.fault(&body);
    let closed = || -> Answered { Err(io::Error::from(io::ErrorKind::ConnectionReset).into()) };
    match fault {
        None => pass(&shared.vendor, head, body).await,
        Some(Fault::Slow) => {
            let answer = pass(&shared.vendor, head, body).await;
            tokio::time::sleep(Duration::from_millis(late)).await;
            answer
        }
        Some(Fault::Hang) => {
            tokio::time::sleep(HANGS).await;
            closed()
        }
        Some(Fault::Reset) => closed(),
        Some(Fault::Lost) => {
            pass(&shared.vendor, head, body).await?;
            closed()
        }
        Some(Fault::TooMany) => said(429, r#"{"ok":false,"error":"ratelimited","message":"slow down"}"#),
        Some(Fault::Down) => said(if coin { 500 } else { 503 }, "<html>oops</html>"),
        Some(Fault::Soft) if coin && !shared.plain => said(200, shared.soft),
        Some(Fault::Soft) => said(502, "<html>maintenance</html>"),
        Some(Fault::Refused) => said(400, r#"{"ok":false,"error":"invalid_arguments","errorMessages":["no"]}"#),
    }
}

fn said(status: u16, body: &'static str) -> Answered {
    let answer = Response::builder().status(status).header("content-type", "application/json");
    let answer = if status == 429 { answer.header("retry-after", "5") } else { answer };
    Ok(answer.body(Full::new(Bytes::from_static(body.as_bytes())))?)
}

async fn pass(vendor: &str, mut head: Parts, body: Bytes) -> Answered {
    head.headers.insert("host", vendor.parse()?);
    let (mut connection, driver) = handshake(TokioIo::new(TcpStream::connect(vendor).await?)).await?;
    tokio::spawn(driver);
    let answer = connection.send_request(Request::from_parts(head, Full::new(body))).await?;
    let (head, body) = answer.into_parts();
    let body = body.collect().await?.to_bytes();
    let mut answer = Response::new(Full::new(body));
    *answer.status_mut() = head.status;
    for name in ["content-type", "retry-after"] {
        if let Some(value) = head.headers.get(name) {
            answer.headers_mut().insert(name, value.clone());
        }
    }
    Ok(answer)
}
