//! A decision link leads to its approval, for whoever is signed in; it decides nothing, and says what it was drawn from.

use crate::page;
use crate::visit::Visit;
use app::Failure;
use lambda::{Answer, Error};

pub(crate) fn follow(visit: &Visit<'_>, link: &str) -> Result<Answer, Error> {
    let linked = visit.has.gate.read_decision_link(link);
    let linked = linked.ok_or(Failure::NotFound("this link is not valid, or its time is over"))?;
    Ok(page::redirect(&format!("/console/approvals/{}?seen={}", linked.id, linked.digest)))
}
