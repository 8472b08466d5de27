//! Connectors: made, changed and deleted by admins, seen by auditors too. Secrets go in and never come out.

use crate::gate::connectors::Secrets;
use crate::gate::connectors::is_connector_id;
use crate::settings::connectors::faults::{must_be_entered_again, must_be_sound};
use crate::settings::connectors::input::ConnectorInput;
use crate::{Caller, Couriers, Failure, Gate};
use domain::id::spell;
use domain::limits::CONNECTORS;
use domain::{Fault, Role, Timestamp};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;
use store::connectors::{Connector, Defaults, Kept};
use vendors::connector::{Kind, Settings};
use vendors::{is_public_header, masked_endpoint, masked_value, new_webhook_secret};

const NO_CONNECTOR: Failure = Failure::NotFound("there is no such connector");
const RETIRED: Failure = Failure::Conflict(
    "its secrets cannot be opened: they were sealed under a root secret that is retired; delete the connector and make a new one",
);
const CHANGED: Failure = Failure::Conflict("the connector was changed meanwhile; read it again");

/// A connector as it may be shown, and what of it is shown this once.
#[derive(Debug)]
pub struct Shown {
    /// The connector.
    pub connector: Connector,
    /// What holds where it does not say.
    pub defaults: Defaults,
    /// A webhook's secret that was made just now.
    pub new_secret: Option<String>,
}

impl Shown {
    /// The contract's object.
    pub fn row(&self) -> Value {
        let c = &self.connector;
        let mut headers = c.headers.clone();
        if let Some(secret) = &self.new_secret {
            headers.insert(WEBHOOK_SECRET.into(), secret.clone());
        }
        let mut row = json!({
            "id": c.id,
            "name": c.name,
            "type": c.kind,
            "endpoint": c.endpoint,
            "headers": headers,
            "enabled": c.enabled,
            "timeout_seconds": c.timeout_seconds.unwrap_or(self.defaults.timeout_seconds),
            "slack_security_mode": if c.strict { "strict" } else { "compat" },
            "created_at": c.created_at,
            "updated_at": c.updated_at,
        });
        if let (Value::Object(row), Some(why)) = (&mut row, &c.disabled_because) {
            row.insert("disabled_reason".into(), why.clone().into());
        }
        row
    }
}

/// The header that a webhook is signed with.
const WEBHOOK_SECRET: &str = "X-Webhook-Secret";

/// Every connector of the workspace.
///
/// # Errors
/// `Forbidden` unless the caller is an admin or an auditor.
pub async fn list_connectors(gate: &Gate, caller: &Caller) -> Result<Vec<Shown>, Failure> {
    caller.must_be(&[Role::Admin, Role::Auditor])?;
    let defaults = gate.store.get_connector_defaults(&caller.workspace).await?;
    let all = gate.store.list_connectors(&caller.workspace).await?;
    Ok(all.into_iter().map(|connector| Shown { connector, defaults, new_secret: None }).collect())
}

/// One connector.
///
/// # Errors
/// `NotFound`; `Forbidden` unless the caller is an admin or an auditor.
pub async fn read_connector(gate: &Gate, caller: &Caller, id: &str) -> Result<Shown, Failure> {
    caller.must_be(&[Role::Admin, Role::Auditor])?;
    shown(gate, caller, must_find(gate, caller, id).await?).await
}

async fn shown(gate: &Gate, caller: &Caller, connector: Connector) -> Result<Shown, Failure> {
    let defaults = gate.store.get_connector_defaults(&caller.workspace).await?;
    Ok(Shown { connector, defaults, new_secret: None })
}

pub(crate) async fn must_find(gate: &Gate, caller: &Caller, id: &str) -> Result<Connector, Failure> {
    // Beside connectors lie the defaults.
    let found = if is_connector_id(id) { gate.store.get_connector(&caller.workspace, id).await? } else { None };
    found.ok_or(NO_CONNECTOR)
}

/// # Errors
/// `Conflict` where its secrets were sealed under a root secret that is retired.
pub(crate) fn opened(
    couriers: &Couriers,
    caller: &Caller,
    connector: &Connector,
    defaults: &Defaults,
) -> Result<Settings, Failure> {
    couriers.open(&caller.workspace, connector, defaults).map_err(|_| RETIRED)
}

