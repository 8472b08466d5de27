//! Invocations of functions: which function is at work in a task, and, written down in the ledger where there is one, each that is over.

use bytes::Bytes;
use futures::future::BoxFuture;
use http_body::{Body, Frame};
use http_body_util::BodyExt as _;
use serde_json::Value;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::Instant;

use crate::handlers::{EventHandler, HttpHandler, StreamBody, StreamHandler};
use crate::ledger::Ledger;

tokio::task_local! {
    static AT_WORK: Arc<Name>;
}

/// What a function is called.
#[derive(Debug)]
pub(crate) struct Name {
    /// By the template.
    pub(crate) logical: String,
    /// Its crate; what a Function URL streams is `<crate>-stream`.
    pub(crate) code: String,
}

/// The function at work in this task, if one is.
pub(crate) fn at_work() -> Option<Arc<Name>> {
    AT_WORK.try_with(Arc::clone).ok()
}

/// Work done as the function of this logical id, without its being invoked.
pub fn by<'a, T>(function: &str, work: impl Future<Output = T> + Send + 'a) -> BoxFuture<'a, T> {
    Box::pin(AT_WORK.scope(Name { logical: function.to_owned(), code: String::new() }.into(), work))
}

/// One invocation that is over.
#[derive(Clone, Debug)]
pub struct Invocation {
    /// The function, by its crate; what a Function URL streams is `<crate>-stream`.
    pub function: String,
    /// From the event to the answer; of a stream, to its end.
    pub took: Duration,
    /// Records of the table's stream that it was given.
    pub records: usize,
}

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
