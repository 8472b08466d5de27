//! The resources of a function are one type: all that the function may use. The type is in `resources.rs` of each function. This module
//! starts a function with its resources.

use crate::Environment;
use app::gate::prove_secrets::{Proven, RootSecrets, compare_secrets, keep_secrets};
use app::{Bootstrap, Gate};
use std::time::Duration;
use store::Store;
use store::settings::proofs::Proofs;
use tokio::time::timeout;

/// The longest time that a start waits for the table.
const WARMING: Duration = Duration::from_secs(1);

/// The resources of a function: all that it may use, and nothing else.
pub trait Function: Sized + Send + Sync + 'static {
    /// What it does about the proofs of its root secrets, when it starts.
    const PROOFS: Proof = Proof::None;

    /// Fetches the resources that the environment names; secrets at the same time.
    ///
    /// # Errors
    /// What is missing, in a sentence without any secret.
    fn fetch(from: &Environment) -> impl Future<Output = Result<Self, String>> + Send;

    /// The gate, which every function has.
    fn gate(&self) -> &Gate;

    /// The root secrets that are proven when it starts.
    fn root_secrets(&self) -> RootSecrets<'_> {
        RootSecrets::default()
    }

    /// The secret that makes a workspace's first key, where it takes that.
    fn bootstrap(&self) -> Option<&Bootstrap> {
        None
    }
}

/// What a function does about the proofs of its root secrets, when it starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// Nothing: it makes nothing under them, and its role may not read them.
    None,
    /// Compares them with those that are kept.
    Compare,
    /// Keeps those that are not known yet, too.
    Keep,
}

/// Starts a function on Lambda. The secrets are fetched while the connection to the table is made: the first request would wait for it
/// otherwise. What it is made with is the reading of the secrets' proofs, where the function needs them.
///
/// # Errors
/// What is missing, or that a root secret is not the data's, in a sentence without any secret.
pub(crate) async fn start<Has: Function>() -> Result<Has, String> {
    let environment = Environment::read()?;
    let store = environment.gate().store;
    let (has, proofs) = tokio::try_join!(Has::fetch(&environment), warm(&store, Has::PROOFS))?;
    prove(has, proofs).await
}

/// If the table does not answer, the first request reports it.
async fn warm(store: &Store, proof: Proof) -> Result<Option<Proofs>, String> {
    let read = async {
        match proof {
            Proof::None => store.warm().await.map(|()| None),
            Proof::Compare | Proof::Keep => store.get_proofs().await.map(Some),
        }
    };
    match timeout(WARMING, read).await {
        Ok(Ok(proofs)) => Ok(proofs),
        Ok(Err(why)) => {
            tracing::warn!(%why, "the table could not be asked");
            Ok(None)
        }
        Err(_) => {
            tracing::warn!("the table did not answer in time");
            Ok(None)
        }
    }
}

/// # Errors
/// A root secret is not the one that the data was made with.
async fn prove<Has: Function>(has: Has, known: Option<Proofs>) -> Result<Has, String> {
    let secrets = has.root_secrets();
    let proven = match (Has::PROOFS, known) {
        (Proof::None, _) | (_, None) => Proven::Yes,
        (Proof::Compare, Some(known)) => compare_secrets(secrets, &known),
        (Proof::Keep, Some(known)) => keep_secrets(has.gate(), secrets, &known).await.unwrap_or_else(|why| {
            tracing::warn!(%why, "the proofs of the root secrets could not be kept");
            compare_secrets(secrets, &known)
        }),
    };
    match proven {
        Proven::Yes => Ok(has),
        Proven::No(why) => Err(why),
    }
}
