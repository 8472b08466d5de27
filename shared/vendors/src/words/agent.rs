//! What an agent wrote, as people read it: exact, with nothing hidden, and so that no value can pass for another.

use domain::Approval;
use domain::params::visible;
use serde_json::{Map, Value};

/// The heading of what was asked for.
pub(crate) const ASKED: &str = "What was asked, before it was edited";

/// All parameters, one after the other. A value is JSON, so that `"007"` is not `7`; a text of several lines has each line marked,
/// so that none can pass for the next parameter.
pub(crate) fn params(params: &Map<String, Value>) -> String {
    if params.is_empty() {
        return "(none)".into();
    }
    let all: Vec<String> = params.iter().map(|(key, value)| format!("{}:{}", name(key), parameter(value))).collect();
    all.join("\n")
}

/// The parameters that an edit changed, as they were asked for; none where no edit did.
pub(crate) fn asked(approval: &Approval) -> Option<String> {
    let asked = approval.asked.as_ref()?;
    let mut all: Vec<String> = Vec::new();
    all.extend((!asked.params.is_empty()).then(|| params(&asked.params)));
    all.extend(asked.added.iter().map(|key| format!("{}: was not there", name(key))));
    if all.is_empty() {
        all.push("Only hidden values were changed.".into());
    }
    Some(all.join("\n"))
}

fn name(key: &str) -> String {
    let simple = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c));
    if simple { key.to_owned() } else { visible::text(&Value::from(key).to_string()) }
}

fn parameter(value: &Value) -> String {
    match value {
        Value::String(text) if text.contains('\n') => {
            visible::text(text).split('\n').map(|line| format!("\n│ {line}")).collect()
        }
        other => format!(" {}", visible::text(&pretty(other))),
    }
}

/// JSON over several lines where it is nested.
pub(crate) fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_else(|_| value.to_string())
}

/// The justification, with nothing hidden.
pub(crate) fn justification(approval: &Approval) -> String {
    visible::text(&approval.justification)
}

/// The agent's links as text: the label says what it likes, the address is whole.
pub(crate) fn links(approval: &Approval) -> String {
    let line = |l: &domain::approval::requester::Link| match l.label == l.url {
        true => visible::line(&l.url),
        false => format!("{} — {}", visible::line(&l.label), visible::line(&l.url)),
    };
    approval.links.iter().map(line).collect::<Vec<_>>().join("\n")
}
