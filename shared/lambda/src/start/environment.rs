//! The one place where a function's environment is read, and the gate that is made of it.

use crate::start::aws::Aws;
use crate::start::wire::read_roots;
use app::gate::prove_secrets::{Proven, compare_secrets, keep_secrets};
use app::memory::holds::Holds;
use app::memory::issuers::Issuers;
use app::{Addresses, Gate, Memory, Slack};
use aws_credential_types::Credentials;
use aws_smithy_runtime_api::box_error::BoxError;
use bus::Bus;
use domain::digest::sha256_hex;
use domain::secret::RootSecret;
use domain::view::Links;
use rustls::RootCertStore;
use serde::Deserialize;
use sockets::Connections;
use std::time::Duration;
use store::Store;
use store::settings::proofs::Proofs;
use tokio::time::timeout;
use tracing_subscriber::filter::{LevelFilter, Targets};
use vendors::wire::http::Http;

/// The longest time that a start waits for the table.
const WARMING: Duration = Duration::from_secs(1);

/// What a function needs beside the table; it is given nothing else.
#[derive(Clone, Copy, Debug, Default)]
pub struct Needs {
    /// `ROOT_SECRET_ARN`.
    pub root: bool,
    /// `CONNECTORS_SECRET_ARN`, and `CONSOLE_URL` for the links on cards.
    pub vault: bool,
    /// `BOOTSTRAP_SECRET_ARN`.
    pub bootstrap: bool,
    /// `EVENT_BUS_NAME`.
    pub bus: bool,
    /// `MANAGEMENT_URL`, where WebSocket connections are posted to.
    pub connections: bool,
    /// `SLACK_SECRET_ARN` and `SLACK_API_URL`.
    pub slack: bool,
    /// What is known of the root secrets it has.
    pub proofs: Proof,
}

/// What a function does about the proofs of its root secrets, when it starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Proof {
    /// Nothing: it makes nothing under them, and its role may not read them.
    #[default]
    None,
    /// Compares them with those that are kept.
    Compare,
    /// Keeps those that are not known yet, too.
    Keep,
}

/// The Slack secret's text.
#[derive(Deserialize)]
struct SlackSecret {
    bot_token: Option<String>,
    signing_secret: Option<String>,
}

#[expect(clippy::disallowed_methods, reason = "this is the one place where it is read")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn required(name: &str) -> Result<String, String> {
    variable(name).ok_or_else(|| format!("the environment variable {name} is not set"))
}

/// Whether this instance of `wait` answers a streaming Function URL.
pub fn streaming() -> bool {
    variable("RESPONSE_STREAMING").is_some_and(|v| v == "true")
}

/// Whether this instance may hold an answer until something changes: the template says no where it reserves nothing for that.
fn holding() -> bool {
    variable("HOLDS_ANSWERS").is_none_or(|v| v == "true")
}

/// The function's name, and its stack's.
///
/// # Errors
/// One of them is missing.
pub(crate) fn names() -> Result<(String, String), String> {
    Ok((required("AWS_LAMBDA_FUNCTION_NAME")?, required("STACK_NAME")?))
}

/// What is logged, by target: as `RUST_LOG` says, else Lambda's own setting, which is there without anybody having set it.
pub(crate) fn log_levels() -> Targets {
    let said = variable("RUST_LOG").or_else(|| variable("AWS_LAMBDA_LOG_LEVEL"));
    let usual = || Targets::new().with_default(LevelFilter::INFO);
    said.and_then(|levels| levels.to_lowercase().parse().ok()).unwrap_or_else(usual)
}

/// The gate of a function on Lambda. The secrets are fetched side by side, and the connection to the table is made meanwhile: the first
/// request would wait for it otherwise. What it is made with is the reading of the secrets' proofs, where the function needs them.
///
/// # Errors
/// What is missing, or that a root secret is not the data's, in a sentence without any secret.
pub async fn gate(needs: Needs) -> Result<Gate, String> {
    let aws = aws()?;
    let store = Store::new(aws.dynamodb(), required("TABLE_NAME")?);
    let (root, vault, bootstrap, slack, proofs) = tokio::try_join!(
        secret(&aws, needs.root.then_some("ROOT_SECRET_ARN")),
        secret(&aws, needs.vault.then_some("CONNECTORS_SECRET_ARN")),
        secret(&aws, needs.bootstrap.then_some("BOOTSTRAP_SECRET_ARN")),
        secret(&aws, needs.slack.then_some("SLACK_SECRET_ARN")),
        warm(&store, needs.proofs),
    )?;
    let management = if needs.connections { Some(required("MANAGEMENT_URL")?) } else { None };
    let bus = if needs.bus { Some(required("EVENT_BUS_NAME")?) } else { None };
    let gate = Gate {
        bus: bus.map(|name| Bus::new(aws.eventbridge(), name)),
        connections: management.map(|url| Connections::at(aws.management(url.clone()), &url)),
        root: root.as_deref().map(RootSecret::parse).transpose()?,
        vault: vault.as_deref().map(RootSecret::parse).transpose()?,
        bootstrap_hash: bootstrap.map(|secret| sha256_hex(secret.trim().as_bytes())),
        slack: slack.as_deref().map(slack_app).transpose()?,
        ..bare(store)?
    };
    prove(gate, needs.proofs, proofs).await
}

