//! The event source mapping: feeds the table's stream to a function and remembers how far it is.

use serde_json::{Value, json};
use std::collections::VecDeque;
use std::time::Duration;
use tokio::sync::watch;

use crate::engine::{Engine, EngineError, position};
use crate::events::cause::Watermark;
use crate::events::invoke::{Target, call};
use crate::template::Mapping;
use crate::{Clock, Ids, moment};

/// So many records are read at a time.
const PAGE: usize = 1_000;

/// So many batches may have work under way downstream before the reader waits for the oldest.
const AHEAD: usize = 512;

/// The rest between two saved checkpoints: each is a commit of its own, beside those of the requests.
const SAVE_EVERY: Duration = Duration::from_millis(5);

/// What a mapping needs of its host.
#[derive(Clone)]
pub struct Surroundings {
    /// Holds the stream, the checkpoint and the failures.
    pub engine: Engine,
    /// Times the failure records.
    pub clock: Clock,
    /// Names the invocations.
    pub ids: Ids,
    /// The wait before a batch is tried again.
    pub retry_delay: Duration,
}

/// A mapping at work.
pub struct Source {
    host: Surroundings,
    mapping: Mapping,
    target: Target,
    watermark: Watermark,
    saved: watch::Sender<i64>,
}

/// Records still to be delivered, and how often they have been tried without progress.
struct Batch {
    records: Vec<Value>,
    attempts: u32,
}

/// What came of one attempt.
enum AfterAttempt {
    Over,
    Again(Vec<Batch>),
    Lost(Batch, &'static str),
}

impl Source {
    /// Takes up `mapping` where its checkpoint stands; `target` is the function it feeds.
    pub async fn open(mapping: Mapping, target: Target, host: Surroundings) -> Result<Self, EngineError> {
        let position = host.engine.checkpoint(&mapping.function).await?;
        let watermark = Watermark::new(position, AHEAD);
        Ok(Self { host, mapping, target, watermark, saved: watch::Sender::new(position) })
    }

    /// The saved checkpoint as it moves.
    #[must_use]
    pub fn progress(&self) -> watch::Receiver<i64> {
        self.saved.subscribe()
    }

    /// Reads until the engine is closed.
    pub async fn run(self) {
        let ended = tokio::select! {
            ended = self.read() => ended,
            ended = self.save() => ended,
        };
        if let Err(error) = ended {
            tracing::info!(%error, function = self.mapping.function, "the stream's reader ended");
        }
    }

    async fn read(&self) -> Result<(), EngineError> {
        let mut position = *self.saved.borrow();
        let mut appended = self.host.engine.appended();
        loop {
            let newest = *appended.borrow_and_update();
            let passed = if newest > position { self.page_after(position).await? } else { None };
            match passed {
                Some(last) => position = last,
                None if appended.changed().await.is_err() => return Err(EngineError::Closed),
                None => {}
            }
        }
    }

    /// Passes on what lies behind a position; where that ends.
    async fn page_after(&self, start: i64) -> Result<Option<i64>, EngineError> {
        let records = self.host.engine.stream_after(&self.mapping.table, start, PAGE).await?;
        let Some(last) = records.last().and_then(position) else { return Ok(None) };
        self.page(records, last).await;
        Ok(Some(last))
    }

    /// Saves the watermark when it has risen: at once after a rest, else with what follows closely. A process killed in between
    /// relays that much again, as Lambda may at any time.
    async fn save(&self) -> Result<(), EngineError> {
        let mut low = self.watermark.subscribe();
        while low.changed().await.is_ok() {
            let sequence = *low.borrow_and_update();
            let engine = &self.host.engine;
            engine.save_checkpoint(&self.mapping.function, &self.mapping.table, sequence).await?;
            self.saved.send_replace(sequence);
            tokio::time::sleep(SAVE_EVERY).await;
        }
        Ok(())
    }

    async fn page(&self, records: Vec<Value>, last: i64) {
        let mut wanted: Vec<Value> = records.into_iter().filter(|record| self.wants(record)).collect();
        while !wanted.is_empty() {
            let rest = wanted.split_off(wanted.len().min(self.mapping.batch_size));
            self.deliver(std::mem::replace(&mut wanted, rest)).await;
        }
        // What no filter let through lies behind us too.
        self.watermark.open(last).await.settle();
    }

    fn wants(&self, record: &Value) -> bool {
        let filters = &self.mapping.filters;
        filters.is_empty() || filters.iter().any(|filter| filter.matches(record))
    }

    async fn deliver(&self, records: Vec<Value>) {
        let Some(end) = records.last().and_then(position) else {
            return;
        };
        let cause = self.watermark.open(end).await;
        if cause.during(self.see_through(records)).await {
            cause.settle();
        }
    }

