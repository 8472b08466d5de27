//! The parameters that were asked for, made of what is kept beside what an edit made of them.

use crate::Approval;
use crate::approval::asked::Asked;
use serde_json::{Map, Value};

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
