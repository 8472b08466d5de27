//! The names of transitions and statuses, which each project chooses for itself, and what they mean to us.

use domain::Status;
use serde_json::Value;

/// What is looked for once it is approved, in this order.
const APPROVED: &[&str] = &["Approve", "Approved", "Done"];
/// What is looked for once it is refused, expired or taken back, in this order.
const REFUSED: &[&str] = &["Deny", "Denied", "Reject", "Rejected", "Declined", "Won't do", "Done"];
/// Where both kinds of ends may lead, so that moving there decides nothing.
const EITHER: &str = "Done";

/// What somebody means who moves an issue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intent {
    /// To approve.
    Approve,
    /// To refuse.
    Deny,
    /// Something else; `Done` too, for it says neither.
    Other,
}

/// What moving to a status means.
pub(super) fn intent(status: &str) -> Intent {
    let one_of = |names: &[&str]| names.iter().any(|name| same(name, status));
    match () {
        () if same(EITHER, status) => Intent::Other,
        () if one_of(APPROVED) => Intent::Approve,
        () if one_of(REFUSED) => Intent::Deny,
        () => Intent::Other,
    }
}

/// Whether two names are one, whatever their case and apostrophes.
pub(super) fn same(a: &str, b: &str) -> bool {
    let plain = |name: &str| name.trim().to_lowercase().replace('’', "'");
    plain(a) == plain(b)
}

/// What is looked for at an end.
pub(super) fn wanted(end: Status) -> &'static [&'static str] {
    if end == Status::Approved { APPROVED } else { REFUSED }
}

/// A transition's id.
pub(super) type Id<'a> = &'a str;

/// The transition of the first name that there is one of, by its own name or by the status it leads to.
pub(super) fn choose<'a>(transitions: &'a [Value], wanted: &[&str]) -> Option<Id<'a>> {
    wanted.iter().find_map(|name| {
        let by = |place: &str| {
            let named = |t: &&Value| t.pointer(place).and_then(Value::as_str).is_some_and(|found| same(found, name));
            transitions.iter().find(named)?.get("id")?.as_str()
        };
        by("/name").or_else(|| by("/to/name"))
    })
}

/// The transition that leads to a status.
pub(super) fn leading_to<'a>(transitions: &'a [Value], status: &str) -> Option<Id<'a>> {
    let leads = |t: &&Value| t.pointer("/to/name").and_then(Value::as_str).is_some_and(|to| same(to, status));
    transitions.iter().find(leads)?.get("id")?.as_str()
}
