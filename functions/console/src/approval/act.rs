//! What a form on an approval's page does: one use case each, bound to what the page showed.

use super::decision::{decide, refused};
use super::edit;
use crate::page;
use crate::visit::Visit;
use app::Failure;
use app::ask::re_request_approval::re_request_in_person;
use app::decide::acknowledge_persona::acknowledge_persona;
use app::decide::decide_approval::Verdict;
use domain::digest::Digest;
use domain::{ApprovalId, limits};
use lambda::{Answer, Error, Fields};

/// Does it, and redirects to the page of the approval; after a refusal the page shows the approval as it is now.
pub(crate) async fn act(visit: &Visit<'_>, id: &str, what: &str, fields: &Fields) -> Result<Answer, Error> {
    let (approval, _) = visit.approval(id).await?;
    let acted = match what {
        "approve" => decide(visit, &approval.id, verdict(fields, true)).await,
        "deny" => decide(visit, &approval.id, verdict(fields, false)).await,
        "acknowledge" => acknowledge(visit, &approval.id, fields).await,
        "re-request" => ask_again(visit, &approval.id).await,
        "edit" => edit::approve(visit, &approval.id, fields).await,
        _ => return Err(Error::NoRoute),
    };
    match acted {
        Ok(at) => Ok(page::redirect(&format!("/console/approvals/{at}?done={what}"))),
        Err(failure) => refused(visit, id, failure).await,
    }
}

/// The decision, bound to the digest of the page that had the form. A form without a digest decides nothing.
fn verdict(fields: &Fields, approve: bool) -> Result<Verdict, Failure> {
    // A browser sends each line end as two characters.
    let words = fields.get("reason").replace("\r\n", "\n");
    let words = words.trim();
    if words.chars().count() > limits::COMMENT {
        return Err(Failure::invalid("reason", &limits::too_long(limits::COMMENT)));
    }
    let comment = Some(words.to_owned()).filter(|words| !words.is_empty());
    Ok(Verdict { approve, comment, seen: Some(Digest::claimed(fields.get("digest"))), patch: None })
}

async fn acknowledge(visit: &Visit<'_>, id: &ApprovalId, fields: &Fields) -> Result<ApprovalId, Failure> {
    let seen = Digest::claimed(fields.get("digest"));
    let personas: Vec<String> = fields.all("persona").map(str::to_owned).collect();
    let workspace = &visit.session.caller.workspace;
    acknowledge_persona(&visit.has.gate, workspace, id, visit.person()?, &personas, &seen).await?;
    Ok(id.clone())
}

async fn ask_again(visit: &Visit<'_>, id: &ApprovalId) -> Result<ApprovalId, Failure> {
    let caller = &visit.session.caller;
    let asked =
        re_request_in_person(&visit.has.gate, &caller.workspace, id, visit.person()?, caller.owner.as_ref()).await?;
    Ok(asked.answer.request_id)
}
