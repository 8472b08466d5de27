//! Agents' settings as this process last read them.

use domain::{Timestamp, Workspace};
use jiff::SignedDuration;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// How old a setting may be that a request is admitted under, as for a policy.
const STALE_AFTER: SignedDuration = SignedDuration::from_secs(5);
/// Agents remembered at once.
const MOST_KEPT: usize = 1_000;

/// What agents' settings were when last asked.
#[derive(Debug, Default)]
pub struct AgentCache(Mutex<HashMap<(Workspace, String), SettingAsRead>>);

/// When it was asked, and the seconds that were set then.
type SettingAsRead = (Timestamp, Option<u64>);

impl AgentCache {
    pub(crate) fn recent(&self, workspace: &Workspace, agent: &str, now: Timestamp) -> Option<Option<u64>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, known) = kept.get(&(workspace.clone(), agent.to_owned()))?;
        let age = now.duration_since(*at);
        (!age.is_negative() && age < STALE_AFTER).then_some(*known)
    }

    pub(crate) fn remember(&self, workspace: &Workspace, agent: &str, known: SettingAsRead) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST_KEPT {
            kept.clear();
        }
        kept.insert((workspace.clone(), agent.to_owned()), known);
    }
}
