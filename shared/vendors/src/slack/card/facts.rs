//! The facts of an approval: short, in two columns, each literal and on a line of its own.

use crate::slack::block::{cut, plain, weight};
use crate::words::lines;
use domain::Approval;
use domain::params::visible;
use serde_json::{Value, json};

/// The most that a fact takes of a card.
const FACT: usize = 150;
/// The most that the action's name takes: it has at most 256 characters, and must be whole.
const ACTION: usize = 300;

/// A section of facts; at most ten.
pub(crate) fn facts(approval: &Approval) -> Vec<Value> {
    let field = |label: &str, value: &str| plain(&format!("{label}\n{value}"), 2_000);
    let mut fields = vec![field("Action", &cut(&visible::line(&approval.action), ACTION))];
    fields.extend(others(approval).into_iter().map(|(label, value)| field(label, &cut(&value, FACT))));
    vec![json!({ "type": "section", "fields": fields })]
}

/// Whether the action's name is there to its end.
pub(crate) fn is_whole(approval: &Approval) -> bool {
    weight(&visible::line(&approval.action)) <= ACTION
}

fn others(approval: &Approval) -> Vec<(&'static str, String)> {
    let mut facts =
        vec![("Agent", visible::line(approval.agent())), ("Requested for (the agent's claim)", requester(approval))];
    facts.extend(lines::origin(approval));
    facts.push(("Request", approval.id.to_string()));
    facts
}

fn requester(approval: &Approval) -> String {
    let claim = &approval.requester;
    let id = visible::line(&format!("{} {}", claim.source, claim.id));
    match &claim.display {
        Some(name) => format!("{} ({id})", visible::line(name)),
        None => id,
    }
}
