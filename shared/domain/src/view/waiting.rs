//! The message to a person who has approved while others are missing: whose acknowledgement and whose approval the approval still needs.

use crate::Approval;

/// The most people who are named; the number of the others is said.
const MOST: usize = 10;

/// The end of a sentence about an approval: `waiting for one of user:omar@acme.com, slack:U456`. Personas and people come as they are
/// to be shown.
pub fn waiting(approval: &Approval, personas: &[String], people: &[String]) -> String {
    let missing = approval.required.saturating_sub(approval.votes.len() as u64).max(1);
    let some = people.iter().take(MOST).map(String::as_str).collect::<Vec<_>>().join(", ");
    let more = match people.len().saturating_sub(MOST) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let approvals = match missing {
        _ if people.is_empty() => "nobody else may approve it, so it can only be denied or expire".to_owned(),
        1 => format!("waiting for one of {some}{more}"),
        number => format!("waiting for {number} of {some}{more}"),
    };
    match personas.is_empty() {
        true => approvals,
        false => format!("{} must acknowledge; {approvals}", personas.join(", ")),
    }
}
