//! One approval of the load: asked for, perhaps twice under one key, waited for in one of the ways, and decided, or not. What the host
//! answered for is written in the book.

use fastrand::Rng;
use futures::StreamExt as _;
use http_body_util::BodyExt as _;
use hyper::{Request, StatusCode};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;

use super::book::{Book, Kept};
use super::weather::MARK;
use crate::host::http::Client;
use crate::problem::Problem;
use crate::speed::waits::open;

/// From the asking to the decision.
const DECIDED_AFTER_MS: std::ops::Range<u64> = 100..15_000;
/// Between two polls, and before a connection that broke is opened again.
const AGAIN: Duration = Duration::from_millis(500);
const ENDS: [&str; 3] = ["approved", "denied", "expired"];

/// Whom to ask, and as whom.
#[derive(Clone, Debug)]
pub struct Door {
    /// `host:port`.
    pub address: String,
    /// Keys.
    pub agent: String,
    /// See above.
    pub approver: String,
    /// See above.
    pub admin: String,
    /// Where agents are called back.
    pub home: String,
}

/// What an approval is to go through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Plan {
    Approve,
    Deny,
    Edit,
    Cancel,
    Expire,
    AskAgain,
    Quorum,
    Execute,
}

/// Lives through one.
pub async fn live(n: usize, seed: u64, door: Door, book: Arc<Book>) {
    let random = Rng::with_seed(seed.wrapping_mul(0x9E37_79B9).wrapping_add(n as u64));
    let mark = format!("{MARK}{n:06}");
    let life = Life { random, door, book: book.clone(), mark: mark.clone() };
    if let Err(problem) = life.through().await {
        book.wrong(format!("{mark}: {problem}"));
    }
}

struct Life {
    random: Rng,
    door: Door,
    book: Arc<Book>,
    mark: String,
}

impl Life {
    async fn through(mut self) -> Result<(), Problem> {
        let (plan, way) = (self.plan(), self.random.usize(0..5));
        let action = match plan {
            Plan::Quorum => "soak.quorum",
            Plan::Expire => "soak.expires",
            Plan::Execute => "soak.executes",
            _ => self.random.choice(["soak.slack", "soak.all", "soak.first"]).unwrap_or("soak.slack"),
        };
        let mut client = Client::connect(&self.door.address).await?;
        let (id, token) = self.ask(&mut client, action, way == 4).await?;
        let kept = Kept { mark: self.mark.clone(), id: id.clone(), callback: way == 4, ..Kept::default() };
        self.book.keep(kept);
        let waiting = tokio::spawn(wait(self.door.clone(), token.clone(), way));
        tokio::time::sleep(Duration::from_millis(self.random.u64(DECIDED_AFTER_MS))).await;
        let decided = self.decide(&mut client, plan, &id, &token).await?;
        self.book.change(&id, |kept| kept.decided = decided);
        if let Some(told) = waiting.await? {
            self.book.change(&id, |kept| kept.told = Some(told));
        }
        if plan == Plan::AskAgain && decided == Some("denied") {
            self.ask_again(&mut client, &id).await?;
        }
        Ok(())
    }

    fn plan(&mut self) -> Plan {
        match self.random.u32(0..100) {
            0..35 => Plan::Approve,
            35..50 => Plan::Deny,
            50..58 => Plan::Edit,
            58..65 => Plan::Cancel,
            65..73 => Plan::Expire,
            73..80 => Plan::AskAgain,
            80..90 => Plan::Quorum,
            _ => Plan::Execute,
        }
    }

    /// Asks; half of them under a key, some of these twice, which is to be one and the same.
    async fn ask(&mut self, client: &mut Client, action: &str, callback: bool) -> Result<(String, String), Problem> {
        let mut body = json!({
            "action": action,
            "params": { "mark": self.mark, "note": "as it was", "n": self.random.u32(..) },
            "meta": {
                "origin": { "repo": "acme/outreach" }, "requester": { "id": "demo", "source": "agent" },
                "justification": "The load wants it",
            },
        });
        if let (true, Some(fields)) = (callback, body.as_object_mut()) {
            fields.insert("callback".into(), json!({ "url": self.door.home }));
        }
        let keyed = self.random.bool();
        let times = if keyed && self.random.u32(0..3) == 0 { 2 } else { 1 };
        let mut first: Option<(String, String)> = None;
        for _ in 0..times {
            let mut post = Request::post("/api/guard/request");
            if keyed {
                post = post.header("idempotency-key", &self.mark);
            }
            let (status, answer) = client.call(post, Some(&self.door.agent), body.to_string()).await?;
            if status != StatusCode::OK {
                return Err(format!("asked: {status} {answer}").into());
            }
            let made = (text(&answer, "requestId"), text(&answer, "token"));
            if first.as_ref().is_some_and(|first| *first != made) {
                self.book.wrong(format!("{}: one key made two approvals", self.mark));
            }
            first = Some(made);
        }
        first.ok_or_else(|| "nothing was asked".into())
    }

