//! A decision made on a page, and the page as it is shown where nothing was decided.

use super::show::{Note, render};
use crate::visit::Visit;
use app::Failure;
use app::decide::decide_approval::{Verdict, decide_approval};
use domain::ApprovalId;
use lambda::{Answer, Error};

/// The approval as it is now, under why nothing was done.
pub(super) async fn refused(visit: &Visit<'_>, id: &str, failure: Failure) -> Result<Answer, Error> {
    match failure {
        Failure::Refused(_) | Failure::TooMany { .. } | Failure::Invalid(_) => {
            let (status, text) = Error::from(failure).told_in_words();
            let (approval, deliveries) = visit.approval(id).await?;
            render(visit, (&approval, &deliveries), Some(Note { status, text })).await
        }
        other => Err(other.into()),
    }
}

pub(super) async fn decide(
    visit: &Visit<'_>,
    id: &ApprovalId,
    verdict: Result<Verdict, Failure>,
) -> Result<ApprovalId, Failure> {
    let caller = &visit.session.caller;
    decide_approval(&visit.has.gate, &caller.workspace, id, visit.person()?, &verdict?).await?;
    Ok(id.clone())
}
