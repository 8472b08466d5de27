//! How many connections are open, and how many functions are under way.

use std::sync::Arc;
use tokio::sync::watch;

/// How many of something are under way.
#[derive(Default)]
pub(super) struct Count(Arc<watch::Sender<usize>>);

/// One of them, until it is dropped.
pub(super) struct One(Arc<watch::Sender<usize>>);

impl Count {
    pub(super) fn one(&self) -> One {
        self.0.send_modify(|count| *count += 1);
        One(self.0.clone())
    }

    pub(super) async fn none(&self) {
        let _ = self.0.subscribe().wait_for(|count| *count == 0).await;
    }
}

impl Drop for One {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count = count.saturating_sub(1));
    }
}
