//! Invocations of functions: each is its function at work and, where there is a ledger, is written down there once it is over.

use bytes::Bytes;
use http_body::{Body, Frame};
use http_body_util::BodyExt as _;
use serde_json::Value;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::time::Instant;

use super::at_work::{AT_WORK, Name};
use super::ledger::Ledger;
use crate::code::{EventHandler, HttpHandler, StreamBody, StreamHandler};

pub use super::at_work::by;
pub use super::ledger::Invocation;

/// An invocation under way; it is written down when it is dropped, however it ends.
struct Running {
    function: Arc<Name>,
    records: usize,
    began: Instant,
    ledger: Option<Ledger>,
}

impl Drop for Running {
    fn drop(&mut self) {
        let Some(ledger) = &self.ledger else { return };
        let function = self.function.code.clone();
        ledger.invoked(Invocation { function, took: self.began.elapsed(), records: self.records });
    }
}

/// Invokes one function.
pub(crate) struct Invoked {
    function: Arc<Name>,
    ledger: Option<Ledger>,
}

impl Invoked {
    pub(crate) fn new(function: Name, ledger: Option<Ledger>) -> Self {
        Self { function: function.into(), ledger }
    }

    pub(crate) fn http(self, handler: HttpHandler) -> HttpHandler {
        Arc::new(move |request| Box::pin(self.during(0, handler(request))))
    }

    pub(crate) fn event(self, handler: EventHandler) -> EventHandler {
        Arc::new(move |event: Value| {
            let records = event.get("Records").and_then(Value::as_array).map_or(0, Vec::len);
            Box::pin(self.during(records, handler(event)))
        })
    }

    pub(crate) fn stream(self, handler: StreamHandler) -> StreamHandler {
        Arc::new(move |request| {
            let (running, answer) = (self.begin(0), AT_WORK.scope(self.function.clone(), handler(request)));
            Box::pin(async move { answer.await.map(|body| Made { body, running }.boxed_unsync()) })
        })
    }

    fn begin(&self, records: usize) -> Running {
        Running { function: self.function.clone(), records, began: Instant::now(), ledger: self.ledger.clone() }
    }

    fn during<F: Future>(&self, records: usize, work: F) -> impl Future<Output = F::Output> + use<F> {
        let (running, function) = (self.begin(records), self.function.clone());
        async move {
            let _running = running;
            AT_WORK.scope(function, work).await
        }
    }
}

/// A body that a function goes on making after it has answered: that is its work too.
struct Made {
    body: StreamBody,
    running: Running,
}

impl Body for Made {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let function = self.running.function.clone();
        AT_WORK.sync_scope(function, || Pin::new(&mut self.body).poll_frame(context))
    }
}
