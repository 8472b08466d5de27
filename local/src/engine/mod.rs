//! The table engine: one thread owns an embedded DynamoDB, and everyone else sends it work.

mod error;
mod operation;
mod records;
mod ttl;
mod writer;

use dynoxide::storage::Storage;
use dynoxide::storage_backend::Clock as EngineClock;
use serde_json::Value;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc;
use tokio::sync::{oneshot, watch};

use crate::Clock;
use writer::{Done, Job, Message, Share, Writer};

pub use error::EngineError;
pub use records::BEGINNING;
pub(crate) use records::position;

/// The database's name in the data's folder.
pub const DATABASE: &str = "countersign.db";

/// Where the data lives.
#[derive(Clone, Debug)]
pub enum Location {
    /// Gone when the process ends.
    Memory,
    /// `countersign.db` in this folder, which is made when it is missing.
    Folder(PathBuf),
}

/// A handle to the engine's thread; clones share it, and the last one to go ends it.
#[derive(Clone, Debug)]
pub struct Engine {
    inbox: mpsc::Sender<Message>,
    appended: watch::Receiver<i64>,
    clock: HostClock,
}

/// Lends the host's clock to the engine, which stamps stream records by it.
#[derive(Clone)]
struct HostClock(Clock);

impl fmt::Debug for HostClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HostClock")
    }
}

impl EngineClock for HostClock {
    fn now_unix_secs(&self) -> u64 {
        u64::try_from((self.0)() / 1000).unwrap_or(0)
    }

    fn now_unix_secs_f64(&self) -> f64 {
        (self.0)() as f64 / 1000.0
    }
}

impl Engine {
    /// Opens the engine and starts its thread.
    pub fn open(location: Location, clock: Clock) -> Result<Self, EngineError> {
        let clock = HostClock(clock);
        let (storage, newest) = prepare(location)?;
        let storage = storage.with_clock(Arc::new(clock.clone()));
        let (inbox, jobs) = mpsc::channel();
        let (signal, appended) = watch::channel(newest);
        std::thread::Builder::new().name("engine".to_owned()).spawn(move || Writer::new(storage, signal).run(&jobs))?;
        Ok(Self { inbox, appended, clock })
    }

    /// Runs one DynamoDB operation and answers its HTTP status and JSON, after the commit.
    pub async fn execute(&self, operation: &str, body: Vec<u8>) -> (u16, Vec<u8>) {
        let name = operation.to_owned();
        let share = if operation::is_one_transaction(operation) { Share::Yes } else { Share::No };
        let answer = self.submit(share, move |storage| Ok(operation::execute(storage, &name, &body)?)).await;
        match answer {
            Ok(json) => (200, json),
            Err(EngineError::Refused(error)) => (error.status_code(), error.to_json().into_bytes()),
            Err(other) => operation::internal_error(&other),
        }
    }

    /// The stream records of `table` after a sequence number, as a Lambda trigger delivers them.
    pub async fn stream_after(&self, table: &str, after: i64, limit: usize) -> Result<Vec<Value>, EngineError> {
        let table = table.to_owned();
        let page = self.submit(Share::Yes, move |storage| records::after(storage, &table, after, limit)).await?;
        Ok(page.into_events())
    }

    /// The newest sequence number; changes whenever a commit has appended stream records.
    #[must_use]
    pub fn appended(&self) -> watch::Receiver<i64> {
        self.appended.clone()
    }

    /// Up to where `consumer` had dealt with the stream when it last said so.
    pub async fn checkpoint(&self, consumer: &str) -> Result<i64, EngineError> {
        let consumer = consumer.to_owned();
        self.submit(Share::Yes, move |storage| records::checkpoint(storage, &consumer)).await
    }