/// Makes a connector.
///
/// # Errors
/// `Invalid` with every fault; `InUse` where the name is taken; `Forbidden` unless the caller is an admin.
pub async fn create_connector(couriers: &Couriers, caller: &Caller, input: ConnectorInput) -> Result<Shown, Failure> {
    caller.must_be(&[Role::Admin])?;
    let name = input.name.clone();
    let missing = [("name", name.is_none()), ("endpoint", input.endpoint.is_none())].into_iter().filter(|(_, m)| *m);
    let mut faults: Vec<Fault> = missing.map(|(field, _)| Fault::new(field, "is required")).collect();
    faults.extend(input.read_only_faults(None));
    let mut settings = settings_of(&input, None);
    let new_secret = new_secret(couriers, &mut settings)?;
    must_be_sound(couriers, &input, &settings, faults)?;
    let all = couriers.store.list_connectors(&caller.workspace).await?;
    if all.len() >= CONNECTORS {
        return Err(Failure::InUse(format!("a workspace has at most {CONNECTORS} connectors")));
    }
    let id = format!("ac_{}", spell(couriers.random()?));
    let now = couriers.clock.now();
    let connector =
        seal(couriers, caller, &settings, Drawn { id, name: name.unwrap_or_default(), now, input: &input })?;
    match couriers.store.put_new_connector(&caller.workspace, &connector).await? {
        Kept::Done => {}
        Kept::NameTaken | Kept::Changed => return Err(name_taken(&connector.name)),
    }
    couriers.memory.connectors.forget(&caller.workspace);
    Ok(Shown { new_secret, ..shown(couriers, caller, connector).await? })
}

/// Changes what the body names; headers are merged by name.
///
/// # Errors
/// `NotFound`; `Invalid` with every fault; `InUse` where the name is taken; `Conflict` where somebody was faster.
pub async fn change_connector(
    couriers: &Couriers,
    caller: &Caller,
    id: &str,
    input: ConnectorInput,
) -> Result<Shown, Failure> {
    caller.must_be(&[Role::Admin])?;
    let before = must_find(couriers, caller, id).await?;
    let defaults = couriers.store.get_connector_defaults(&caller.workspace).await?;
    let old = opened(couriers, caller, &before, &defaults)?;
    let mut settings = settings_of(&input, Some((&before, &old)));
    let mut faults = must_be_entered_again(&input, &before, &old, &mut settings);
    let row = Shown { connector: before, defaults, new_secret: None };
    faults.extend(input.read_only_faults(Some(&row.row())));
    let before = row.connector;
    let new_secret = new_secret(couriers, &mut settings)?;
    must_be_sound(couriers, &input, &settings, faults)?;
    let name = input.name.clone().unwrap_or_else(|| before.name.clone());
    let drawn = Drawn { id: before.id.clone(), name, now: couriers.clock.now(), input: &input };
    let mut next = seal(couriers, caller, &settings, drawn)?;
    let own_timeout = before.timeout_seconds.filter(|_| !input.default_timeout);
    (next.created_at, next.timeout_seconds) = (before.created_at, input.timeout_seconds.or(own_timeout));
    next.enabled = input.enabled.unwrap_or(before.enabled);
    // The admin who enables the connector again has seen why it was disabled.
    next.disabled_because = before.disabled_because.clone().filter(|_| !next.enabled);
    match couriers.store.replace_connector(&caller.workspace, &before, &next).await? {
        Kept::Done => {}
        Kept::NameTaken => return Err(name_taken(&next.name)),
        Kept::Changed => return Err(CHANGED),
    }
    couriers.memory.connectors.forget(&caller.workspace);
    Ok(Shown { new_secret, ..shown(couriers, caller, next).await? })
}

/// Deletes a connector; one that the policy names only where that is wanted.
///
/// # Errors
/// `NotFound`; `InUse` naming the actions that use it; `Conflict` where it got another name meanwhile.
pub async fn delete_connector(gate: &Gate, caller: &Caller, id: &str, force: bool) -> Result<(), Failure> {
    caller.must_be(&[Role::Admin])?;
    let connector = must_find(gate, caller, id).await?;
    let users = users_of(gate, caller, &connector).await?;
    if !users.is_empty() && !force {
        let users = users.join(", ");
        return Err(Failure::InUse(format!(
            "the policy names this connector in {users}; add ?force=true to delete it"
        )));
    }
    let kept = gate.store.delete_connector(&caller.workspace, &connector).await?;
    gate.memory.connectors.forget(&caller.workspace);
    match kept {
        Kept::Done => Ok(()),
        Kept::NameTaken => Err(CHANGED),
        Kept::Changed => Err(NO_CONNECTOR),
    }
}

