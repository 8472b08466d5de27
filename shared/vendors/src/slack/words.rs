//! A message that one person alone sees. Literal, except for people, whom Slack shows by name.

use super::block::person;
use super::card::escaped;
use domain::params::visible;
use domain::view::waiting;
use domain::{Approval, Principal};

/// Markup in which nothing acts but the mention of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words(String);

impl Words {
    /// A text as it is.
    pub fn literal(text: &str) -> Self {
        Self(escaped(text))
    }

    /// To somebody who has approved: whom it still waits for.
    pub fn approved(approval: &Approval, personas: &[String], people: &[Principal]) -> Self {
        let personas: Vec<String> = personas.iter().map(|p| escaped(&visible::line(p))).collect();
        let people: Vec<String> = people.iter().map(mention).collect();
        Self(format!("You approved; {}.", waiting(approval, &personas, &people)))
    }

    pub(crate) fn markup(&self) -> &str {
        &self.0
    }
}

fn mention(who: &Principal) -> String {
    match person(who).get("user_id").and_then(serde_json::Value::as_str) {
        Some(id) => format!("<@{id}>"),
        None => escaped(&visible::line(&who.to_string())),
    }
}
