//! A table that takes its time, or takes nothing, for the decisions of one process. What was sent is done even where nobody waits for it any
//! more, as on a network.

use super::System;
use aws_sdk_dynamodb::config::RuntimeComponents;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::retry::RetryConfig;
use local::client;
use local::engine::Engine;
use local::start::Parts;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::sync::{Semaphore, mpsc};

/// A process whose decisions are held up on their way.
pub struct Slow {
    /// What its function is made of.
    pub gate: Parts,
    /// Its decisions on their way.
    pub held: Held,
}

/// Decisions on their way.
pub struct Held {
    sent: mpsc::UnboundedReceiver<()>,
    released: Arc<Semaphore>,
    attempts: Arc<Mutex<Vec<Instant>>>,
}

impl System {
    /// A process whose decisions wait until they are released.
    pub fn slow(&self) -> Slow {
        self.hindered(false, RetryConfig::disabled())
    }

    /// A process whose decisions the table fails at, however often they are tried.
    pub fn failing(&self) -> Slow {
        let often = RetryConfig::standard().with_max_attempts(1_000);
        self.hindered(
            true,
            often.with_initial_backoff(Duration::from_millis(50)).with_max_backoff(Duration::from_millis(50)),
        )
    }

    fn hindered(&self, fails: bool, retries: RetryConfig) -> Slow {
        let (tell, sent) = mpsc::unbounded_channel();
        let (released, attempts) = (Arc::new(Semaphore::new(0)), Arc::default());
        let wire = Wire {
            engine: self.engine.clone(),
            fails,
            tell,
            released: released.clone(),
            attempts: Arc::clone(&attempts),
        };
        let config = client::dynamodb(&self.engine).config().to_builder().http_client(wire).retry_config(retries);
        Slow { gate: self.process(config.build()), held: Held { sent, released, attempts } }
    }
}

impl Held {
    /// Waits until a decision is on its way.
    pub async fn is_held(&mut self) {
        tokio::time::timeout(super::PATIENCE, self.sent.recv()).await.expect("no decision was sent").unwrap();
    }

    /// Lets one arrive.
    pub fn release(&self) {
        self.released.add_permits(1);
    }

    /// When each attempt was sent.
    pub fn attempts(&self) -> Vec<Instant> {
        self.attempts.lock().unwrap().clone()
    }
}

/// Its connection to the table.
#[derive(Clone, Debug)]
struct Wire {
    engine: Engine,
    fails: bool,
    tell: mpsc::UnboundedSender<()>,
    released: Arc<Semaphore>,
    attempts: Arc<Mutex<Vec<Instant>>>,
}

impl Wire {
    async fn answer(self, operation: String, body: Vec<u8>) -> HttpResponse {
        let decides = operation == "PutItem" && String::from_utf8_lossy(&body).contains("#exp > :now");
        let (status, answer) = match decides {
            false => self.engine.execute(&operation, body).await,
            true => self.decide(&operation, body).await,
        };
        let mut response = HttpResponse::new(status.try_into().unwrap(), SdkBody::from(answer));
        response.headers_mut().insert("content-type", "application/x-amz-json-1.0");
        response
    }

    async fn decide(&self, operation: &str, body: Vec<u8>) -> (u16, Vec<u8>) {
        self.attempts.lock().unwrap().push(Instant::now());
        if self.fails {
            return (500, br#"{"__type":"InternalServerError"}"#.to_vec());
        }
        let _ = self.tell.send(());
        self.released.acquire().await.unwrap().forget();
        self.engine.execute(operation, body).await
    }
}

impl HttpClient for Wire {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Wire {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
        let body = request.body().bytes().unwrap_or_default().to_vec();
        // On a task of its own, so that it goes on if its caller stops waiting.
        let sent = tokio::spawn(self.clone().answer(operation, body));
        HttpConnectorFuture::new(async move { Ok(sent.await.unwrap()) })
    }
}