    /// Delivers records in order, piece by piece where they fail; whether every one ended somewhere durable.
    async fn see_through(&self, records: Vec<Value>) -> bool {
        let mut left = VecDeque::from([Batch { records, attempts: 0 }]);
        while let Some(batch) = left.pop_front() {
            match self.attempt(batch).await {
                AfterAttempt::Over => {}
                AfterAttempt::Again(batches) => {
                    batches.into_iter().rev().for_each(|batch| left.push_front(batch));
                    tokio::time::sleep(self.host.retry_delay).await;
                }
                AfterAttempt::Lost(batch, condition) => {
                    if !self.give_up(&batch, condition).await {
                        return false;
                    }
                }
            }
        }
        true
    }

    async fn attempt(&self, mut batch: Batch) -> AfterAttempt {
        let payload = json!({ "Records": batch.records });
        let answer = call(&self.target.handler, payload, self.target.timeout).await;
        let failed = match &answer {
            Ok(answer) if self.mapping.report_item_failures => first_failed(answer, &batch.records),
            Ok(_) => None,
            Err(error) => {
                tracing::warn!(error, function = self.mapping.function, "the stream's function failed");
                Some(0)
            }
        };
        match failed {
            None => AfterAttempt::Over,
            Some(0) => self.after_failure(batch),
            Some(first) => {
                let records = batch.records.split_off(first);
                AfterAttempt::Again(vec![Batch { records, attempts: 0 }])
            }
        }
    }

    /// Halving a batch is no attempt; only a batch that cannot be halved uses them up.
    fn after_failure(&self, mut batch: Batch) -> AfterAttempt {
        if self.too_old(&batch) {
            return AfterAttempt::Lost(batch, "RecordAgeExceeded");
        }
        if self.mapping.bisect && batch.records.len() > 1 {
            let records = batch.records.split_off(batch.records.len() / 2);
            let second = Batch { records, attempts: batch.attempts };
            return AfterAttempt::Again(vec![batch, second]);
        }
        batch.attempts += 1;
        match self.mapping.retries {
            Some(retries) if batch.attempts > retries => AfterAttempt::Lost(batch, "RetryAttemptsExhausted"),
            _ => AfterAttempt::Again(vec![batch]),
        }
    }

    fn too_old(&self, batch: &Batch) -> bool {
        let Some(most) = self.mapping.max_age else { return false };
        let created = batch.records.first().and_then(arrival).unwrap_or(f64::MAX);
        (self.host.clock)() as f64 / 1000.0 - created > most.as_secs_f64()
    }

    /// Keeps lost records whole, as a destination in S3 does.
    async fn give_up(&self, batch: &Batch, condition: &str) -> bool {
        let kept = json!({
            "destination": self.mapping.on_failure,
            "function": self.mapping.function,
            "record": self.failure(batch, condition),
        });
        match self.host.engine.keep_failure(&kept).await {
            Ok(()) => true,
            Err(error) => {
                tracing::error!(%error, "stream records that failed could not be kept");
                false
            }
        }
    }

    fn failure(&self, batch: &Batch, condition: &str) -> Value {
        let (first, last) = (batch.records.first(), batch.records.last());
        let at = |record: Option<&Value>, path: &str| record.and_then(|record| record.pointer(path)).cloned();
        let arrived =
            |record: Option<&Value>| record.and_then(arrival).map(|seconds| moment((seconds * 1000.0) as i64));
        json!({
            "version": "1.0",
            "timestamp": moment((self.host.clock)()),
            "requestContext": {
                "requestId": (self.host.ids)(),
                "functionArn": self.target.arn,
                "condition": condition,
                "approximateInvokeCount": batch.attempts,
            },
            "responseContext": {
                "statusCode": 200,
                "executedVersion": "$LATEST",
                "functionError": "Unhandled",
            },
            "DDBStreamBatchInfo": {
                "shardId": format!("shardId-00000001-{}", self.mapping.table),
                "startSequenceNumber": at(first, "/dynamodb/SequenceNumber"),
                "endSequenceNumber": at(last, "/dynamodb/SequenceNumber"),
                "approximateArrivalOfFirstRecord": arrived(first),
                "approximateArrivalOfLastRecord": arrived(last),
                "batchSize": batch.records.len(),
                "streamArn": at(first, "/eventSourceARN"),
            },
            "payload": json!({ "Records": batch.records }).to_string(),
        })
    }
}

fn arrival(record: &Value) -> Option<f64> {
    record.pointer("/dynamodb/ApproximateCreationDateTime")?.as_f64()
}

/// Where to start again: at the first record named as failed, or at the beginning if a name means nothing.
fn first_failed(answer: &Value, records: &[Value]) -> Option<usize> {
    let failures = answer.get("batchItemFailures")?.as_array()?;
    let index = |failure: &Value| {
        let name = failure.get("itemIdentifier");
        records.iter().position(|record| record.pointer("/dynamodb/SequenceNumber") == name)
    };
    failures.iter().map(|failure| index(failure).unwrap_or(0)).min()
}