    /// Decides as planned; the end that was answered for.
    async fn decide(
        &mut self,
        client: &mut Client,
        plan: Plan,
        id: &str,
        token: &str,
    ) -> Result<Option<&'static str>, Problem> {
        let approve = json!({ "decision": "approved" });
        match plan {
            Plan::Approve | Plan::Execute => self.resolve(client, id, approve, "approved").await,
            Plan::Deny | Plan::AskAgain => self.resolve(client, id, json!({ "decision": "denied" }), "denied").await,
            Plan::Edit => {
                let edit = json!({ "decision": "approved", "modified_action": { "note": "as it is now" } });
                self.resolve(client, id, edit, "approved").await
            }
            Plan::Quorum => {
                self.vote(client, id, &self.door.admin.clone()).await?;
                self.resolve(client, id, approve, "approved").await
            }
            Plan::Cancel => {
                let body = json!({ "token": token, "reason": "not needed" }).to_string();
                client.call(Request::post("/api/guard/cancel"), None, body).await?;
                Ok(Some("denied"))
            }
            Plan::Expire => Ok(None),
        }
    }

    async fn vote(&self, client: &mut Client, id: &str, key: &str) -> Result<(), Problem> {
        let body = json!({ "decision": "approved" }).to_string();
        client.call(Request::post(format!("/approvals/{id}/resolve")), Some(key), body).await.map(drop)
    }

    /// Some decide twice, which changes nothing.
    async fn resolve(
        &mut self,
        client: &mut Client,
        id: &str,
        decision: Value,
        end: &'static str,
    ) -> Result<Option<&'static str>, Problem> {
        let times = if self.random.u32(0..10) == 0 { 2 } else { 1 };
        let mut decided = None;
        for _ in 0..times {
            let post = Request::post(format!("/approvals/{id}/resolve"));
            let (status, answer) = client.call(post, Some(&self.door.approver), decision.to_string()).await?;
            let over = answer.get("resolved_at").is_some_and(|at| !at.is_null());
            match status {
                StatusCode::OK if over => decided = Some(end),
                StatusCode::OK | StatusCode::CONFLICT => {}
                _ => return Err(format!("decided: {status} {answer}").into()),
            }
        }
        Ok(decided)
    }

    /// What was denied is asked again, and approved.
    async fn ask_again(&mut self, client: &mut Client, id: &str) -> Result<(), Problem> {
        let body = json!({ "originalRequestId": id, "actor": { "id": "demo", "source": "agent" } }).to_string();
        let (status, answer) = client.call(Request::post("/api/guard/rerequest"), Some(&self.door.agent), body).await?;
        if status != StatusCode::OK {
            return Err(format!("asked again: {status} {answer}").into());
        }
        let (id, token) = (text(&answer, "requestId"), text(&answer, "token"));
        self.book.keep(Kept { mark: self.mark.clone(), id: id.clone(), again: true, ..Kept::default() });
        let decided = self.resolve(client, &id, json!({ "decision": "approved" }), "approved").await?;
        let told = wait(self.door.clone(), token, 3).await;
        self.book.change(&id, |kept| (kept.decided, kept.told) = (decided, told));
        Ok(())
    }
}

/// Waits in one of the ways until it is over; how it ended. Whatever breaks is begun anew.
async fn wait(door: Door, token: String, way: usize) -> Option<String> {
    if way == 4 {
        return None;
    }
    loop {
        let told = match way {
            0 => on_websocket(&door, &token).await,
            1 => on_stream(&door, &token).await,
            2 => by_poll(&door, &token, 25).await,
            _ => by_poll(&door, &token, 0).await,
        };
        match told {
            Ok(Some(end)) => return Some(end),
            _ => tokio::time::sleep(AGAIN).await,
        }
    }
}

async fn on_websocket(door: &Door, token: &str) -> Result<Option<String>, Problem> {
    let (mut socket, _) = connect_async(format!("ws://{}/ws?token={token}", door.address)).await?;
    while let Some(message) = socket.next().await {
        if let Message::Text(text) = message? {
            let told: Value = serde_json::from_str(&text)?;
            if let Some(end) = end(told.get("data").unwrap_or(&Value::Null)) {
                socket.close(None).await?;
                return Ok(Some(end));
            }
        }
    }
    Ok(None)
}

async fn on_stream(door: &Door, token: &str) -> Result<Option<String>, Problem> {
    let body = open(&door.address, token, None).await?.collect().await?.to_bytes();
    let text = String::from_utf8_lossy(&body).into_owned();
    let states = text.lines().filter_map(|line| serde_json::from_str::<Value>(line.strip_prefix("data: ")?).ok());
    Ok(states.filter_map(|state| end(&state)).next_back())
}

async fn by_poll(door: &Door, token: &str, hold: u64) -> Result<Option<String>, Problem> {
    let body = json!({ "token": token, "waitSec": hold }).to_string();
    let mut client = Client::connect(&door.address).await?;
    Ok(end(&client.post(None, "/api/guard/wait", body).await?))
}

fn end(state: &Value) -> Option<String> {
    let status = text(state, "status");
    ENDS.contains(&status.as_str()).then_some(status)
}

fn text(answer: &Value, name: &str) -> String {
    answer.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}
