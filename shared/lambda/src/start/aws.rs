//! The AWS clients of a function: pinned roots, credentials from the environment, nothing looked up.

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_types::timeout::TimeoutConfig;
use rustls::RootCertStore;
use std::time::Duration;

use crate::start::wire::Wire;

/// The longest that one attempt at a call may take, from the connection to the last of the answer. What the functions ask of the table,
/// the bus and the secrets is answered within tens of milliseconds; a connection that died while the function was frozen says nothing,
/// and the next attempt makes a new one. Without it only the SDKs' watch over stalled streams would end an attempt, after 21 s.
const ATTEMPT_TAKES: Duration = Duration::from_secs(3);
/// The longest that a call may take with all its attempts. It is less than 10 s, which is the shortest timeout in the template and Lambda's
/// limit for a start, so that the caller gets an error and the log says why.
const CALL_TAKES: Duration = Duration::from_secs(8);
/// The longest a post to a connection may take.
const POST_TAKES: Duration = Duration::from_secs(3);

/// What every client of a function shares.
#[derive(Clone, Debug)]
pub(crate) struct Aws {
    pub(crate) http: SharedHttpClient,
    pub(crate) credentials: SharedCredentialsProvider,
    pub(crate) region: String,
    /// Another address for every service, as `AWS_ENDPOINT_URL` names it.
    pub(crate) endpoint: Option<String>,
}

/// The SDKs' configurations are one shape and three types.
macro_rules! client {
    ($aws:expr, $sdk:ident) => {{
        let timeouts =
            TimeoutConfig::builder().operation_attempt_timeout(ATTEMPT_TAKES).operation_timeout(CALL_TAKES).build();
        let mut config = $sdk::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .timeout_config(timeouts)
            .http_client($aws.http.clone())
            .credentials_provider($aws.credentials.clone())
            .region($sdk::config::Region::new($aws.region.clone()));
        config.set_endpoint_url($aws.endpoint.clone());
        $sdk::Client::from_conf(config.build())
    }};
}

impl Aws {
    /// In a region, or at another address, by the roots of [`Wire::new`].
    pub(crate) fn new(
        credentials: Credentials,
        region: String,
        endpoint: Option<String>,
        roots: Option<RootCertStore>,
    ) -> Result<Self, String> {
        let http = SharedHttpClient::new(Wire::new(roots).map_err(|e| e.to_string())?);
        Ok(Self { http, credentials: SharedCredentialsProvider::new(credentials), region, endpoint })
    }

    pub(crate) fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        client!(self, aws_sdk_dynamodb)
    }

    pub(crate) fn eventbridge(&self) -> aws_sdk_eventbridge::Client {
        client!(self, aws_sdk_eventbridge)
    }

    /// The connections of a WebSocket API, at its own address. A post that hangs must not hold up those behind it.
    pub(crate) fn management(&self, url: String) -> aws_sdk_apigatewaymanagement::Client {
        let timeouts = TimeoutConfig::builder().operation_timeout(POST_TAKES).build();
        let config = aws_sdk_apigatewaymanagement::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .http_client(self.http.clone())
            .credentials_provider(self.credentials.clone())
            .region(aws_sdk_apigatewaymanagement::config::Region::new(self.region.clone()))
            .timeout_config(timeouts)
            .endpoint_url(url);
        aws_sdk_apigatewaymanagement::Client::from_conf(config.build())
    }

    pub(crate) fn secretsmanager(&self) -> aws_sdk_secretsmanager::Client {
        client!(self, aws_sdk_secretsmanager)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_dynamodb::types::AttributeValue;
    use tokio::net::TcpListener;
    use tokio::time::Instant;
    use tokio::{join, select};

    #[tokio::test(start_paused = true)]
    async fn a_call_that_is_taken_and_never_answered_is_tried_again_and_given_up_within_any_functions_time() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let mut taken = Vec::new();
        let silence = async {
            loop {
                taken.push(listener.accept().await.unwrap());
            }
        };
        let credentials = Credentials::from_keys("AKIDEXAMPLE", "secret", None);
        let aws = Aws::new(credentials, "eu-central-1".into(), Some(address), None).unwrap();
        let began = Instant::now();
        let key = AttributeValue::S("x".into());
        let calls = async {
            join!(
                aws.dynamodb().get_item().table_name("t").key("pk", key).send(),
                aws.eventbridge().put_events().send(),
                aws.secretsmanager().get_secret_value().secret_id("s").send(),
            )
        };
        let (table, bus, secret) = select! {
            () = silence => unreachable!(),
            answers = calls => answers,
        };
        assert!(table.is_err() && bus.is_err() && secret.is_err());
        assert!(began.elapsed() <= CALL_TAKES, "{:?}", began.elapsed());
        assert!(taken.len() >= 6, "{} attempts at three calls", taken.len());
    }
}
