//! Policies that this process has parsed, and which one was in force when it last asked.

use domain::{Policy, Timestamp, Workspace};
use jiff::SignedDuration;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// How old a policy may be that a request is admitted under. A decision always reads afresh.
const STALE_AFTER: SignedDuration = SignedDuration::from_secs(5);
/// Parsed policies kept; a workspace has few that still govern something open.
const MOST_PARSED: usize = 64;

/// Parsed policies by workspace and hash, and which one was in force when last asked. Local invariant: a workspace follows its own reading
/// of a text, which may be older than another workspace's reading of the same text.
#[derive(Debug, Default)]
pub struct PolicyCache {
    parsed: Mutex<HashMap<(Workspace, String), Arc<Policy>>>,
    heads: Mutex<HashMap<Workspace, Head>>,
}

/// The policy that was in force when last asked, and when that was.
type Head = (Timestamp, Option<Arc<Policy>>);

impl PolicyCache {
    pub(crate) fn parsed(&self, workspace: &Workspace, hash: &str) -> Option<Arc<Policy>> {
        let key = (workspace.clone(), hash.to_owned());
        self.parsed.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned()
    }

    pub(crate) fn keep(&self, workspace: &Workspace, policy: &Arc<Policy>) {
        let mut parsed = self.parsed.lock().unwrap_or_else(PoisonError::into_inner);
        if parsed.len() >= MOST_PARSED {
            parsed.clear();
        }
        parsed.insert((workspace.clone(), policy.hash.clone()), policy.clone());
    }

    pub(crate) fn recent(&self, workspace: &Workspace, now: Timestamp) -> Option<Option<Arc<Policy>>> {
        let heads = self.heads.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, policy) = heads.get(workspace)?;
        let age = now.duration_since(*at);
        (!age.is_negative() && age < STALE_AFTER).then(|| policy.clone())
    }

    pub(crate) fn remember(&self, workspace: &Workspace, now: Timestamp, policy: Option<Arc<Policy>>) {
        self.heads.lock().unwrap_or_else(PoisonError::into_inner).insert(workspace.clone(), (now, policy));
    }

    /// Forgets which policy is in force: the next request reads it afresh.
    pub(crate) fn forget(&self, workspace: &Workspace) {
        self.heads.lock().unwrap_or_else(PoisonError::into_inner).remove(workspace);
    }
}
