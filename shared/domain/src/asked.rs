//! What was asked for, kept beside what an edit made of it. Stored from the first edit on, and only as far as the two differ: most
//! approvals are never edited, and the parameters of one may fill most of an item.

use crate::Approval;
use crate::edit::changed_keys;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What was asked for, as far as it differs from what the approval is now.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Asked {
    /// The parameters that an edit changed or removed, as they were and may be shown.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub params: Map<String, Value>,
    /// The parameters that an edit added.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub added: Vec<String>,
    /// All the redacted values that were asked for, sealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sealed: Option<String>,
}

impl Asked {
    fn of(asked: &Map<String, Value>, now: &Map<String, Value>, sealed: Option<String>) -> Self {
        let (kept, added): (Vec<String>, Vec<String>) =
            changed_keys(asked, now).into_iter().partition(|key| asked.contains_key(key));
        let params = kept.into_iter().filter_map(|key| Some((key.clone(), asked.get(&key)?.clone()))).collect();
        Self { params, added, sealed }
    }
}

impl Approval {
    /// The parameters that were asked for, as they may be shown; none where no edit changed them.
    pub fn asked_params(&self) -> Option<Map<String, Value>> {
        let asked = self.asked.as_ref()?;
        let mut params = self.params.clone();
        params.retain(|key, _| !asked.added.contains(key));
        params.extend(asked.params.clone());
        Some(params)
    }

    /// What is to be kept of what was asked for, once an edit makes the parameters what `view` shows. None where the edit leads back to
    /// it, or where an edit by an earlier version of Countersign kept nothing.
    pub(crate) fn asked_beside(&self, view: &Map<String, Value>, back: bool) -> Option<Asked> {
        let known = self.asked.is_some() || self.digest == *self.first_digest();
        if back || !known {
            return None;
        }
        let sealed = self.asked.as_ref().map_or(&self.sealed, |asked| &asked.sealed);
        let asked = self.asked_params();
        Some(Asked::of(asked.as_ref().unwrap_or(&self.params), view, sealed.clone()))
    }
}
