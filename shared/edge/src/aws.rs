//! The AWS clients of a function: pinned roots, credentials from the environment, nothing looked up.

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_types::timeout::TimeoutConfig;
use rustls::RootCertStore;
use std::time::Duration;

use crate::wire::Wire;

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
        let mut config = $sdk::Config::builder()
            .behavior_version(BehaviorVersion::latest())
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
