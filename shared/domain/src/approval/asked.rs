//! What was asked for, kept beside what an edit made of it. Stored from the first edit on, and only as far as the two differ: most
//! approvals are never edited, and the parameters of one may fill most of an item.

use crate::params::difference::changed_keys;
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
    pub(crate) fn of(asked: &Map<String, Value>, now: &Map<String, Value>, sealed: Option<String>) -> Self {
        let (kept, added): (Vec<String>, Vec<String>) =
            changed_keys(asked, now).into_iter().partition(|key| asked.contains_key(key));
        let params = kept.into_iter().filter_map(|key| Some((key.clone(), asked.get(&key)?.clone()))).collect();
        Self { params, added, sealed }
    }
}
