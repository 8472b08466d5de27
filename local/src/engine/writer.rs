//! The engine's thread: takes what is queued, commits it as one, and only then replies.

use dynoxide::storage::Storage;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Receiver;
use tokio::sync::{oneshot, watch};

use super::records;

/// So many jobs share a commit at most, which bounds how long the first of them waits.
const GROUP: usize = 64;

pub(super) enum Message {
    Job(Job),
    Close(oneshot::Sender<()>),
}

/// Whether a job may share a commit with others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Share {
    /// It is a read, or one transaction and nothing else.
    Yes,
    /// It is several transactions, which are to be one.
    AsOne,
    /// It makes its own transactions.
    No,
}

pub(super) struct Job {
    pub(super) share: Share,
    pub(super) work: Box<dyn FnOnce(&Storage) -> Done + Send>,
}

pub(super) struct Done {
    /// Whether what the job wrote is to stay.
    pub(super) keep: bool,
    pub(super) reply: Box<dyn FnOnce(Result<(), String>)>,
}

pub(super) struct Writer {
    storage: Storage,
    appended: watch::Sender<i64>,
    grouping: Arc<AtomicBool>,
}

impl Writer {
    pub(super) fn new(storage: Storage, appended: watch::Sender<i64>) -> Self {
        let grouping = Arc::new(AtomicBool::new(false));
        silence_transactions(&storage, grouping.clone());
        Self { storage, appended, grouping }
    }

    pub(super) fn run(self, inbox: &Receiver<Message>) {
        while let Ok(first) = inbox.recv() {
            let mut group = Vec::new();
            for message in std::iter::once(first).chain(inbox.try_iter().take(GROUP - 1)) {
                match message {
                    Message::Job(job) if job.share != Share::No => group.push(job),
                    Message::Job(job) => {
                        self.commit(std::mem::take(&mut group));
                        self.alone(job);
                    }
                    Message::Close(reply) => {
                        self.commit(group);
                        drop(self);
                        let _ = reply.send(());
                        return;
                    }
                }
            }
            self.commit(group);
        }
    }

    fn commit(&self, mut group: Vec<Job>) {
        if let [only] = group.as_slice()
            && only.share == Share::Yes
            && let Some(job) = group.pop()
        {
            return self.alone(job);
        }
        if group.is_empty() {
            return;
        }
        let outcome = self.batch("BEGIN");
        self.grouping.store(true, Ordering::Relaxed);
        let done: Vec<Done> = group.into_iter().map(|job| self.savepoint(job)).collect();
        self.grouping.store(false, Ordering::Relaxed);
        let outcome = outcome.and_then(|()| self.batch("COMMIT"));
        if outcome.is_err() {
            // Nothing may linger open: the next group would fail with it.
            let _ = self.batch("ROLLBACK");
        }
        self.signal();
        for job in done {
            (job.reply)(outcome.clone());
        }
    }

    fn alone(&self, job: Job) {
        let done = (job.work)(&self.storage);
        self.signal();
        (done.reply)(Ok(()));
    }

    fn savepoint(&self, job: Job) -> Done {
        let opened = self.batch("SAVEPOINT job");
        let done = (job.work)(&self.storage);
        let closed = opened.and_then(|()| match done.keep {
            true => self.batch("RELEASE job"),
            false => self.batch("ROLLBACK TO job; RELEASE job"),
        });
        match closed {
            Ok(()) => done,
            Err(error) => Done { keep: false, reply: Box::new(move |_| (done.reply)(Err(error))) },
        }
    }

    fn batch(&self, sql: &str) -> Result<(), String> {
        self.storage.conn().execute_batch(sql).map_err(|error| error.to_string())
    }

    /// Wakes the stream's readers if the commit appended anything.
    fn signal(&self) {
        if let Ok(newest) = records::newest(&self.storage) {
            self.appended.send_if_modified(|seen| std::mem::replace(seen, newest) != newest);
        }
    }
}

/// While a group is open, the engine's own `BEGIN`, `COMMIT` and `ROLLBACK` compile to nothing, so that the group
/// is the transaction and each job a savepoint in it. SQLite asks the authorizer whenever it compiles one.
fn silence_transactions(storage: &Storage, grouping: Arc<AtomicBool>) {
    storage.conn().authorizer(Some(move |context: AuthContext<'_>| match context.action {
        AuthAction::Transaction { .. } if grouping.load(Ordering::Relaxed) => Authorization::Ignore,
        _ => Authorization::Allow,
    }));
}
