//! What happened to an issue after somebody moved it, in the order of Jira's own changelog: no clock has a say in it.

use serde_json::Value;

/// What a person reads on an issue before they move it.
const READ: [&str; 2] = ["description", "summary"];

/// What an issue's changelog says of one change of its status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Since {
    /// It is the newest change of the status, and what there was to read is the same since.
    Unchanged,
    /// The status changed again.
    MovedAgain,
    /// The issue's text was written after the move, or the move is not in the history: the person who moved the issue may have read another
    /// text.
    Rewritten,
}

/// Looks through the changelog of an issue that was read with `expand=changelog`
/// (<https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/>): the newest changes, each with an id that grows.
pub(super) fn since(issue: &Value, change: u64) -> Since {
    let histories = issue.pointer("/changelog/histories").and_then(Value::as_array);
    let all: Vec<(u64, &Value)> = histories.into_iter().flatten().filter_map(|h| Some((id(h)?, h))).collect();
    let touched = |fields: &[&str]| all.iter().filter(|(_, h)| touches(h, fields)).map(|(id, _)| *id).max();
    match (touched(&["status"]), touched(&READ)) {
        (Some(newest), _) if newest > change => Since::MovedAgain,
        (Some(newest), written) if newest == change && written.is_none_or(|at| at < change) => Since::Unchanged,
        _ => Since::Rewritten,
    }
}

/// A change's id, which is a number in a text.
pub(super) fn id(change: &Value) -> Option<u64> {
    let id = change.get("id")?;
    id.as_u64().or_else(|| id.as_str()?.parse().ok())
}

fn touches(history: &Value, fields: &[&str]) -> bool {
    let items = history.get("items").and_then(Value::as_array);
    items.into_iter().flatten().filter_map(|i| i.get("field")?.as_str()).any(|field| fields.contains(&field))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn issue(changes: &[(&str, &str)]) -> Value {
        let one =
            |(id, field): &(&str, &str)| json!({ "id": id, "items": [{ "field": "labels" }, { "field": field }] });
        json!({ "changelog": { "histories": changes.iter().map(one).collect::<Vec<_>>() } })
    }

    #[test]
    fn only_the_newest_move_of_what_was_not_written_since_stands() {
        let written = ("99", "description");
        assert_eq!(since(&issue(&[("101", "status"), written, ("98", "status")]), 101), Since::Unchanged);
        assert_eq!(since(&issue(&[("102", "description"), ("101", "status"), written]), 101), Since::Rewritten);
        assert_eq!(since(&issue(&[("101", "status"), ("102", "summary")]), 101), Since::Rewritten);
        assert_eq!(since(&issue(&[("103", "status"), ("101", "status")]), 101), Since::MovedAgain);
        assert_eq!(since(&issue(&[("100", "status")]), 101), Since::Rewritten);
        assert_eq!(since(&json!({}), 101), Since::Rewritten);
    }
}
