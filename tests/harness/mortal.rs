//! A process that dies at one of its calls to the table: before the table hears of it, or once it is done and before the answer is
//! read. Nothing of it runs any further; the table and everybody else go on.

use super::System;
use app::{Couriers, Deciding, Keyed};
use aws_sdk_dynamodb::config::RuntimeComponents;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use local::client;
use local::engine::Engine;
use local::start::Parts;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use store::Store;
use tokio::sync::Notify;

/// When, within a call to the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// The request never left.
    BeforeIt,
    /// The table has done it, and the answer is lost.
    AfterIt,
}

/// A process with its own caches, over the same table, bus and sockets as the others.
pub struct Mortal {
    /// What its function is made of.
    pub gate: Parts,
    life: Arc<Life>,
}

/// How far a process got, and where it ends.
#[derive(Debug)]
struct Life {
    last_call: usize,
    moment: Moment,
    calls: AtomicUsize,
    died: Notify,
}

impl System {
    /// A process that dies at this call to the table, counted from 1.
    pub fn mortal(&self, last_call: usize, moment: Moment) -> Mortal {
        let life = Arc::new(Life { last_call, moment, calls: AtomicUsize::new(0), died: Notify::new() });
        let wire = Wire { engine: self.engine.clone(), life: life.clone() };
        let config = client::dynamodb(&self.engine).config().to_builder().http_client(wire).build();
        let gate = self.process(config);
        Mortal { gate, life }
    }

    /// What another process is made of, that reaches the table in a way of its own.
    pub fn process(&self, config: aws_sdk_dynamodb::Config) -> Parts {
        let healthy = &self.gate;
        let store = Store::new(aws_sdk_dynamodb::Client::from_conf(config), healthy.store.table());
        let gate = healthy.of_another_process(store);
        let keyed = Keyed::new(gate.clone(), healthy.root.clone());
        Parts {
            gate: Deciding::new(keyed, healthy.hints.clone()),
            couriers: Couriers::new(gate, healthy.couriers.vault.clone(), None),
            bus: healthy.bus.clone(),
            connections: healthy.connections.clone(),
        }
    }
}

impl Mortal {
    /// What came of its work; none where it died at it.
    pub async fn lives<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            () = self.life.died.notified() => None,
            done = work => Some(done),
        }
    }
}

/// Its connection to the table.
#[derive(Clone, Debug)]
struct Wire {
    engine: Engine,
    life: Arc<Life>,
}

impl Wire {
    async fn answer(self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let call = self.life.calls.fetch_add(1, Ordering::SeqCst) + 1;
        if call > self.life.last_call || (call, Moment::BeforeIt) == (self.life.last_call, self.life.moment) {
            return self.life.end().await;
        }
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let operation = target.rsplit('.').next().unwrap_or_default();
        let (status, body) = self.engine.execute(operation, request.body().bytes().unwrap_or_default().to_vec()).await;
        if call == self.life.last_call {
            return self.life.end().await;
        }
        let mut response = HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body));
        response.headers_mut().insert("content-type", "application/x-amz-json-1.0");
        Ok(response)
    }
}

impl Life {
    /// Never returns: the code that waits for this is never woken.
    async fn end<T>(&self) -> T {
        self.died.notify_one();
        std::future::pending().await
    }
}

impl HttpClient for Wire {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Wire {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::new(self.clone().answer(request))
    }
}
