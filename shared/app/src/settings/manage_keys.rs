//! API keys: made, shown once, listed and revoked by admins; a workspace's first by the bootstrap secret.

use crate::settings::shapes::KEY_INPUT;
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
        let given = KEY_INPUT.read(body, &faults);
        let principal = |name: &str| Principal::entered(given.text(name).as_ref()?).ok();
        let (subject, owner) = (principal("subject"), principal("owner"));
        let roles: Vec<Role> = given.list("roles").iter().filter_map(|word| Role::parse(word.as_str()?)).collect();
        if subject.as_ref().is_some_and(|s| s.kind() == Kind::Agent) && roles.iter().any(|role| *role != Role::Agent) {
            faults.add("roles", "must be [\"agent\"] for an agent: it asks and never decides");
        }
        if given.field("roles").value().is_some_and(|roles| *roles == Value::Array(Vec::new())) {
            faults.add("roles", "must name at least one role");
        }
        let expires_at = given.text("expires_at").map(|at| at.parse::<Timestamp>());
        if expires_at.as_ref().is_some_and(|at| at.as_ref().map_or(true, |at| *at <= now)) {
            faults.add("expires_at", "must be a time to come, such as 2030-01-01T00:00:00Z");
        }
        let (name, subject) =
            (given.text("name").unwrap_or_default(), subject.unwrap_or_else(|| Principal::slack("", "")));
        Ok(faults.or(Self { name, subject, roles, owner, expires_at: expires_at.and_then(Result::ok) })?)
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

/// Revokes a key: it decides, reads and sets nothing from the next request on; asking stops a moment later.
///
/// # Errors
/// `Forbidden` where the caller is no admin, `NotFound` where the workspace has no such key.
pub async fn revoke_key(gate: &Gate, caller: &Caller, id: &str) -> Result<(), Failure> {
    caller.must_be(&[Role::Admin])?;
    let found = is_key_id(id) && gate.store.revoke_api_key(&caller.workspace, id, gate.clock.now()).await?;
    if found { Ok(()) } else { Err(Failure::NotFound("there is no such key")) }
}
