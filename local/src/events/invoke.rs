//! Asynchronous invocations: retried, bounded in number, and recorded when they fail for good.

use futures::FutureExt;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Semaphore, watch};

use crate::code::EventHandler;
use crate::engine::Engine;
use crate::events::cause::Cause;
use crate::{Clock, Ids, moment};

/// How a function is invoked when nobody waits for its answer.
#[derive(Clone)]
pub struct Target {
    /// What runs.
    pub handler: EventHandler,
    /// The function's address, as failure records name it.
    pub arn: String,
    /// Attempts after the first.
    pub retries: u32,
    /// How long one attempt may take.
    pub timeout: Duration,
    /// Where its failures go, as the template names it.
    pub on_failure: Option<String>,
}

/// The bounds on asynchronous invocations.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Attempts running at once.
    pub concurrency: usize,
    /// The waits before the first and second retry; AWS waits one and two minutes.
    pub delays: [Duration; 2],
}

impl Default for Limits {
    fn default() -> Self {
        Self { concurrency: 64, delays: [Duration::from_millis(200), Duration::from_millis(1000)] }
    }
}

/// Invokes functions asynchronously; clones share one queue.
#[derive(Clone)]
pub struct Invoker {
    shared: Arc<Shared>,
}

struct Shared {
    targets: HashMap<String, Target>,
    engine: Engine,
    clock: Clock,
    ids: Ids,
    limits: Limits,
    slots: Semaphore,
    open: watch::Sender<usize>,
}

/// One invocation, from being asked for to its end.
struct Invocation {
    function: String,
    target: Target,
    request_id: String,
    payload: Value,
}

impl Invoker {
    /// An invoker of these functions, whose failures are kept in `engine`.
    #[must_use]
    pub fn new(targets: HashMap<String, Target>, engine: Engine, clock: Clock, ids: Ids, limits: Limits) -> Self {
        let slots = Semaphore::new(limits.concurrency);
        let open = watch::Sender::new(0);
        let shared = Shared { targets, engine, clock, ids, limits, slots, open };
        Self { shared: Arc::new(shared) }
    }

    /// Invokes `function` and does not wait for it.
    pub fn invoke(&self, function: &str, payload: Value) {
        let Some(invocation) = self.invocation(function, payload) else { return };
        let cause = Cause::of_this_task();
        self.shared.open.send_modify(|open| *open += 1);
        let shared = self.shared.clone();
        tokio::spawn(async move { shared.see_through(invocation, cause).await });
    }

    /// The same of what goes on until the next one begins: [`Invoker::idle`] does not wait for it.
    pub fn invoke_apart(&self, function: &str, payload: Value) {
        let Some(invocation) = self.invocation(function, payload) else { return };
        let shared = self.shared.clone();
        tokio::spawn(async move { shared.attempts(&invocation).await });
    }

    fn invocation(&self, function: &str, payload: Value) -> Option<Invocation> {
        let Some(target) = self.shared.targets.get(function).cloned() else {
            tracing::error!(function, "invoked, but no such function is registered");
            return None;
        };
        Some(Invocation { function: function.to_owned(), target, request_id: (self.shared.ids)(), payload })
    }

    /// Waits until nothing that was asked for is still under way.
    pub async fn idle(&self) {
        let _ = self.shared.open.subscribe().wait_for(|open| *open == 0).await;
    }
}

impl Shared {
    /// Runs an invocation to its end. Its cause is settled only when the end is durable.
    async fn see_through(&self, invocation: Invocation, cause: Option<Cause>) {
        let over = match &cause {
            Some(cause) => cause.during(self.attempts(&invocation)).await,
            None => self.attempts(&invocation).await,
        };
        if let (true, Some(cause)) = (over, cause) {
            cause.settle();
        }
        self.open.send_modify(|open| *open = open.saturating_sub(1));
    }

    async fn attempts(&self, invocation: &Invocation) -> bool {
        let mut attempt = 0;
        loop {
            attempt += 1;
            let Err(error) = self.attempt(invocation).await else {
                return true;
            };
            tracing::warn!(function = invocation.function, attempt, error, "an invocation failed");
            if attempt > invocation.target.retries {
                return self.give_up(invocation, attempt, &error).await;
            }
            let [first, second] = self.limits.delays;
            tokio::time::sleep(if attempt == 1 { first } else { second }).await;
        }
    }

    async fn attempt(&self, invocation: &Invocation) -> Result<Value, String> {
        let _slot = self.slots.acquire().await.map_err(|error| error.to_string())?;
        let target = &invocation.target;
        call(&target.handler, invocation.payload.clone(), target.timeout).await
    }

    async fn give_up(&self, invocation: &Invocation, attempts: u32, error: &str) -> bool {
        let record = invocation.failure(attempts, error, (self.clock)());
        let kept = json!({
            "destination": invocation.target.on_failure,
            "function": invocation.function,
            "record": record,
        });
        match self.engine.keep_failure(&kept).await {
            Ok(()) => true,
            Err(error) => {
                tracing::error!(%error, function = invocation.function, "a failure could not be kept");
                false
            }
        }
    }
}

impl Invocation {
    /// What AWS sends to an `OnFailure` destination.
    fn failure(&self, attempts: u32, error: &str, now: i64) -> Value {
        json!({
            "version": "1.0",
            "timestamp": moment(now),
            "requestContext": {
                "requestId": self.request_id,
                "functionArn": format!("{}:$LATEST", self.target.arn),
                "condition": "RetriesExhausted",
                "approximateInvokeCount": attempts,
            },
            "requestPayload": self.payload,
            "responseContext": {
                "statusCode": 200,
                "executedVersion": "$LATEST",
                "functionError": "Unhandled",
            },
            "responsePayload": { "errorMessage": error, "errorType": "Unhandled" },
        })
    }
}

/// Calls a handler once: a panic and a time-out are errors as Lambda makes them.
pub(crate) async fn call(handler: &EventHandler, payload: Value, timeout: Duration) -> Result<Value, String> {
    let work = AssertUnwindSafe(async { handler(payload).await }).catch_unwind();
    match tokio::time::timeout(timeout, work).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(_)) => Err("the handler panicked".to_owned()),
        Err(_) => Err(format!("Task timed out after {:.2} seconds", timeout.as_secs_f64())),
    }
}