/// A connector, and the actions of the policy that name it: what deleting it would leave without it.
///
/// # Errors
/// `NotFound`; `Forbidden` unless the caller is an admin or an auditor.
pub async fn read_connector_and_users(gate: &Gate, caller: &Caller, id: &str) -> Result<(Shown, Vec<String>), Failure> {
    let shown = read_connector(gate, caller, id).await?;
    let users = users_of(gate, caller, &shown.connector).await?;
    Ok((shown, users))
}

async fn users_of(gate: &Gate, caller: &Caller, connector: &Connector) -> Result<Vec<String>, Failure> {
    let policy = gate.policy_in_force(&caller.workspace).await?;
    Ok(policy.map(|policy| policy.users_of_connector(&connector.name)).unwrap_or_default())
}

/// What is kept of settings beside the settings.
struct Drawn<'a> {
    id: String,
    name: String,
    now: Timestamp,
    input: &'a ConnectorInput,
}

fn seal(couriers: &Couriers, caller: &Caller, settings: &Settings, drawn: Drawn<'_>) -> Result<Connector, Failure> {
    let Drawn { id, name, now, input } = drawn;
    let sealed = Secrets { endpoint: settings.endpoint.clone(), headers: settings.headers.clone() };
    Ok(Connector {
        sealed: couriers.seal_connector(&caller.workspace, &id, &sealed)?,
        endpoint: masked_endpoint(settings.kind, &settings.endpoint),
        headers: settings.headers.iter().map(|(n, v)| (n.clone(), shown_value(settings.kind, n, v))).collect(),
        id,
        name,
        kind: settings.kind,
        enabled: input.enabled.unwrap_or(true),
        timeout_seconds: input.timeout_seconds,
        strict: settings.strict,
        disabled_because: None,
        created_at: now,
        updated_at: now,
        version: 0,
    })
}

/// A header as it may be shown.
fn shown_value(kind: Kind, name: &str, value: &str) -> String {
    if is_public_header(kind, name) { value.to_owned() } else { masked_value(value) }
}

/// The settings that a body makes of a connector, or of nothing. A mask sent back changes nothing.
pub(crate) fn settings_of(input: &ConnectorInput, before: Option<(&Connector, &Settings)>) -> Settings {
    let mut settings = before.map_or_else(blank, |(_, old)| old.clone());
    if let Some(kind) = input.kind {
        settings.kind = kind;
    }
    if let Some(endpoint) = input.endpoint.as_ref().filter(|e| before.is_none_or(|(c, _)| **e != c.endpoint)) {
        settings.endpoint = endpoint.clone();
    }
    settings.strict = input.strict.unwrap_or(settings.strict && settings.kind == Kind::Slack);
    for (name, value) in &input.headers {
        let known = settings.headers.keys().find(|known| known.eq_ignore_ascii_case(name)).cloned();
        let mask = |v: &String| before.is_some_and(|(c, _)| known.as_ref().and_then(|k| c.headers.get(k)) == Some(v));
        match value {
            Some(value) if mask(value) => {}
            Some(value) => {
                known.map(|known| settings.headers.remove(&known));
                settings.headers.insert(name.clone(), value.clone());
            }
            None => drop(known.map(|known| settings.headers.remove(&known))),
        }
    }
    settings
}

fn blank() -> Settings {
    let (endpoint, headers) = (String::new(), BTreeMap::new());
    Settings { kind: Kind::default(), endpoint, headers, timeout: Duration::from_secs(10), strict: false }
}

/// A webhook without a secret gets one, shown once.
pub(crate) fn new_secret(gate: &Gate, settings: &mut Settings) -> Result<Option<String>, Failure> {
    if settings.kind != Kind::Webhook || settings.header(WEBHOOK_SECRET).is_some() {
        return Ok(None);
    }
    let secret = new_webhook_secret(gate.random()?);
    settings.headers.insert(WEBHOOK_SECRET.into(), secret.clone());
    Ok(Some(secret))
}

fn name_taken(name: &str) -> Failure {
    Failure::InUse(format!("another connector is named {name:?}"))
}
