//! What this process takes of the processors, apart for the table's engine, which is a function's neighbour here and DynamoDB on AWS.

use std::fs;
use std::time::Duration;

use crate::problem::Problem;

/// What the engine's thread is called.
const ENGINE: &str = "engine";

/// Time of a processor.
#[derive(Clone, Copy, Default)]
pub(super) struct Used {
    /// The engine's thread.
    pub(super) engine: Duration,
    /// All other threads: the functions, and the SDK under them.
    pub(super) others: Duration,
}

impl Used {
    /// What was used until now.
    pub(super) fn now() -> Result<Self, Problem> {
        let mut used = Self::default();
        for thread in fs::read_dir("/proc/self/task")? {
            let folder = thread?.path();
            // A thread may have ended since the folder was read.
            let (Ok(name), Ok(times)) =
                (fs::read_to_string(folder.join("comm")), fs::read_to_string(folder.join("schedstat")))
            else {
                continue;
            };
            let nanoseconds: u64 = times.split_whitespace().next().unwrap_or_default().parse()?;
            let whose = if name.trim() == ENGINE { &mut used.engine } else { &mut used.others };
            *whose += Duration::from_nanos(nanoseconds);
        }
        Ok(used)
    }

    /// What was used since an earlier look.
    pub(super) fn since(self, before: Self) -> Self {
        let engine = self.engine.saturating_sub(before.engine);
        Self { engine, others: self.others.saturating_sub(before.others) }
    }
}
