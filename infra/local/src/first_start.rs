//! The first minute: a root secret, three keys and a policy, made where there are none.

use app::manage_keys::{NewKey, create_key, keep_key};
use app::replace_policy::{Expecting, replace_policy};
use app::{Caller, Failure, Gate, Random};
use domain::{Principal, Role, Workspace};
use serde::{Deserialize, Serialize};
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

/// The policy a new host starts with.
pub const STARTER_POLICY: &str = include_str!("../starter-policy.yaml");

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

/// Reads the root secret beside the data, or makes it.
///
/// # Errors
/// The file cannot be read or written.
pub fn root_secret(file: &Path) -> io::Result<String> {
    match fs::read_to_string(file) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            let secret = new_root_secret();
            write_private(file, &secret)?;
            Ok(secret)
        }
        other => other,
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

/// Reads a keys file; none where there is no file.
///
/// # Errors
/// The file cannot be read, or is not three keys.
pub fn read_keys(file: &Path) -> io::Result<Option<Keys>> {
    match fs::read(file) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(e),
        Ok(text) => {
            let keys: Keys = serde_json::from_slice(&text)?;
            let good =
                [&keys.admin, &keys.agent, &keys.approver].iter().all(|k| k.starts_with("csk_") && k.len() >= 36);
            let bad = || io::Error::new(io::ErrorKind::InvalidData, "its keys must be csk_ and at least 32 characters");
            good.then_some(Some(keys)).ok_or_else(bad)
        }
    }
}

/// Writes a keys file that only its owner can read.
///
/// # Errors
/// The file cannot be written.
pub fn write_keys(file: &Path, keys: &Keys) -> io::Result<()> {
    write_private(file, &format!("{}\n", serde_json::to_string_pretty(keys)?))
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

/// Whoever starts the process may make keys in it, as the bootstrap secret may in a deployment.
fn root() -> Caller {
    Caller { workspace: Workspace::default_name(), subject: None, owner: None, roles: Vec::new() }
}
