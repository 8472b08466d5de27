//! Policies as the use cases need them: in force, and by the hash an approval carries. Parsed ones are kept.

use crate::{Actor, Failure, Gate, Keyed};
use domain::apply::rulings::Rulings;
use domain::{Approval, Law, Policy, Principal, Workspace};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

impl Gate {
    /// The policy in force, read now.
    pub(crate) async fn policy_in_force(&self, workspace: &Workspace) -> Result<Option<Arc<Policy>>, Failure> {
        let now = self.clock.now();
        let policy = match self.store.get_policy_head(workspace, true).await? {
            Some(head) => Some(self.policy_of_hash(workspace, &head.hash).await?),
            None => None,
        };
        self.memory.policies.remember(workspace, now, policy.clone());
        Ok(policy)
    }

    /// The policy in force at most five seconds ago.
    pub(crate) async fn recent_policy(&self, workspace: &Workspace) -> Result<Option<Arc<Policy>>, Failure> {
        match self.memory.policies.recent(workspace, self.clock.now()) {
            Some(policy) => Ok(policy),
            None => self.policy_in_force(workspace).await,
        }
    }

    pub(crate) async fn policy_of_hash(&self, workspace: &Workspace, hash: &str) -> Result<Arc<Policy>, Failure> {
        if let Some(policy) = self.memory.policies.parsed(workspace, hash) {
            return Ok(policy);
        }
        let saved = self.store.get_policy_document(workspace, hash).await?;
        let saved =
            saved.ok_or_else(|| Failure::Internal(format!("policy {hash} of {workspace} is not in the table")))?;
        let policy = Policy::parse_saved(hash, &saved);
        let policy = policy.map_err(|faults| Failure::Internal(format!("policy {hash}: {faults:?}")))?;
        let policy = Arc::new(policy);
        self.memory.policies.keep(workspace, &policy);
        Ok(policy)
    }
}

impl Keyed {
    /// The two policies for a decision: the one that the request was made under and the one in force, both read now.
    pub(crate) async fn laws(&self, approval: &Approval, actor: Option<Actor<'_>>) -> Result<Laws, Failure> {
        let current = self.policy_in_force(&approval.workspace).await?;
        let snapshot = self.policy_of_hash(&approval.workspace, &approval.policy).await?;
        let voted = approval.votes.iter().map(|v| Actor { who: &v.by, guest: v.guest });
        let acked = approval.acks.iter().map(|a| Actor { who: &a.by, guest: a.guest });
        let (guests, at_home): (Vec<_>, Vec<_>) = voted.chain(acked).chain(actor).partition(|actor| actor.guest);
        // A person who clicked in their own team came through a connector that serves that team.
        let teams: BTreeSet<String> = at_home.iter().filter_map(|a| a.who.team().map(String::from)).collect();
        let guests = guests.iter().map(|guest| guest.who.clone()).collect();
        let current = current.unwrap_or_default();
        let has_rules = [&snapshot, &current].iter().any(|policy| policy.has_rules(&approval.action));
        // Without conditions nothing is opened: then an approval whose root secret is retired can still be decided.
        let (params, asked) = if has_rules {
            (Cow::Owned(self.original_params(approval)?), self.original_asked(approval)?)
        } else {
            (Cow::Borrowed(&approval.params), approval.asked_params())
        };
        let rulings = Rulings::on(approval, (&params, asked.as_ref()), &snapshot, &current);
        Ok(Laws { snapshot, current, rulings, teams: teams.into_iter().collect(), guests })
    }
}

/// The policies of a [`Law`], owned.
pub(crate) struct Laws {
    snapshot: Arc<Policy>,
    current: Arc<Policy>,
    rulings: Rulings,
    teams: Vec<String>,
    guests: Vec<Principal>,
}

impl Laws {
    pub(crate) fn law(&self) -> Law<'_> {
        let Self { snapshot, current, rulings, teams, guests } = self;
        Law { snapshot, current, rulings, teams, guests }
    }
}
