//! Opens the approval of a decision link for a person who is signed in. The link decides nothing, and carries the digest of when it was
//! made.

use crate::page;
use crate::visit::Visit;
use app::Failure;
use lambda::{Answer, Error};

pub(crate) fn follow(visit: &Visit<'_>, link: &str) -> Result<Answer, Error> {
    let linked = visit.has.gate.read_decision_link(link);
    let linked = linked.ok_or(Failure::NotFound("this link is not valid, or its time is over"))?;
    Ok(page::redirect(&format!("/console/approvals/{}?seen={}", linked.id, linked.digest)))
}