    /// Remembers durably that `consumer` has dealt with `table`'s stream up to `sequence`, and forgets what lies before.
    pub async fn save_checkpoint(&self, consumer: &str, table: &str, sequence: i64) -> Result<(), EngineError> {
        let (consumer, table) = (consumer.to_owned(), table.to_owned());
        self.submit(Share::Yes, move |storage| {
            records::save_checkpoint(storage, &consumer, sequence)?;
            records::trim(storage, &table, sequence)
        })
        .await
    }

    /// Removes every expired item of every table with TTL, and answers how many.
    pub async fn sweep_ttl(&self) -> Result<usize, EngineError> {
        self.submit(Share::No, ttl::prepare).await?;
        let (now, mut removed) = ((self.clock.0)().div_euclid(1000), 0);
        loop {
            // Others get their turn between two pages.
            match self.submit(Share::AsOne, move |storage| ttl::remove_expired(storage, now)).await? {
                0 => return Ok(removed),
                page => removed += page,
            }
        }
    }

    /// Keeps the record of a failed asynchronous invocation.
    pub async fn keep_failure(&self, record: &Value) -> Result<(), EngineError> {
        let json = record.to_string();
        self.submit(Share::Yes, move |storage| records::keep_failure(storage, &json)).await
    }

    /// Every kept failure, oldest first.
    pub async fn failures(&self) -> Result<Vec<Value>, EngineError> {
        let kept = self.submit(Share::Yes, records::failures).await?;
        Ok(kept.iter().filter_map(|json| serde_json::from_str(json).ok()).collect())
    }

    /// Finishes what is queued, closes the database and ends the thread.
    pub async fn close(&self) {
        let (reply, closed) = oneshot::channel();
        if self.inbox.send(Message::Close(reply)).is_ok() {
            let _ = closed.await;
        }
    }

    async fn submit<T: Send + 'static>(
        &self,
        share: Share,
        work: impl FnOnce(&Storage) -> Result<T, EngineError> + Send + 'static,
    ) -> Result<T, EngineError> {
        let (reply, answer) = oneshot::channel();
        let work = Box::new(move |storage: &Storage| {
            let outcome = work(storage);
            Done {
                keep: outcome.is_ok(),
                reply: Box::new(move |commit: Result<(), String>| {
                    let _ = reply.send(commit.map_err(EngineError::Commit).and(outcome));
                }),
            }
        });
        let job = Message::Job(Job { share, work });
        self.inbox.send(job).map_err(|_| EngineError::Closed)?;
        answer.await.map_err(|_| EngineError::Closed)?
    }
}

/// The data, ready to be used, and the newest number of its stream.
fn prepare(location: Location) -> Result<(Storage, i64), EngineError> {
    let file = match &location {
        Location::Memory => None,
        Location::Folder(folder) => Some(folder.join(DATABASE)),
    };
    let prepared = open_storage(location).and_then(|storage| {
        records::prepare(&storage)?;
        let newest = records::newest(&storage)?;
        Ok((storage, newest))
    });
    match (prepared, file) {
        (Err(why @ (EngineError::Refused(_) | EngineError::Database(_))), Some(file)) => {
            Err(EngineError::Unusable { file, why: why.to_string() })
        }
        (prepared, _) => prepared,
    }
}

fn open_storage(location: Location) -> Result<Storage, EngineError> {
    match location {
        Location::Memory => Ok(Storage::memory()?),
        Location::Folder(folder) => {
            std::fs::create_dir_all(&folder)?;
            let storage = Storage::new(&folder.join(DATABASE).to_string_lossy())?;
            // In WAL mode this survives a killed process; only a power cut may lose the newest commits.
            storage.conn().pragma_update(None, "synchronous", "NORMAL")?;
            // What waits for the disk, or for the kernel, waits seldom: the log is folded in every 32 MB, savepoints keep their
            // undo in memory, and the pages in use are not read again.
            storage.conn().pragma_update(None, "wal_autocheckpoint", 8_000)?;
            storage.conn().pragma_update(None, "temp_store", "MEMORY")?;
            storage.conn().pragma_update(None, "cache_size", -64_000)?;
            Ok(storage)
        }
    }
}
