//! What stored approvals are made of: one in each state, which went through a host.

use app::{Clock, Slack};
use domain::delivery::Delivery;
use domain::secret::RootSecret;
use domain::token::WaitToken;
use domain::{Approval, ApprovalId, Timestamp, Workspace};
use dynoxide::types::Item;
use jiff::SignedDuration;
use local::client;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use store::Store;

use super::bulk::Bulk;
use super::items::Items;
use crate::host::http::Client;
use crate::host::slack;
use crate::host::system::{Start, System, request};
use crate::problem::Problem;

/// Of a thousand: open, approved, denied; the rest expired.
const OPEN: usize = 10;
const APPROVED: usize = 700;
const DENIED: usize = 200;
/// One number of each state.
const ONE_OF_EACH: [usize; 4] = [0, OPEN, OPEN + APPROVED, OPEN + APPROVED + DENIED];
/// Agents that ask, and requests of one task.
pub const AGENTS: usize = 50;
const OF_A_TASK: usize = 10;
/// Over how long the ended ones ended, and the open ones were asked.
const ENDED_OVER: SignedDuration = SignedDuration::from_hours(24 * 300);
const OPEN_OVER: SignedDuration = SignedDuration::from_hours(24 * 20);
/// How long the open ones have left.
const LEFT: SignedDuration = SignedDuration::from_hours(24 * 10);
/// The newest is so old: nothing of them is still under way.
const NEWEST: SignedDuration = SignedDuration::from_hours(2);
/// How long it takes until a request has expired. The host's clock begins so long ago: what it has swept ends now.
const EXPIRES: SignedDuration = SignedDuration::from_hours(25);

/// All of them.
pub(super) struct Models {
    /// The table's name.
    pub(super) table: String,
    root: RootSecret,
    open: Model,
    approved: Model,
    denied: Model,
    expired: Model,
}

/// One that went through a host, with its deliveries as they are stored.
struct Model {
    approval: Approval,
    deliveries: Vec<Value>,
}

/// One that is to be put.
pub(super) struct One {
    /// Which.
    pub(super) number: usize,
    /// Itself.
    pub(super) approval: Approval,
    /// What shows it.
    pub(super) deliveries: Vec<Item>,
    /// What its agent polls with.
    pub(super) token: String,
}

impl Models {
    /// Has a host make them.
    pub(super) async fn make(folder: &Path) -> Result<Self, Problem> {
        let slack = Slack { api_url: slack::start().await?, bot_token: Some("xoxb-bench".into()), ..Slack::default() };
        let clock = Clock::manual(Clock::Wall.now() - EXPIRES);
        let folder = Some(PathBuf::from(folder));
        let system = Start { folder, slack: Some(slack), clock: clock.clone(), ..Start::default() }.start().await?;
        let mut client = Client::connect(&system.address).await?;
        let mut ids = Vec::new();
        // The denied one comes last: what was denied is not let ask again for a while.
        for decision in [None, Some("approved"), None, Some("denied")] {
            let (id, _) = system.ask(&mut client, of_a_task()).await?;
            system.settle().await?;
            if let Some(decision) = decision {
                system.decide(&mut client, &id, decision).await?;
                system.settle().await?;
            }
            ids.push(id);
        }
        let open = Model::read(&system, ids.first()).await?;
        let (approved, denied) = (Model::read(&system, ids.get(1)).await?, Model::read(&system, ids.get(3)).await?);
        clock.advance(EXPIRES);
        system.sweep().await?;
        let expired = Model::read(&system, ids.get(2)).await?;
        let (table, root) = (system.table.clone(), system.root()?);
        system.stop().await?;
        Ok(Self { table, root, open, approved, denied, expired })
    }

    /// Takes out what the host has stored of each that is over, and puts it back in bulk: it must be the same to the row.
    pub(super) async fn put_back(&self, bulk: &Bulk) -> Result<(), Problem> {
        let items = Items::of(&self.table);
        for model in [&self.approved, &self.denied, &self.expired] {
            let (id, asked) = (&model.approval.id, model.approval.created_at);
            let stored = lasting(bulk.rows(id)?);
            bulk.remove(id)?;
            let mut all = items.put(&model.approval, asked).await?;
            all.extend(model.deliveries_of(id, SignedDuration::ZERO)?);
            bulk.put(all)?;
            let put = lasting(bulk.rows(id)?);
            if put != stored || stored.len() != rows_of(model) {
                return Err(format!("put in bulk it is {put:?}, by the host {stored:?}").into());
            }
        }
        Ok(())
    }

