//! What watches over a function's invocations: each leaves one line, and its part of the metrics.

use crate::observe::line::Line;
use crate::observe::metrics;
use app::{Failure, Gate, noted};
use domain::Timestamp;
use http_body::{Body as HttpBody, Frame, SizeHint};
use lambda_http::{Body, Request, Response};
use lambda_runtime::Context;
use serde_json::Value;
use std::io::Write as _;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{self, Poll};

/// Where lines and metrics go.
#[derive(Clone, Debug)]
pub enum Lines {
    /// To standard output, as JSON, which Lambda hands to CloudWatch.
    Output,
    /// To the log, for people who want to see that much; metrics are for CloudWatch alone.
    Log,
    /// Here, as JSON, for tests.
    Kept(Arc<Mutex<Vec<String>>>),
}

/// Watches over the invocations of one function.
#[derive(Debug)]
pub struct Observer {
    function: String,
    stack: String,
    lines: Lines,
    warm: AtomicBool,
}

impl Observer {
    /// Of a function, in a stack.
    pub fn new(function: &str, stack: &str, lines: Lines) -> Arc<Self> {
        Arc::new(Self { function: function.into(), stack: stack.into(), lines, warm: AtomicBool::new(false) })
    }

    /// The line of a request that has come in.
    pub fn request(&self, request: &Request) -> Line {
        Line::of_request(&self.function, request, self.is_cold())
    }

    /// The line of an event that has come in.
    pub fn event(&self, event: &Value, context: Option<&Context>) -> Line {
        Line::of_event(&self.function, event, context, self.is_cold())
    }

    /// Watches over a request that is answered whole.
    pub async fn answer(&self, gate: &Gate, line: Line, work: impl Future<Output = Response<Body>>) -> Response<Body> {
        let began = gate.clock.now();
        let (response, noted) = noted::during(work).await;
        self.write(gate, began, line.noted(noted).answered(response.status().as_u16()));
        response
    }

    /// Watches over a request whose answer is streamed, until the stream ends or nobody listens any more.
    pub async fn stream<B>(
        self: &Arc<Self>,
        gate: &Gate,
        line: Line,
        work: impl Future<Output = Response<B>>,
    ) -> Response<Watched<B>> {
        let began = gate.clock.now();
        let (response, noted) = noted::during(work).await;
        let line = line.noted(noted).answered(response.status().as_u16());
        let (observer, gate) = (self.clone(), gate.clone());
        let end: End = Box::new(move || observer.write(&gate, began, line));
        response.map(|body| Watched { body, end: Some(end) })
    }

    /// Watches over an event.
    pub async fn take(
        &self,
        gate: &Gate,
        line: Line,
        work: impl Future<Output = Result<Value, Failure>>,
    ) -> Result<Value, Failure> {
        let began = gate.clock.now();
        let (outcome, noted) = noted::during(work).await;
        self.write(gate, began, line.noted(noted).done(&outcome));
        outcome
    }

    fn is_cold(&self) -> bool {
        !self.warm.swap(true, Ordering::Relaxed)
    }

    fn write(&self, gate: &Gate, began: Timestamp, line: Line) {
        let now = gate.clock.now();
        let took = now.duration_since(began).as_millis().max(0) as u64;
        self.lines.line(&line.after(took));
        for document in metrics::documents(&gate.facts.take(), &self.stack, now) {
            self.lines.metrics(&document);
        }
    }
}

impl Lines {
    fn line(&self, line: &Line) {
        match self {
            Self::Output if tracing::enabled!(tracing::Level::INFO) => print(line),
            Self::Output => {}
            Self::Log => tracing::debug!("{line}"),
            Self::Kept(kept) => keep(kept, line),
        }
    }

    /// Whatever the level of the log.
    fn metrics(&self, document: &Value) {
        match self {
            Self::Output => print(document),
            Self::Log => {}
            Self::Kept(kept) => keep(kept, document),
        }
    }
}

fn json(line: &impl serde::Serialize) -> String {
    serde_json::to_string(line).unwrap_or_default()
}

/// A line that cannot be written is no reason to fail.
fn print(line: &impl serde::Serialize) {
    let _ = writeln!(std::io::stdout().lock(), "{}", json(line));
}

fn keep(kept: &Mutex<Vec<String>>, line: &impl serde::Serialize) {
    kept.lock().unwrap_or_else(PoisonError::into_inner).push(json(line));
}

type End = Box<dyn FnOnce() + Send + Sync>;

/// A body that is watched to its end.
pub struct Watched<B> {
    body: B,
    end: Option<End>,
}

impl<B> Watched<B> {
    fn end(&mut self) {
        if let Some(end) = self.end.take() {
            end();
        }
    }
}

impl<B> Drop for Watched<B> {
    fn drop(&mut self) {
        self.end();
    }
}

impl<B: HttpBody + Unpin> HttpBody for Watched<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut task::Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(cx);
        if let Poll::Ready(None) = polled {
            self.end();
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
