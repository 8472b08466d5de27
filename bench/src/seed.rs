//! A folder with so many approvals in it, as if they had been asked for over most of a year: each is put as production puts it, so that
//! bytes and indexes are the same. What they are made of went through a host before.

use app::{Clock, Slack};
use domain::secret::RootSecret;
use domain::token::WaitToken;
use domain::{Approval, ApprovalId, Timestamp, Workspace};
use futures::StreamExt as _;
use jiff::SignedDuration;
use local::client;
use local::engine::{Engine, Location};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use store::Store;
use store::due::{Due, DueKind};

use crate::http::Client;
use crate::report::note;
use crate::system::{Start, System, request};
use crate::{Problem, slack};

/// Of a thousand: open, approved, denied; the rest expired.
const OPEN: usize = 10;
const APPROVED: usize = 700;
const DENIED: usize = 200;
/// Agents that ask, and requests of one task.
pub const AGENTS: usize = 50;
const OF_A_TASK: usize = 10;
/// Over how long the ended ones were asked, and the open ones.
const ENDED_OVER: SignedDuration = SignedDuration::from_hours(24 * 300);
const OPEN_OVER: SignedDuration = SignedDuration::from_hours(24 * 20);
/// The newest is so old: nothing of them is still under way.
const NEWEST: SignedDuration = SignedDuration::from_hours(2);
/// Writes at once.
const AT_ONCE: usize = 64;
/// So often what the stream holds is forgotten, and progress is told.
const TRIM_EVERY: usize = 2_000;
const TELL_EVERY: usize = 100_000;
/// The function that the stream feeds.
const RELAY: &str = "RelayFunction";
/// Approvals that are read again later.
const SAMPLE: usize = 2_000;

/// What is known of a folder's approvals.
#[derive(Default)]
pub struct Seeded {
    /// Some of them: id and wait token.
    pub sample: Vec<(String, String)>,
    /// The place in the list of approved ones after which half of them come.
    pub middle: String,
}

/// What they are made of.
struct Models {
    table: String,
    root: RootSecret,
    open: Model,
    approved: Model,
    denied: Model,
    expired: Model,
}

/// One that went through a host, with the items beside it.
struct Model {
    approval: Value,
    created: Timestamp,
    deliveries: Vec<Value>,
}

/// One that is to be put.
struct One {
    number: usize,
    approval: Approval,
    deliveries: Vec<Value>,
    token: String,
}

/// Fills a folder.
pub async fn seed(folder: &Path, count: usize) -> Result<Seeded, Problem> {
    let models = Models::make(folder).await?;
    let clock: local::Clock = Arc::new(|| Clock::Wall.now().as_millisecond());
    let engine = Engine::open(Location::Folder(folder.into()), clock)?;
    let store = Store::new(client::dynamodb(&engine), &models.table);
    let (now, mut seeded, mut done) = (Clock::Wall.now(), Seeded::default(), 0);
    let writes = (0..count).map(|n| put(&engine, &store, &models, models.one(n, count, now)));
    let mut writes = futures::stream::iter(writes).buffer_unordered(AT_ONCE);
    while let Some(one) = writes.next().await {
        seeded.remember(one?, count);
        done += 1;
        if done % TRIM_EVERY == 0 || done == count {
            let newest = *engine.appended().borrow();
            engine.save_checkpoint(RELAY, &models.table, newest).await?;
        }
        if done % TELL_EVERY == 0 {
            note(&format!("{done} approvals are stored"));
        }
    }
    drop(writes);
    engine.close().await;
    Ok(seeded)
}

async fn put(engine: &Engine, store: &Store, models: &Models, one: Result<One, Problem>) -> Result<One, Problem> {
    let one = one?;
    if one.approval.status.is_open() {
        let (workspace, id) = (one.approval.workspace.clone(), one.approval.id.clone());
        store.put_due(&Due { kind: DueKind::Deadline, workspace, id, at: one.approval.expires_at }).await?;
    }
    store.put_new_approval(&one.approval).await?;
    for delivery in &one.deliveries {
        let put = json!({ "TableName": models.table, "Item": delivery }).to_string();
        let (status, answer) = engine.execute("PutItem", put.into_bytes()).await;
        if status != 200 {
            return Err(String::from_utf8_lossy(&answer).into());
        }
    }
    Ok(one)
}

impl Seeded {
    fn remember(&mut self, one: One, count: usize) {
        if one.number.is_multiple_of((count / SAMPLE).max(1)) {
            self.sample.push((one.approval.id.to_string(), one.token));
        }
        let half = one.number >= count / 2 && one.approval.status.word() == "approved";
        if let (true, true, Some(at)) = (half, self.middle.is_empty(), one.approval.decided_at) {
            self.middle = format!("{at:.3}#{}", one.approval.id.as_str().trim_start_matches("appr_"));
        }
    }
}

