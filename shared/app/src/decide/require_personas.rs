//! A policy that came into force requires other personas than the one before: requests that are open are made to require them too, so
//! that cards and waiters show it before anybody tries to decide.
//!
//! This is a courtesy. The decision itself requires the personas, because it reads the policy in force. So an approval that is not reached
//! here is corrected when somebody decides.

use crate::{Failure, Gate};
use domain::apply::rulings::Rulings;
use domain::{Approval, Command, Law, Policy, Refusal, Workspace, apply};
use futures::StreamExt as _;
use futures::stream::iter;
use store::approvals::lists::{By, Shelf};

/// At most so many open approvals are updated, the newest first, because the admin who saves the policy waits for it.
const MOST: i32 = 500;
/// Changes under way at once.
const AT_ONCE: usize = 16;

/// Adds the personas of a new policy to open approvals.
pub(crate) async fn require_personas(gate: &Gate, workspace: &Workspace, policy: &Policy) {
    let open = match open(gate, workspace).await {
        Ok(open) => open,
        Err(why) => return tracing::warn!(%why, "open requests could not be read after a change of the policy"),
    };
    // Where rules look at hidden values, or at an edit, only the decision evaluates them.
    let plain = |approval: &&Approval| {
        !policy.has_rules(&approval.action) || (approval.sealed.is_none() && approval.asked.is_none())
    };
    let ruled = open.iter().filter(plain);
    let ruled = ruled.map(|approval| (approval, Rulings::on(approval, (&approval.params, None), policy, policy)));
    let differ = ruled.filter(|(approval, rulings)| law(policy, rulings).personas(approval) != approval.personas);
    iter(differ)
        .for_each_concurrent(AT_ONCE, |(approval, rulings)| async move {
            require(gate, approval, law(policy, &rulings)).await;
        })
        .await;
}

fn law<'a>(policy: &'a Policy, rulings: &'a Rulings) -> Law<'a> {
    Law { snapshot: policy, current: policy, rulings, teams: &[], guests: &[] }
}

async fn open(gate: &Gate, workspace: &Workspace) -> Result<Vec<Approval>, Failure> {
    let places = gate.store.list_ids(workspace, Shelf::Open, &By::Status, None, MOST).await?;
    let ids: Vec<_> = places.into_iter().map(|place| place.id).collect();
    Ok(gate.store.get_approvals(workspace, &ids, false).await?)
}

async fn require(gate: &Gate, approval: &Approval, law: Law<'_>) {
    let adopt = |standing: &Approval, now| apply(standing, Command::Adopt { law }, now);
    match gate.change(&approval.workspace, &approval.id, adopt).await {
        // A decision or the expiry was faster.
        Ok(_) | Err(Failure::Refused(Refusal::InvalidState(_) | Refusal::Expired)) => {}
        Err(why) => {
            tracing::warn!(approval = %approval.id, %why, "could not be made to require what the policy requires")
        }
    }
}
