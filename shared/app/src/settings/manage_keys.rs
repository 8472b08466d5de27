//! API keys: made, shown once, listed and revoked by admins; a workspace's first by the bootstrap secret.

use crate::{Caller, Failure, Gate};
use data_encoding::BASE32_NOPAD;
use domain::digest::sha256_hex;
use domain::id::spell;
use domain::principal::Kind;
use domain::{Faults, Principal, Role, Timestamp};
use serde_json::Value;
use store::settings::api_keys::ApiKey;

/// A key to be made, read and without faults.
#[derive(Clone, Debug)]
pub struct NewKey {
    /// For people.
    pub name: String,
    /// `agent:<slug>` or `user:<email>`.
    pub subject: Principal,
    /// What its holder may do.
    pub roles: Vec<Role>,
    /// On whose behalf it acts.
    pub owner: Option<Principal>,
    /// From when on it is refused.
    pub expires_at: Option<Timestamp>,
}

impl NewKey {
    /// Reads `{name, subject, roles, owner?, expires_at?}`.
    ///
    /// # Errors
    /// Every fault of it.
    pub fn read(body: &Value, now: Timestamp) -> Result<Self, Failure> {
        let faults = Faults::default();
        let mut o = faults.object("", body);
        let name = o.need_text("name", 1);
        let mut principal = |key: &str, needed: bool| {
            let text = if needed { Some(o.need_text(key, 1)) } else { o.text(key) };
            let read = Principal::entered(text.as_ref().filter(|t| !t.is_empty())?);
            read.map_err(|problem| o.fault(key, problem)).ok()
        };
        let (subject, owner) = (principal("subject", true), principal("owner", false));
        if subject.as_ref().is_some_and(|s| !matches!(s.kind(), Kind::Agent | Kind::User)) {
            o.fault("subject", "must be agent:<slug> or user:<email>");
        }
        o.need("roles");
        let roles: Vec<Role> = o
            .texts("roles")
            .unwrap_or_default()
            .iter()
            .enumerate()
            .filter_map(|(i, word)| {
                let role = serde_json::from_value(Value::String(word.clone())).ok();
                if role.is_none() {
                    faults.add(format!("roles[{i}]"), "must be one of agent, approver, auditor, admin");
                }
                role
            })
            .collect();
        check_roles(&faults, &mut o, subject.as_ref(), &roles);
        let expires_at = o.text("expires_at").map(|at| at.parse::<Timestamp>());
        if expires_at.as_ref().is_some_and(|at| at.as_ref().map_or(true, |at| *at <= now)) {
            o.fault("expires_at", "must be a time to come, such as 2030-01-01T00:00:00Z");
        }
        o.nothing_else();
        let subject = subject.unwrap_or_else(|| Principal::slack("", ""));
        Ok(faults.or(Self { name, subject, roles, owner, expires_at: expires_at.and_then(Result::ok) })?)
    }
}

fn check_roles(faults: &Faults, o: &mut domain::fault::Object<'_>, subject: Option<&Principal>, roles: &[Role]) {
    if o.texts("roles").is_some_and(|r| r.is_empty()) {
        faults.add("roles", "must name at least one role");
    }
    if subject.is_some_and(|s| s.kind() == Kind::Agent) && roles.iter().any(|r| *r != Role::Agent) {
        faults.add("roles", "must be [\"agent\"] for an agent: it asks and never decides");
    }
}

/// Makes a key; the second value is the key itself, which nobody can show again.
///
/// # Errors
/// `Forbidden` where the caller is neither an admin nor the bootstrap secret.
pub async fn create_key(gate: &Gate, caller: &Caller, new: NewKey) -> Result<(ApiKey, String), Failure> {
    if !caller.is_bootstrap() {
        caller.must_be(&[Role::Admin])?;
    }
    let secret = format!("csk_{}", BASE32_NOPAD.encode(&gate.random::<32>()?).to_lowercase());
    let key = keep_key(gate, caller, new, &secret).await?;
    Ok((key, secret))
}

/// Keeps a key under the hash of a secret that is already known: how the local host brings back the keys of a file.
///
/// # Errors
/// The table could not be asked.
pub async fn keep_key(gate: &Gate, caller: &Caller, new: NewKey, secret: &str) -> Result<ApiKey, Failure> {
    let key = ApiKey {
        id: format!("key_{}", spell(gate.random()?)),
        workspace: caller.workspace.clone(),
        name: new.name,
        subject: new.subject,
        roles: new.roles,
        owner: new.owner,
        created_at: gate.clock.now(),
        expires_at: new.expires_at,
        hash: sha256_hex(secret.as_bytes()),
    };
    gate.store.put_workspace(&key.workspace).await?;
    gate.store.put_api_key(&key).await?;
    Ok(key)
}

/// Whether a text can be a key's id: not every text is a key that the table takes.
pub fn is_key_id(text: &str) -> bool {
    text.strip_prefix("key_").is_some_and(|rest| rest.len() == 26 && rest.chars().all(|c| c.is_ascii_alphanumeric()))
}

/// The keys of the caller's workspace, with when they were revoked.
///
/// # Errors
/// `Forbidden` where the caller is no admin.
pub async fn list_keys(
    gate: &Gate,
    caller: &Caller,
    after: Option<&str>,
    limit: i32,
) -> Result<Vec<(ApiKey, Option<Timestamp>)>, Failure> {
    caller.must_be(&[Role::Admin])?;
    Ok(gate.store.list_api_keys(&caller.workspace, after, limit).await?)
}

/// One key of the caller's workspace, with when it was revoked.
///
/// # Errors
/// `Forbidden` where the caller is no admin, `NotFound` where the workspace has no such key.
pub async fn read_key(gate: &Gate, caller: &Caller, id: &str) -> Result<(ApiKey, Option<Timestamp>), Failure> {
    caller.must_be(&[Role::Admin])?;
    let found = if is_key_id(id) { gate.store.get_listed_api_key(&caller.workspace, id).await? } else { None };
    found.ok_or(Failure::NotFound("there is no such key"))
}

/// Revokes a key: it is refused from the next request on.
///
/// # Errors
/// `Forbidden` where the caller is no admin, `NotFound` where the workspace has no such key.
pub async fn revoke_key(gate: &Gate, caller: &Caller, id: &str) -> Result<(), Failure> {
    caller.must_be(&[Role::Admin])?;
    let found = is_key_id(id) && gate.store.revoke_api_key(&caller.workspace, id, gate.clock.now()).await?;
    if found { Ok(()) } else { Err(Failure::NotFound("there is no such key")) }
}