/// What every function has.
fn bare(store: Store) -> Result<Gate, String> {
    let issuers = variable("JWT_ISSUERS").map_or(Ok(Issuers::default()), |text| Issuers::read(&text, false))?;
    let http = Http::new(false).map_err(|e| e.to_string())?;
    let stream = format!("{}api/guard/wait", variable("STREAM_URL").unwrap_or_default());
    let links = Links { stream, websocket: variable("WEBSOCKET_URL") };
    let addresses = Addresses { links, console: variable("CONSOLE_URL") };
    let holds = if holding() { Holds::default() } else { Holds::none() };
    Ok(Gate::new(store, http, addresses).remembering(Memory::new(issuers, holds)))
}

/// A table that does not answer is the first request's to tell.
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
async fn prove(gate: Gate, proof: Proof, known: Option<Proofs>) -> Result<Gate, String> {
    let proven = match (proof, known) {
        (Proof::None, _) | (_, None) => Proven::Yes,
        (Proof::Compare, Some(known)) => compare_secrets(&gate, &known),
        (Proof::Keep, Some(known)) => keep_secrets(&gate, &known).await.unwrap_or_else(|why| {
            tracing::warn!(%why, "the proofs of the root secrets could not be kept");
            compare_secrets(&gate, &known)
        }),
    };
    match proven {
        Proven::Yes => Ok(gate),
        Proven::No(why) => Err(why),
    }
}

fn aws() -> Result<Aws, String> {
    let session = variable("AWS_SESSION_TOKEN");
    let credentials =
        Credentials::from_keys(required("AWS_ACCESS_KEY_ID")?, required("AWS_SECRET_ACCESS_KEY")?, session);
    let roots = variable("AWS_CA_BUNDLE").map(|file| bundle(&file)).transpose()?;
    Aws::new(credentials, required("AWS_REGION")?, variable("AWS_ENDPOINT_URL"), roots)
}

/// The roots of a file: whatever looks into TLS on the way to AWS has its own.
fn bundle(file: &str) -> Result<RootCertStore, String> {
    let read = std::fs::read(file).map_err(BoxError::from).and_then(|pem| read_roots(&pem));
    read.map_err(|e| format!("AWS_CA_BUNDLE names {file}, which is no bundle of certificates: {e}"))
}

async fn secret(aws: &Aws, variable: Option<&str>) -> Result<Option<String>, String> {
    let Some(name) = variable else { return Ok(None) };
    let read = aws.secretsmanager().get_secret_value().secret_id(required(name)?).send().await;
    let value = read.map_err(|e| format!("the secret of {name} cannot be read: {}", e.into_service_error()))?;
    value.secret_string.map(Some).ok_or_else(|| format!("the secret of {name} is not text"))
}

fn slack_app(text: &str) -> Result<Slack, String> {
    // The error of the parser could quote the secret.
    let secret: SlackSecret =
        serde_json::from_str(text).map_err(|_| "the Slack secret is not JSON with bot_token and signing_secret")?;
    Ok(Slack {
        api_url: variable("SLACK_API_URL").unwrap_or_else(|| "https://slack.com/api".into()),
        bot_token: secret.bot_token.filter(|t| !t.is_empty()),
        signing_secret: secret.signing_secret.filter(|s| !s.is_empty()),
        team: Default::default(),
    })
}

#[cfg(test)]
mod tests {
    use super::bundle;
    use standins::tls::Authority;

    #[test]
    fn a_bundle_that_is_none_is_told_by_its_variable_and_its_file() {
        let folder = std::env::temp_dir().join(format!("countersign-bundle-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let file = |name: &str| folder.join(name).to_string_lossy().into_owned();
        let (good, empty, absent) = (file("good.pem"), file("empty.pem"), file("absent.pem"));
        std::fs::write(&good, Authority::new().pem()).unwrap();
        std::fs::write(&empty, "no certificate").unwrap();
        assert_eq!(bundle(&good).unwrap().len(), 1);
        for file in [empty, absent] {
            let why = bundle(&file).unwrap_err();
            assert!(why.starts_with("AWS_CA_BUNDLE names ") && why.contains(&file), "{why}");
        }
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
