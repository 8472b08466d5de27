//! Whether the root secrets are those that the data was made with. The table has a proof of each root secret, stored by the first process
//! that used the secret. Under another secret no token would be recognised and no sealed value could be opened, so a function with another
//! secret does not start.

use crate::{Failure, Gate};
use domain::secret::RootSecret;
use store::settings::proofs::Proofs;

/// The result of the comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proven {
    /// They are, or nothing was made under any yet.
    Yes,
    /// A secret is another one: which, and what to do.
    No(String),
}

/// The root secrets that a function has.
#[derive(Clone, Copy, Debug, Default)]
pub struct RootSecrets<'a> {
    /// The deployment's.
    pub root: Option<&'a RootSecret>,
    /// That of connectors' credentials.
    pub connectors: Option<&'a RootSecret>,
}

/// The secrets' names: in a sentence, and what their proofs' names begin with.
const ROOT: (&str, &str) = ("root secret", "root.");
const CONNECTORS: (&str, &str) = ("connectors' root secret", "connectors.");

/// What to do if a secret is not the one that the data was made with.
const PUT_BACK: &str = "put the former secret back, from a backup or the secret's previous version; a new one is added beside it, never in \
                        its place (docs/run/rotate.md)";

/// Compares the secrets that this function has with the proofs that are kept, as they were read.
pub fn compare_secrets(secrets: RootSecrets<'_>, known: &Proofs) -> Proven {
    match news(secrets, known) {
        Ok(_) => Proven::Yes,
        Err(why) => Proven::No(why),
    }
}

/// The same for a function that makes something under the secrets: proofs that are missing are stored.
pub async fn keep_secrets(gate: &Gate, secrets: RootSecrets<'_>, known: &Proofs) -> Result<Proven, Failure> {
    match news(secrets, known) {
        Ok(new) if new.is_empty() => Ok(Proven::Yes),
        // Another process may have stored another proof meanwhile.
        Ok(new) => Ok(compare_secrets(secrets, &gate.store.keep_proofs(&new).await?)),
        Err(why) => Ok(Proven::No(why)),
    }
}

/// The proofs that are not kept yet.
///
/// # Errors
/// What is wrong, and what to do.
fn news(secrets: RootSecrets<'_>, known: &Proofs) -> Result<Proofs, String> {
    let mut new = Proofs::new();
    for ((name, prefix), secret) in [(ROOT, secrets.root), (CONNECTORS, secrets.connectors)] {
        if let Some(secret) = secret {
            new.extend(compare(name, prefix, secret, known)?);
        }
    }
    Ok(new)
}

fn compare(name: &str, prefix: &str, secret: &RootSecret, known: &Proofs) -> Result<Proofs, String> {
    let of = |number: u32| Some((format!("{prefix}{number}"), secret.proof(number)?));
    let ours: Proofs = secret.numbers().filter_map(of).collect();
    for (at, proof) in &ours {
        if known.get(at).is_some_and(|kept| kept != proof) {
            let number = at.trim_start_matches(prefix);
            return Err(format!("the {name} number {number} is not the one that the data was made with: {PUT_BACK}"));
        }
    }
    let numbers: Vec<&str> = known.keys().filter_map(|at| at.strip_prefix(prefix)).collect();
    if !numbers.is_empty() && !ours.keys().any(|at| known.contains_key(at)) {
        let numbers = numbers.join(", ");
        return Err(format!("the data was made with the {name} number {numbers}, which is missing: {PUT_BACK}"));
    }
    Ok(ours.into_iter().filter(|(at, _)| !known.contains_key(at)).collect())
}