    /// Holds one of each state that was put against the one that it was made of: the same rows, attributes and fields.
    pub(super) fn compare(&self, bulk: &Bulk, of: usize, now: Timestamp) -> Result<(), Problem> {
        for number in ONE_OF_EACH.into_iter().skip(1).filter(|number| *number < of) {
            let (model, _) = self.model(number);
            let shapes = |id: &ApprovalId| -> Result<Vec<Value>, Problem> {
                Ok(lasting(bulk.rows(id)?).iter().map(shape).collect())
            };
            let (put, stored) = (shapes(&self.one(number, of, now)?.approval.id)?, shapes(&model.approval.id)?);
            if put != stored {
                return Err(format!("put in bulk it looks like {put:?}, by the host like {stored:?}").into());
            }
        }
        Ok(())
    }

    fn model(&self, n: usize) -> (&Model, SignedDuration) {
        match n % 1_000 {
            0..OPEN => (&self.open, OPEN_OVER),
            n if n < OPEN + APPROVED => (&self.approved, ENDED_OVER),
            n if n < OPEN + APPROVED + DENIED => (&self.denied, ENDED_OVER),
            _ => (&self.expired, ENDED_OVER),
        }
    }

    /// One of so many, always the same; the later, the older.
    pub(super) fn one(&self, n: usize, of: usize, now: Timestamp) -> Result<One, Problem> {
        let (model, over) = self.model(n);
        let age = NEWEST + SignedDuration::from_secs_f64(over.as_secs_f64() * n as f64 / of as f64);
        let later = (now - age).duration_since(model.approval.decided_at.unwrap_or(model.approval.created_at));
        let mut bits = [0; 16];
        fastrand::Rng::with_seed(n as u64).fill(&mut bits);
        let id = ApprovalId::from_bits(bits);
        let token = WaitToken::issue(&self.root, self.root.current(), &id).ok_or("no token")?;
        let mut approval = serde_json::to_value(&model.approval)?;
        shift(&mut approval, later);
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
            approval.expires_at = now + LEFT;
        }
        let deliveries = model.deliveries_of(&id, later)?;
        Ok(One { number: n, approval, deliveries, token: token.text() })
    }
}

/// A request that is in every index.
fn of_a_task() -> Value {
    let mut body = request();
    if let Some(meta) = body.get_mut("meta").and_then(Value::as_object_mut) {
        meta.insert("taskId".into(), "task".into());
    }
    body
}

/// Rows but for timers: TTL removes a timer some time after it was due.
fn lasting(rows: Vec<Value>) -> Vec<Value> {
    rows.into_iter().filter(|row| !row.to_string().contains("due#")).collect()
}

/// Rows that one has: its own, its deliveries', and one in each index.
fn rows_of(model: &Model) -> usize {
    1 + model.deliveries.len() + 3
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
        let is_delivery =
            |item: &Value| item.pointer("/sk/S").and_then(Value::as_str).is_some_and(|sk| sk.starts_with("DELIVERY#"));
        let deliveries = items.into_iter().filter(is_delivery).collect();
        let id = id.and_then(|id| ApprovalId::parse(id)).ok_or("no model")?;
        let store = Store::new(client::dynamodb(&system.engine), &system.table);
        let approval = store.get_approval(&Workspace::default_name(), &id).await?.ok_or("a model is missing")?;
        Ok(Self { approval, deliveries })
    }

    /// Its deliveries as those of another, so much later.
    fn deliveries_of(&self, id: &ApprovalId, later: SignedDuration) -> Result<Vec<Item>, Problem> {
        let of = |item: &Value| -> Result<Item, Problem> {
            let mut item: Value =
                serde_json::from_str(&item.to_string().replace(self.approval.id.as_str(), id.as_str()))?;
            if let Some(at) = item.pointer_mut("/ttl/N") {
                let seconds: i64 = at.as_str().unwrap_or_default().parse()?;
                *at = (seconds + later.as_secs()).to_string().into();
            }
            if let Some(doc) = item.pointer_mut("/doc/S") {
                let mut delivery: Value = serde_json::from_str(doc.as_str().unwrap_or_default())?;
                shift(&mut delivery, later);
                *doc = serde_json::to_string(&serde_json::from_value::<Delivery>(delivery)?)?.into();
            }
            Ok(serde_json::from_value(item)?)
        };
        self.deliveries.iter().map(of).collect()
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

/// What it is made of, without what it says.
fn shape(value: &Value) -> Value {
    match value {
        Value::Array(all) => all.iter().map(shape).collect(),
        Value::Object(fields) => fields.iter().map(|(name, field)| (name.clone(), shape(field))).collect(),
        Value::String(text) => match serde_json::from_str(text) {
            Ok(document @ Value::Object(_)) => shape(&document),
            _ => "text".into(),
        },
        Value::Null => Value::Null,
        Value::Bool(_) => "yes or no".into(),
        Value::Number(_) => "number".into(),
    }
}