impl Models {
    /// Has a host make them.
    async fn make(folder: &Path) -> Result<Self, Problem> {
        let slack = Slack { api_url: slack::start().await?, bot_token: Some("xoxb-bench".into()), ..Slack::default() };
        let clock = Clock::manual(Clock::Wall.now());
        let folder = Some(PathBuf::from(folder));
        let system = Start { folder, slack: Some(slack), clock: clock.clone(), ..Start::default() }.start().await?;
        let mut client = Client::connect(&system.address).await?;
        let mut ids = Vec::new();
        for decision in [None, Some("approved"), Some("denied"), None] {
            let (id, _) = system.ask(&mut client, request()).await?;
            system.settle().await?;
            if let Some(decision) = decision {
                system.decide(&mut client, &id, decision).await?;
                system.settle().await?;
            }
            ids.push(id);
        }
        let open = Model::read(&system, ids.first()).await?;
        let (approved, denied) = (Model::read(&system, ids.get(1)).await?, Model::read(&system, ids.get(2)).await?);
        clock.advance(SignedDuration::from_hours(25));
        system.sweep().await?;
        let expired = Model::read(&system, ids.get(3)).await?;
        let (table, root) = (system.table.clone(), system.root()?);
        system.stop().await?;
        Ok(Self { table, root, open, approved, denied, expired })
    }

    /// One of so many; the later, the older.
    fn one(&self, n: usize, of: usize, now: Timestamp) -> Result<One, Problem> {
        let (model, over) = match n % 1_000 {
            0..OPEN => (&self.open, OPEN_OVER),
            n if n < OPEN + APPROVED => (&self.approved, ENDED_OVER),
            n if n < OPEN + APPROVED + DENIED => (&self.denied, ENDED_OVER),
            _ => (&self.expired, ENDED_OVER),
        };
        let age = NEWEST + SignedDuration::from_secs_f64(over.as_secs_f64() * n as f64 / of as f64);
        let id = ApprovalId::from_bits(app::Random::System.bytes().ok_or("no random bytes")?);
        let mut approval = model.approval.clone();
        shift(&mut approval, (now - age).duration_since(model.created));
        let token = WaitToken::issue(&self.root, self.root.current(), &id).ok_or("no token")?;
        let agent = format!("agent:a{}", n % AGENTS);
        if let Some(fields) = approval.as_object_mut() {
            fields.insert("id".into(), json!(id));
            fields.insert("token_hash".into(), token.hash().into());
            fields.insert("asked_by".into(), agent.clone().into());
            fields.insert("task_id".into(), format!("task-{}", n / OF_A_TASK).into());
        }
        // Who asked is kept in the first entry alone.
        if let Some(by) = approval.pointer_mut("/history/0/by") {
            *by = agent.into();
        }
        let mut approval: Approval = serde_json::from_value(approval)?;
        if approval.status.is_open() {
            approval.expires_at = now + SignedDuration::from_hours(24 * 10);
        }
        let old = model.approval.get("id").and_then(Value::as_str).unwrap_or_default();
        let renamed = |item: &Value| serde_json::from_str(&item.to_string().replace(old, id.as_str()));
        let deliveries = model.deliveries.iter().map(renamed).collect::<Result<_, _>>()?;
        Ok(One { number: n, approval, deliveries, token: token.text() })
    }
}

impl Model {
    async fn read(system: &System, id: Option<&String>) -> Result<Self, Problem> {
        let values = json!({ ":pk": { "S": id } });
        let query = json!({
            "TableName": system.table, "KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": values,
        });
        let (_, answer) = system.engine.execute("Query", query.to_string().into_bytes()).await;
        let answer: Value = serde_json::from_slice(&answer)?;
        let items = answer.get("Items").and_then(Value::as_array).cloned().unwrap_or_default();
        let sk = |item: &&Value| item.pointer("/sk/S").and_then(Value::as_str).map(str::to_owned).unwrap_or_default();
        let deliveries = items.iter().filter(|item| sk(item).starts_with("DELIVERY#")).cloned().collect();
        let id = id.and_then(|id| ApprovalId::parse(id)).ok_or("no model")?;
        let store = Store::new(client::dynamodb(&system.engine), &system.table);
        let approval = store.get_approval(&Workspace::default_name(), &id).await?.ok_or("a model is missing")?;
        Ok(Self { created: approval.created_at, approval: serde_json::to_value(approval)?, deliveries })
    }
}

/// Moves every instant in it.
fn shift(value: &mut Value, by: SignedDuration) {
    match value {
        Value::Array(all) => all.iter_mut().for_each(|one| shift(one, by)),
        Value::Object(fields) => {
            for (name, field) in fields {
                let instant = ["at", "created_at", "expires_at", "decided_at"].contains(&name.as_str());
                match field.as_str().filter(|_| instant).and_then(|text| text.parse::<Timestamp>().ok()) {
                    Some(at) => *field = json!(at + by),
                    None => shift(field, by),
                }
            }
        }
        _ => {}
    }
}
