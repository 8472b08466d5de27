//! Which rule governs an action: its exact name, else the longest glob.

use super::{Effect, Policy, Rule, UnknownAction};
use crate::Refusal;
use crate::params::path::member;
use wildmatch::WildMatch;

/// The rule that governs an action, and the name it stands under in the document; empty for an unknown action.
#[derive(Clone, Copy, Debug)]
pub struct Found<'a> {
    /// The exact name or glob.
    pub pattern: &'a str,
    /// What it says.
    pub rule: &'a Rule,
}

impl Policy {
    /// # Errors
    /// `PolicyNotFound` where no rule matches and unknown actions are denied, `PolicyDenied` where the rule denies.
    pub fn find(&self, action: &str) -> Result<Found<'_>, Refusal> {
        let found = self.matching(action);
        match found {
            Some(found) if found.rule.effect == Effect::Deny && found.rule.rules.is_empty() => {
                let path = member("actions", found.pattern);
                Err(Refusal::PolicyDenied(format!("the policy denies {action:?} ({path})")))
            }
            Some(found) => Ok(found),
            None if self.unknown_action == UnknownAction::Manual => Ok(Found { pattern: "", rule: &self.manual }),
            None => Err(Refusal::PolicyNotFound(format!("no policy names {action:?}, and unknown actions are denied"))),
        }
    }

    pub(super) fn matching(&self, action: &str) -> Option<Found<'_>> {
        if let Some((pattern, rule)) = self.actions.get_key_value(action).filter(|(name, _)| !name.contains('*')) {
            return Some(Found { pattern, rule });
        }
        let globs = self.actions.iter().filter(|(name, _)| name.contains('*') && WildMatch::new(name).matches(action));
        globs.max_by_key(|(name, _)| name.len()).map(|(pattern, rule)| Found { pattern, rule })
    }
}
