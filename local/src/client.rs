//! The SDK's own clients, answered inside the process instead of over the network.

use aws_sdk_dynamodb::config::{BehaviorVersion, Region, RuntimeComponents, StalledStreamProtectionConfig};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::http::{HttpError, StatusCode};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::retry::RetryConfig;
use bytes::Bytes;

use crate::engine::Engine;
use crate::events::bus::Bus;
use crate::observe::calls::Calls;
use crate::observe::ledger::Ledger;
pub use crate::place::REGION;
use crate::sockets::{ServiceAnswer, Sockets};

const TABLE_TARGET: &str = "DynamoDB_20120810.";
const BUS_TARGET: &str = "AWSEvents.PutEvents";

/// A client whose table is the embedded engine.
#[must_use]
pub fn dynamodb(engine: &Engine) -> aws_sdk_dynamodb::Client {
    dynamodb_recorded(engine, None, None)
}

/// The same; what each operation costs is written down in the ledger, and who called among the calls.
#[must_use]
pub fn dynamodb_recorded(engine: &Engine, ledger: Option<Ledger>, calls: Option<Calls>) -> aws_sdk_dynamodb::Client {
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static(REGION))
        .endpoint_url("http://dynamodb.local")
        .allow_no_auth()
        .retry_config(RetryConfig::disabled())
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .http_client(InProcess { service: Service::Table(engine.clone(), ledger), calls })
        .build();
    aws_sdk_dynamodb::Client::from_conf(config)
}

/// A client whose event bus is the host's; who called is written down among the calls.
#[must_use]
pub fn eventbridge(bus: &Bus, calls: Option<Calls>) -> aws_sdk_eventbridge::Client {
    let config = aws_sdk_eventbridge::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static(REGION))
        .endpoint_url("http://events.local")
        .allow_no_auth()
        .retry_config(RetryConfig::disabled())
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .http_client(InProcess { service: Service::Bus(bus.clone()), calls })
        .build();
    aws_sdk_eventbridge::Client::from_conf(config)
}

/// A client whose WebSocket API is the host's; who called is written down among the calls.
#[must_use]
pub fn management(sockets: &Sockets, calls: Option<Calls>) -> aws_sdk_apigatewaymanagement::Client {
    let config = aws_sdk_apigatewaymanagement::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static(REGION))
        .endpoint_url("http://sockets.local")
        .allow_no_auth()
        .retry_config(RetryConfig::disabled())
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .http_client(InProcess { service: Service::Sockets(sockets.clone()), calls })
        .build();
    aws_sdk_apigatewaymanagement::Client::from_conf(config)
}

/// A client's wire: the service at its other end, and where it is written down who calls.
#[derive(Clone, Debug)]
struct InProcess {
    service: Service,
    calls: Option<Calls>,
}

/// A service that the host has for its own.
#[derive(Clone, Debug)]
enum Service {
    Table(Engine, Option<Ledger>),
    Bus(Bus),
    Sockets(Sockets),
}

impl InProcess {
    async fn answer(self, request: &HttpRequest) -> ServiceAnswer {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let body = request.body().bytes().unwrap_or_default();
        if let Some(calls) = &self.calls {
            match &self.service {
                Service::Table(..) => calls.table(target.trim_start_matches(TABLE_TARGET), body),
                Service::Bus(_) => calls.bus(),
                Service::Sockets(_) => calls.sockets(request.method()),
            }
        }
        let (status, body) = match self.service {
            Service::Table(engine, ledger) => match (target.strip_prefix(TABLE_TARGET), ledger) {
                (Some(operation), None) => engine.execute(operation, body.to_vec()).await,
                (Some(operation), Some(ledger)) => recorded(&engine, &ledger, operation, body.to_vec()).await,
                (None, _) => unknown(),
            },
            Service::Bus(bus) if target == BUS_TARGET => bus.put_events(body),
            Service::Bus(_) => unknown(),
            Service::Sockets(sockets) => {
                return sockets.manage(request.method(), path(request), Bytes::copy_from_slice(body));
            }
        };
        ServiceAnswer { status, error: None, body }
    }
}

/// The path of a request, which names its whole address.
fn path(request: &HttpRequest) -> &str {
    let (_, rest) = request.uri().split_once("://").unwrap_or_default();
    rest.find('/').and_then(|start| rest.get(start..)).unwrap_or_default()
}

async fn recorded(engine: &Engine, ledger: &Ledger, operation: &str, body: Vec<u8>) -> (u16, Vec<u8>) {
    let (entry, body) = ledger.open(operation, body);
    let answer = engine.execute(operation, body).await;
    if let Some(entry) = entry {
        ledger.close(entry, &answer.1);
    }
    answer
}

impl HttpClient for InProcess {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for InProcess {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let service = self.clone();
        HttpConnectorFuture::new(async move {
            let answer = service.answer(&request).await;
            response(answer).map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

fn response(answer: ServiceAnswer) -> Result<HttpResponse, HttpError> {
    let mut response = HttpResponse::new(StatusCode::try_from(answer.status)?, SdkBody::from(answer.body));
    if let Some(error) = answer.error {
        response.headers_mut().insert("x-amzn-errortype", error);
    }
    response.headers_mut().insert("content-type", "application/x-amz-json-1.0");
    Ok(response)
}

fn unknown() -> (u16, Vec<u8>) {
    let body = r#"{"__type":"com.amazon.coral.service#UnknownOperationException"}"#;
    (400, body.as_bytes().to_vec())
}
