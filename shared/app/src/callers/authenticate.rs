//! Who calls: an API key, a token of a configured issuer, or the deployment's bootstrap secret, and the workspace they call in.

use crate::{Failure, Gate, noted};
use domain::digest::sha256_hex;
use domain::{Principal, Role, Workspace};
use identity::issuer::Holder;
use store::settings::api_keys::ApiKey;

/// An authenticated caller in a workspace.
#[derive(Clone, Debug, PartialEq)]
pub struct Caller {
    /// The workspace they call in.
    pub workspace: Workspace,
    /// Who they are; none for the bootstrap secret, which may only make keys.
    pub subject: Option<Principal>,
    /// On whose behalf they act.
    pub owner: Option<Principal>,
    /// What they may do.
    pub roles: Vec<Role>,
}

impl Caller {
    /// # Errors
    /// `Forbidden` where the caller has none of the roles.
    pub fn must_be(&self, any_of: &[Role]) -> Result<&Principal, Failure> {
        match &self.subject {
            Some(subject) if self.roles.iter().any(|r| any_of.contains(r)) => Ok(subject),
            _ => Err(Failure::Forbidden(format!("this needs a key with the role {}", words(any_of)))),
        }
    }

    /// Whether the caller has one of the roles.
    pub fn is(&self, any_of: &[Role]) -> bool {
        self.must_be(any_of).is_ok()
    }

    /// Whether this is the bootstrap secret.
    pub fn is_bootstrap(&self) -> bool {
        self.subject.is_none()
    }
}

/// The secret that makes a workspace's first key, of which only the hash is kept.
#[derive(Clone, Debug)]
pub struct Bootstrap {
    /// SHA-256, in hexadecimal.
    hash: String,
}

impl Bootstrap {
    /// The secret as it is stored: white space around it is not part of it.
    pub fn new(secret: &str) -> Self {
        Self { hash: sha256_hex(secret.trim().as_bytes()) }
    }
}

/// How fresh the knowledge of a key must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// A revoked key is refused at once: for whatever reads, decides or changes settings.
    Now,
    /// A revoked key is refused within a moment, for half the price: for asking, which decides nothing.
    Lately,
}

fn words(roles: &[Role]) -> String {
    let words: Vec<String> = roles.iter().map(|r| format!("{r:?}").to_lowercase()).collect();
    words.join(" or ")
}

/// Finds the caller of a bearer token, in the workspace they name (`default` where they name none).
///
/// # Errors
/// `Unauthenticated` for a token that is unknown, revoked or expired, without saying which; `Forbidden` for a workspace that the
/// caller may not use; `Unavailable` where a token's issuer does not hand out its keys.
pub async fn authenticate(
    gate: &Gate,
    bootstrap: Option<&Bootstrap>,
    bearer: &str,
    workspace: Option<&str>,
    freshness: Freshness,
) -> Result<Caller, Failure> {
    let workspace = match workspace {
        None => Workspace::default_name(),
        Some(name) => Workspace::parse(name)
            .ok_or_else(|| Failure::invalid("X-Workspace-Namespace", "must be 1 to 63 of a-z, 0-9 and -"))?,
    };
    // The lookup key is the hash of a random 256-bit secret, so the time of the lookup reveals nothing.
    let hash = sha256_hex(bearer.as_bytes());
    if bootstrap.is_some_and(|secret| secret.hash == hash) {
        noted::workspace(&workspace);
        return Ok(Caller { workspace, subject: None, owner: None, roles: Vec::new() });
    }
    if !bearer.starts_with("csk_") {
        return caller_of_token(gate, bearer, workspace).await;
    }
    let caller = caller_of(gate, key_of(gate, &hash, freshness).await?)?;
    if caller.workspace != workspace {
        let told = format!("this key may not use the workspace {workspace}; name its own in X-Workspace-Namespace");
        return Err(Failure::Forbidden(told));
    }
    Ok(caller)
}

/// The holder of a token, in one of the workspaces that the token names.
async fn caller_of_token(gate: &Gate, bearer: &str, workspace: Workspace) -> Result<Caller, Failure> {
    let Holder { subject, owner, workspaces, roles } = gate.verify_token(bearer).await?.ok_or(UNKNOWN)?;
    if !workspaces.contains(&workspace) {
        let told =
            format!("this token may not use the workspace {workspace}; name one of its own in X-Workspace-Namespace");
        return Err(Failure::Forbidden(told));
    }
    noted::workspace(&workspace);
    if roles.is_empty() {
        return Err(Failure::Forbidden("this token gives its holder no role".into()));
    }
    Ok(Caller { workspace, subject: Some(subject), owner, roles })
}

/// The holder of a key, in the key's own workspace, as long as the key has not expired.
fn caller_of(gate: &Gate, key: Option<ApiKey>) -> Result<Caller, Failure> {
    let live = key.filter(|k| k.expires_at.is_none_or(|at| gate.clock.now() < at));
    let ApiKey { workspace, subject, owner, roles, .. } = live.ok_or(UNKNOWN)?;
    noted::workspace(&workspace);
    Ok(Caller { workspace, subject: Some(subject), owner, roles })
}

/// A key that is not there yet may only be new: then it is looked for once more, consistently.
async fn key_of(gate: &Gate, hash: &str, freshness: Freshness) -> Result<Option<ApiKey>, Failure> {
    if freshness == Freshness::Lately
        && let Some(key) = gate.store.get_api_key(hash, false).await?
    {
        return Ok(Some(key));
    }
    Ok(gate.store.get_api_key(hash, true).await?)
}

/// The caller of a key, in the key's own workspace, and the hash it is known by: for signing in.
///
/// # Errors
/// `Unauthenticated` for a key that is unknown, revoked or expired, without saying which.
pub async fn authenticate_key(gate: &Gate, key: &str) -> Result<(Caller, String), Failure> {
    let hash = sha256_hex(key.as_bytes());
    let known = if key.starts_with("csk_") { key_of(gate, &hash, Freshness::Now).await? } else { None };
    Ok((caller_of(gate, known)?, hash))
}

/// The holder of the key with this hash, in the key's own workspace: for a person who has signed in.
///
/// # Errors
/// `Unauthenticated` for a key that is unknown, revoked or expired, without saying which.
pub async fn authenticate_hash(gate: &Gate, hash: &str) -> Result<Caller, Failure> {
    caller_of(gate, gate.store.get_api_key(hash, true).await?)
}

const UNKNOWN: Failure = Failure::Unauthenticated("the API key is unknown, expired or revoked");
