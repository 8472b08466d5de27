//! Reads a function's environment, and makes of it what the function works with. A variable or a secret that cannot be read is an error, in
//! a sentence without any secret.
//!
//! INVARIANT 17: Clock, environment and randomness are read in one place each: the environment here, the others in `app/clock.rs`.

use crate::start::aws::Aws;
use crate::start::wire::read_roots;
use app::memory::holds::Holds;
use app::memory::issuers::Issuers;
use app::{Addresses, Bootstrap, Couriers, Deciding, Gate, Keyed, Memory, Slack};
use aws_credential_types::Credentials;
use aws_smithy_runtime_api::box_error::BoxError;
use bus::Bus;
use domain::secret::RootSecret;
use domain::view::Links;
use rustls::RootCertStore;
use serde::Deserialize;
use sockets::Connections;
use store::Store;
use tracing_subscriber::filter::{LevelFilter, Targets};
use vendors::wire::http::Http;

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

/// The environment of a function on Lambda, out of which it takes what it has and nothing else.
#[derive(Debug)]
pub struct Environment {
    aws: Aws,
    gate: Gate,
}

impl Environment {
    /// # Errors
    /// What every function has and is missing, in a sentence.
    pub(crate) fn read() -> Result<Self, String> {
        let aws = aws()?;
        let store = Store::new(aws.dynamodb(), required("TABLE_NAME")?);
        let issuers = variable("JWT_ISSUERS").map_or(Ok(Issuers::default()), |text| Issuers::read(&text, false))?;
        let http = Http::new(false).map_err(|e| e.to_string())?;
        let stream = format!("{}api/guard/wait", variable("STREAM_URL").unwrap_or_default());
        let links = Links { stream, websocket: variable("WEBSOCKET_URL") };
        let addresses = Addresses { links, console: variable("CONSOLE_URL") };
        let holds = if holding() { Holds::default() } else { Holds::none() };
        Ok(Self { gate: Gate::new(store, http, addresses).remembering(Memory::new(issuers, holds)), aws })
    }

    /// What every function has.
    pub fn gate(&self) -> Gate {
        self.gate.clone()
    }

    /// With the root secret of `ROOT_SECRET_ARN`.
    pub async fn keyed(&self) -> Result<Keyed, String> {
        Ok(Keyed::new(self.gate(), RootSecret::parse(&self.secret("ROOT_SECRET_ARN").await?)?))
    }

    /// The same, and the WebSocket connections for hints.
    pub async fn deciding(&self) -> Result<Deciding, String> {
        let gate = self.keyed().await?;
        Ok(Deciding::new(gate, Some(self.connections()?)))
    }

    /// With the connectors' root secret, of `CONNECTORS_SECRET_ARN`.
    pub async fn couriers(&self) -> Result<Couriers, String> {
        let vault = RootSecret::parse(&self.secret("CONNECTORS_SECRET_ARN").await?)?;
        Ok(Couriers::new(self.gate(), vault, None))
    }

    /// The same, and the deployment's Slack app, of `SLACK_SECRET_ARN` and `SLACK_API_URL`.
    pub async fn couriers_with_slack(&self) -> Result<Couriers, String> {
        let (mut couriers, slack) = tokio::try_join!(self.couriers(), self.secret("SLACK_SECRET_ARN"))?;
        couriers.slack = Some(slack_app(&slack)?);
        Ok(couriers)
    }

    /// The secret of `BOOTSTRAP_SECRET_ARN`.
    pub async fn bootstrap(&self) -> Result<Bootstrap, String> {
        Ok(Bootstrap::new(&self.secret("BOOTSTRAP_SECRET_ARN").await?))
    }

    /// The bus of `EVENT_BUS_NAME`.
    pub fn bus(&self) -> Result<Bus, String> {
        Ok(Bus::new(self.aws.eventbridge(), required("EVENT_BUS_NAME")?))
    }

    /// The WebSocket connections, which are posted to at `MANAGEMENT_URL`.
    pub fn connections(&self) -> Result<Connections, String> {
        let url = required("MANAGEMENT_URL")?;
        Ok(Connections::at(self.aws.management(url.clone()), &url))
    }

    async fn secret(&self, name: &str) -> Result<String, String> {
        let read = self.aws.secretsmanager().get_secret_value().secret_id(required(name)?).send().await;
        let value = read.map_err(|e| format!("the secret of {name} cannot be read: {}", e.into_service_error()))?;
        value.secret_string.ok_or_else(|| format!("the secret of {name} is not text"))
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
