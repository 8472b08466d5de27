//! What the sweeps of one process remember of each other: what was due and is done, and in which workspaces something may be open. It is
//! forgotten with the process; then it is found out again.

use domain::{Timestamp, Workspace};
use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use store::due::{Due, minute_of, start_of};

/// Where the first sweep of a table begins, in minutes before now.
pub(crate) const FIRST_LOOK_BACK: i64 = 60;
/// Minutes that one sweep does at most: after an outage it takes several.
pub(crate) const MOST_MINUTES: i64 = 600;

/// Minutes after which what was due is not looked at again anyway.
const KEPT_MINUTES: i64 = 5;

/// The memory.
#[derive(Debug, Default)]
pub struct Sweeps {
    done: Mutex<HashSet<Due>>,
    /// Nothing before the first look.
    watched: Mutex<Option<Watched>>,
}

/// The workspaces to look at, as they are known since a look.
#[derive(Debug)]
struct Watched {
    /// When those that ask were last listed: who asked since then is not known.
    listed: Timestamp,
    /// By workspace the last minute that is to be looked at; none as long as something is open.
    last: HashMap<Workspace, Option<i64>>,
}

impl Sweeps {
    /// Whether this process has done the timer.
    pub(crate) fn is_done(&self, due: &Due) -> bool {
        lock(&self.done).contains(due)
    }

    /// Remembers that a timer is done: the approval has ended, or was escalated. Both are final.
    pub(crate) fn done(&self, due: Due, now: Timestamp) {
        let mut done = lock(&self.done);
        done.retain(|due| minute_of(due.at) + KEPT_MINUTES >= minute_of(now));
        done.insert(due);
    }

    /// Workspaces in which something may have ended since a minute began; none where nobody has looked yet, or the last look was before
    /// that minute: who asked in between, while another process swept, is not known. All is forgotten then.
    pub(crate) fn watched_since(&self, minute: i64) -> Option<HashSet<Workspace>> {
        let mut watched = lock(&self.watched);
        watched.take_if(|watched| watched.listed < start_of(minute));
        let still = |last: &Option<i64>| last.is_none_or(|last| last >= minute);
        let all = watched.as_ref()?.last.iter();
        Some(all.filter(|(_, last)| still(last)).map(|(workspace, _)| workspace.clone()).collect())
    }

    /// Remembers what a look at workspaces found: whether something is open in each. Where nothing is, and nobody asked before the
    /// listing of those that ask, what ended until now is still to be looked at, and nothing after that.
    pub(crate) fn looked(
        &self,
        found: Vec<(Workspace, bool)>,
        (asked, listed): (&HashSet<Workspace>, Timestamp),
        now: Timestamp,
    ) {
        let mut watched = lock(&self.watched);
        let watched = watched.get_or_insert_with(|| Watched { listed, last: HashMap::new() });
        watched.listed = listed;
        // An index may lag: what ended in the minute that begins now was perhaps not on the shelf of what is open.
        let last = minute_of(now) + 1;
        for (workspace, open) in found {
            let before = watched.last.get(&workspace).copied().flatten().filter(|_| !asked.contains(&workspace));
            watched.last.insert(workspace, (!open).then(|| before.unwrap_or(last)));
        }
    }

    /// Forgets workspaces in which nothing is left to look at after a minute.
    pub(crate) fn forget_before(&self, minute: i64) {
        if let Some(watched) = lock(&self.watched).as_mut() {
            watched.last.retain(|_, last| last.is_none_or(|last| last >= minute));
        }
    }
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}
