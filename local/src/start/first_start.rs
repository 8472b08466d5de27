//! The first minute: a root secret, three keys and a policy, made where there are none.

use app::settings::manage_keys::{NewKey, create_key, keep_key};
use app::settings::replace_policy::{Expecting, replace_policy};
use app::{Caller, Failure, Gate, Random};
use domain::{Principal, Role, Workspace};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use crate::engine::DATABASE;

/// The policy a new host starts with.
pub const STARTER_POLICY: &str = include_str!("../../starter-policy.yaml");

/// Keys that are looked through for those that work.
const MOST_KEYS: i32 = 100;

/// The three keys of a local host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keys {
    /// Of `user:admin@localhost`.
    pub admin: String,
    /// Of `agent:demo`.
    pub agent: String,
    /// Of `user:approver@localhost`.
    pub approver: String,
}

/// Reads a root secret beside the data, or makes it where there is no data yet.
///
/// # Errors
/// A sentence where the file cannot be read or written, or where there is data and no file: what was made under a secret is lost
/// without it, and a new one would hide that.
pub fn root_secret(folder: &Path, name: &str) -> Result<String, String> {
    let file = folder.join(name);
    let problem = |e: io::Error| format!("the secret {}: {e}", file.display());
    match fs::read_to_string(&file) {
        Err(e) if e.kind() == io::ErrorKind::NotFound && folder.join(DATABASE).exists() => Err(format!(
            "the data folder {} holds data ({DATABASE}), and its file {name} is missing: without it no token and no sealed value in that data \
             can be used. Put the file back from a backup; or begin anew with another --data folder",
            folder.display()
        )),
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            let secret = new_root_secret();
            write_private(&file, &secret).map_err(problem)?;
            Ok(secret)
        }
        other => other.map_err(problem),
    }
}

/// A root secret for one process.
pub fn new_root_secret() -> String {
    data_encoding::HEXLOWER.encode(&Random::System.bytes::<32>().unwrap_or_default())
}

/// Whether the default workspace has been born.
///
/// # Errors
/// The table could not be asked.
pub async fn is_first_start(gate: &Gate) -> Result<bool, Failure> {
    Ok(gate.store.list_workspaces().await?.is_empty())
}

/// Makes the three keys.
///
/// # Errors
/// The table could not be asked.
pub async fn make_keys(gate: &Gate) -> Result<Keys, Failure> {
    let mut made = Vec::new();
    for (name, subject, role) in three() {
        made.push(create_key(gate, &root(), new_key(name, subject, role)?).await?.1);
    }
    match <[String; 3]>::try_from(made) {
        Ok([admin, agent, approver]) => Ok(Keys { admin, agent, approver }),
        Err(_) => Err(Failure::Internal("three keys were not made".into())),
    }
}

/// Brings back the keys of a file, whatever the data knows of them.
///
/// # Errors
/// The table could not be asked.
pub async fn keep_keys(gate: &Gate, keys: &Keys) -> Result<(), Failure> {
    for ((name, subject, role), secret) in three().into_iter().zip([&keys.admin, &keys.agent, &keys.approver]) {
        let hash = domain::digest::sha256_hex(secret.as_bytes());
        if gate.store.get_api_key(&hash, true).await?.is_none() {
            keep_key(gate, &root(), new_key(name, subject, role)?, secret).await?;
        }
    }
    Ok(())
}

/// Puts a policy in force, unless it is.
///
/// # Errors
/// Every fault of the document.
pub async fn put_policy(gate: &Gate, text: &str) -> Result<(), Failure> {
    let admin = Principal::parse("user:admin@localhost").map_err(Failure::Internal)?;
    let caller = Caller { subject: Some(admin), roles: vec![Role::Admin], ..root() };
    let hash = domain::digest::sha256_hex(text.as_bytes());
    let head = gate.store.get_policy_head(&caller.workspace, true).await?;
    if head.is_none_or(|head| head.hash != hash) {
        replace_policy(gate, &caller, text.to_owned(), Expecting::Anything).await?;
    }
    Ok(())
}

/// The subjects whose keys in the default workspace work, out of a bounded number of keys.
///
/// # Errors
/// The table could not be asked.
pub async fn known_keys(gate: &Gate) -> Result<Vec<String>, Failure> {
    let keys = gate.store.list_api_keys(&Workspace::default_name(), None, MOST_KEYS).await?;
    let now = gate.clock.now();
    let live = keys.iter().filter(|(key, revoked)| revoked.is_none() && key.expires_at.is_none_or(|at| now < at));
    let subjects: BTreeSet<String> = live.map(|(key, _)| key.subject.to_string()).collect();
    Ok(subjects.into_iter().collect())
}

/// Reads a keys file; none where there is no file.
///
/// # Errors
/// A sentence where the file cannot be read, or is not three keys; it quotes none.
pub fn read_keys(file: &Path) -> Result<Option<Keys>, String> {
    let problem = |why: &dyn fmt::Display| {
        let what =
            "it must be JSON, {\"admin\": …, \"agent\": …, \"approver\": …}, each csk_ and at least 32 characters";
        format!("the keys file {} cannot be used ({why}): {what}; or give a file that is not there yet", file.display())
    };
    match fs::read(file) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(format!("the keys file {} cannot be read: {e}", file.display())),
        Ok(text) => {
            // The parser's own words could quote a key.
            let keys: Keys = serde_json::from_slice(&text)
                .map_err(|e| problem(&format!("line {}, column {}", e.line(), e.column())))?;
            let good =
                [&keys.admin, &keys.agent, &keys.approver].iter().all(|k| k.starts_with("csk_") && k.len() >= 36);
            good.then_some(Some(keys)).ok_or_else(|| problem(&"one of its keys is none"))
        }
    }
}

/// Writes a keys file that only its owner can read.
///
/// # Errors
/// A sentence where the file cannot be written.
pub fn write_keys(file: &Path, keys: &Keys) -> Result<(), String> {
    let text = serde_json::to_string_pretty(keys).map_err(|e| e.to_string())?;
    let problem = |e: io::Error| format!("the keys file {} cannot be written: {e}", file.display());
    write_private(file, &format!("{text}\n")).map_err(problem)
}

fn write_private(file: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

fn three() -> [(&'static str, &'static str, Role); 3] {
    [
        ("admin", "user:admin@localhost", Role::Admin),
        ("agent", "agent:demo", Role::Agent),
        ("approver", "user:approver@localhost", Role::Approver),
    ]
}

fn new_key(name: &str, subject: &str, role: Role) -> Result<NewKey, Failure> {
    let subject = Principal::parse(subject).map_err(Failure::Internal)?;
    Ok(NewKey { name: format!("local {name}"), subject, roles: vec![role], owner: None, expires_at: None })
}

/// The person who starts the process may make keys, as the holder of the bootstrap secret may in a deployment.
fn root() -> Caller {
    Caller { workspace: Workspace::default_name(), subject: None, owner: None, roles: Vec::new() }
}
