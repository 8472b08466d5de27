//! The policy editor: an admin reads the policy, tries a draft, compares it with the policy in force, and puts it in force.

mod draft;
mod drawn;
mod verdict;

use crate::page;
use crate::visit::Visit;
use app::Failure;
use app::settings::check_policy::Verdict;
use app::settings::replace_policy::{Expecting, PolicyInForce, read_policy, replace_policy};
use draft::Draft;
use lambda::{Answer, Error, Fields};

async fn in_force(visit: &Visit<'_>) -> Result<Option<PolicyInForce>, Failure> {
    match read_policy(&visit.has.gate, &visit.session.caller).await {
        Ok(current) => Ok(Some(current)),
        Err(Failure::NotFound(_)) => Ok(None),
        Err(e) => Err(e),
    }
}

pub(super) async fn show(visit: &Visit<'_>) -> Result<Answer, Error> {
    let current = in_force(visit).await?;
    let draft = Draft::of(current.as_ref());
    Ok(drawn::editor(visit, current.as_ref(), &draft, None))
}

/// Back from the review, with everything that was typed.
pub(super) async fn edit(visit: &Visit<'_>, fields: &Fields) -> Result<Answer, Error> {
    let draft = Draft::read(fields)?;
    Ok(drawn::editor(visit, in_force(visit).await?.as_ref(), &draft, None))
}

/// Tries a draft, and shows what it would change.
pub(super) async fn review(visit: &Visit<'_>, fields: &Fields) -> Result<Answer, Error> {
    let draft = Draft::read(fields)?;
    let verdict = draft.tried(visit).await?;
    let current = in_force(visit).await?;
    match current {
        current if !verdict.valid || fields.get("only") == "dry-run" => {
            Ok(drawn::editor(visit, current.as_ref(), &draft, Some(&verdict)))
        }
        Some(newer) if newer.head.hash != draft.etag => conflict(visit, &newer, draft).await,
        current => Ok(drawn::review(visit, current.as_ref(), &draft, &verdict)),
    }
}

/// Puts in force what was reviewed, in place of what it was compared with and nothing else.
pub(super) async fn replace(visit: &Visit<'_>, fields: &Fields) -> Result<Answer, Error> {
    let draft = Draft::read(fields)?;
    let expecting = match draft.etag.as_str() {
        "" => Expecting::Nothing,
        hash => Expecting::Hash(hash.to_owned()),
    };
    match replace_policy(&visit.has.gate, &visit.session.caller, draft.text.clone(), expecting).await {
        Ok(_) => Ok(page::redirect("/console/settings/policy?done=replaced")),
        Err(Failure::Conflict(_)) => match in_force(visit).await? {
            Some(newer) => conflict(visit, &newer, draft).await,
            None => Ok(drawn::editor(visit, None, &Draft { etag: String::new(), ..draft }, None)),
        },
        Err(Failure::Invalid(faults)) => {
            let verdict = Verdict { valid: false, faults, hash: None, decision: None };
            Ok(drawn::editor(visit, in_force(visit).await?.as_ref(), &draft, Some(&verdict)))
        }
        Err(e) => Err(e.into()),
    }
}

/// Another policy was put in force after the draft began. The page shows that policy, and the draft is compared with it from then on.
async fn conflict(visit: &Visit<'_>, newer: &PolicyInForce, draft: Draft) -> Result<Answer, Error> {
    let workspace = &visit.session.caller.workspace;
    let base = match draft.etag.as_str() {
        "" => None,
        hash => visit.has.gate.store.get_policy_text(workspace, hash).await.map_err(Failure::from)?,
    };
    let draft = Draft { etag: newer.head.hash.clone(), ..draft };
    Ok(drawn::conflict(visit, newer, base.as_deref(), &draft))
}
