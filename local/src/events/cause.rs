//! Which stream records an asynchronous invocation goes back to, and up to where all that follows from them is over.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

tokio::task_local! {
    /// The records being handled by the task that runs; the bus passes it on to what it sets off.
    static CAUSE: Cause;
}

/// One batch of records and everything it set off. It holds the watermark back until every clone handed out by
/// [`Cause::also`] is settled; one that is only dropped (a task cut off by a shutdown) holds it for good.
#[derive(Clone, Debug)]
pub(crate) struct Cause {
    open: Arc<AtomicUsize>,
    ticket: u64,
    watermark: Watermark,
}

impl Cause {
    /// The cause of what the current task does, counted once more.
    pub(crate) fn of_this_task() -> Option<Self> {
        CAUSE.try_with(Self::also).ok()
    }

    fn also(&self) -> Self {
        self.open.fetch_add(1, Ordering::AcqRel);
        self.clone()
    }

    /// Runs `work` so that whatever it sets off is counted against this cause.
    pub(crate) async fn during<F: Future>(&self, work: F) -> F::Output {
        CAUSE.scope(self.clone(), work).await
    }

    /// Says that this part is over, well or ill, and nothing of it can be lost any more.
    pub(crate) fn settle(self) {
        if self.open.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.watermark.finish(self.ticket);
        }
    }
}

/// The position below which every batch and all it set off is over.
#[derive(Clone, Debug)]
pub(crate) struct Watermark {
    queue: Arc<Mutex<Queue>>,
    low: Arc<watch::Sender<i64>>,
    room: Arc<Semaphore>,
}

#[derive(Debug, Default)]
struct Queue {
    next: u64,
    batches: VecDeque<Batch>,
}

#[derive(Debug)]
struct Batch {
    ticket: u64,
    end: i64,
    over: bool,
    _room: Option<OwnedSemaphorePermit>,
}

impl Watermark {
    /// Starts at `position`, with room for so many batches ahead of it.
    pub(crate) fn new(position: i64, room: usize) -> Self {
        Self {
            queue: Arc::default(),
            low: Arc::new(watch::Sender::new(position)),
            room: Arc::new(Semaphore::new(room)),
        }
    }

    /// Follows the watermark as it rises.
    pub(crate) fn subscribe(&self) -> watch::Receiver<i64> {
        self.low.subscribe()
    }

    /// Opens the batch that ends at `end`, once there is room. Batches are opened in the stream's order.
    pub(crate) async fn open(&self, end: i64) -> Cause {
        let room = self.room.clone().acquire_owned().await.ok();
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        let ticket = queue.next;
        queue.next += 1;
        queue.batches.push_back(Batch { ticket, end, over: false, _room: room });
        Cause { open: Arc::new(AtomicUsize::new(1)), ticket, watermark: self.clone() }
    }

    fn finish(&self, ticket: u64) {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(batch) = queue.batches.iter_mut().find(|batch| batch.ticket == ticket) {
            batch.over = true;
        }
        while let Some(batch) = queue.batches.pop_front_if(|batch| batch.over) {
            self.low.send_replace(batch.end);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_watermark_waits_for_the_oldest_batch_and_all_it_set_off() {
        let watermark = Watermark::new(0, 8);
        let low = watermark.subscribe();
        let first = watermark.open(10).await;
        let second = watermark.open(20).await;
        let downstream = first.during(async { Cause::of_this_task() }).await;

        second.settle();
        first.settle();
        assert_eq!(*low.borrow(), 0, "what the first batch set off still runs");
        if let Some(downstream) = downstream {
            downstream.settle();
        }
        assert_eq!(*low.borrow(), 20);
    }

    #[tokio::test]
    async fn a_part_cut_off_holds_the_watermark() {
        let watermark = Watermark::new(0, 8);
        let batch = watermark.open(10).await;
        drop(batch.also());
        batch.settle();
        assert_eq!(*watermark.subscribe().borrow(), 0);
    }
}
