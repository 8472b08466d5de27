//! Invocations of functions, written down in the ledger: which, how long, and which of the table's operations were theirs.

use bytes::Bytes;
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
    /// The function that runs in this task.
    static RUNNING: Arc<str>;
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
    function: Arc<str>,
    records: usize,
    began: Instant,
    ledger: Ledger,
}

impl Drop for Running {
    fn drop(&mut self) {
        let function = self.function.to_string();
        self.ledger.invoked(Invocation { function, took: self.began.elapsed(), records: self.records });
    }
}

/// The function that runs in this task; empty where none does.
pub(crate) fn running() -> String {
    RUNNING.try_with(|function| function.to_string()).unwrap_or_default()
}

/// Who writes a function's invocations down.
#[derive(Clone)]
pub(crate) struct Recorder {
    function: Arc<str>,
    ledger: Ledger,
}

impl Recorder {
    pub(crate) fn new(function: &str, ledger: &Ledger) -> Self {
        Self { function: function.into(), ledger: ledger.clone() }
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
            let (running, answer) = (self.begin(0), RUNNING.scope(self.function.clone(), handler(request)));
            Box::pin(async move { answer.await.map(|body| Recorded { body, running }.boxed_unsync()) })
        })
    }

    fn begin(&self, records: usize) -> Running {
        Running { function: self.function.clone(), records, began: Instant::now(), ledger: self.ledger.clone() }
    }

    fn during<F: Future>(&self, records: usize, work: F) -> impl Future<Output = F::Output> + use<F> {
        let (running, function) = (self.begin(records), self.function.clone());
        async move {
            let _running = running;
            RUNNING.scope(function, work).await
        }
    }
}

/// A streamed body: what makes its parts is the function's work too.
struct Recorded {
    body: StreamBody,
    running: Running,
}

impl Body for Recorded {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let function = self.running.function.clone();
        RUNNING.sync_scope(function, || Pin::new(&mut self.body).poll_frame(context))
    }
}
