//! Who may decide: what an actor is to an approval, under the policy it was asked under *and* the policy in force.

use crate::policy::{Policy, Rule};
use crate::principal::Kind;
use crate::{Approval, Principal, Refusal};

/// The two policies that a decision needs, and the Slack teams that the workspace's connectors serve.
#[derive(Clone, Copy, Debug)]
pub struct Law<'a> {
    /// The policy the approval was asked under, found by the hash it carries.
    pub snapshot: &'a Policy,
    /// The policy in force, read fresh: who was removed from it is out at once.
    pub current: &'a Policy,
    /// Team ids.
    pub teams: &'a [String],
}

/// What an actor is to an approval.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// May approve: an approver of the action or a super-approver, in both policies.
    pub approver: bool,
    /// The required personas in whose name the actor may acknowledge, in both policies.
    pub personas: Vec<String>,
    /// Is the one who asks, or acts for it, and the rule does not allow self-approval: may then neither approve nor acknowledge.
    pub own: bool,
}

impl Standing {
    /// Whether the actor may approve.
    pub fn may_approve(&self) -> bool {
        self.approver && !self.own
    }

    /// Whether the actor may deny: whoever is entitled may, their own request too. A claim never silences anybody.
    pub fn may_deny(&self) -> bool {
        self.approver || !self.personas.is_empty()
    }

    /// Whether the actor may acknowledge in the name of a persona.
    pub fn may_acknowledge(&self, persona: &str) -> bool {
        !self.own && self.personas.iter().any(|p| p == persona)
    }
}

impl Law<'_> {
    /// What an actor is to an approval.
    pub fn standing(&self, approval: &Approval, actor: &Principal) -> Standing {
        if actor.kind() == Kind::Agent {
            return Standing::default();
        }
        let [then, now] = [self.snapshot, self.current].map(|p| self.under(p, approval, actor));
        let personas = then.personas.into_iter().filter(|p| now.personas.contains(p)).collect();
        Standing { approver: then.approver && now.approver, personas, own: then.own || now.own }
    }

    fn under(&self, policy: &Policy, approval: &Approval, actor: &Principal) -> Standing {
        let rule = policy.find(&approval.action).ok().map(|found| found.rule);
        let named = |all: &[Principal]| all.iter().any(|p| p.names(actor, self.teams));
        let bound = |persona: &&String| policy.personas.get(*persona).is_some_and(|all| named(all));
        Standing {
            // The line that decides whether Jane may approve.
            approver: rule.is_some_and(|r| named(&r.approvers)) || named(&policy.super_approvers),
            personas: approval.personas.iter().filter(bound).cloned().collect(),
            own: !rule.is_some_and(|r| r.allow_self_approval) && self.is_own(policy, approval, actor),
        }
    }

    /// Whether the actor is one of those who ask, under either policy and whether or not they may also decide.
    pub fn asks(&self, approval: &Approval, actor: &Principal) -> bool {
        [self.snapshot, self.current].iter().any(|policy| self.is_own(policy, approval, actor))
    }

    /// Whether the actor is the claimed requester, the calling key's subject or its owner, or asked again after a refusal, is claimed to
    /// have, or owns the key that did, under whatever identity.
    fn is_own(&self, policy: &Policy, approval: &Approval, actor: &Principal) -> bool {
        let claimed = approval.requester.principal();
        let again = approval.lineage.iter().flat_map(|l| [Some(&l.by), l.claimed.as_ref(), l.owner.as_ref()]).flatten();
        let askers = claimed.iter().chain([&approval.asked_by]).chain(&approval.owner).chain(again);
        let person = policy.person(actor, self.teams);
        let same = |asker: &Principal| {
            asker.resembles(actor)
                || policy.people.get(&person).is_some_and(|ids| ids.iter().any(|id| id.resembles(asker)))
        };
        askers.into_iter().any(same)
    }

    /// The action's rule, if both policies still allow the action to be approved at all.
    ///
    /// # Errors
    /// `PolicyDenied` or `PolicyNotFound` where the policy in force forbids what was asked for under an earlier one.
    pub fn rule(&self, approval: &Approval) -> Result<&Rule, Refusal> {
        self.snapshot.find(&approval.action)?;
        Ok(self.current.find(&approval.action)?.rule)
    }

    /// Whether a vote of this person counts: still entitled to approve, and not the one who asks.
    pub fn counts(&self, approval: &Approval, voter: &Principal) -> bool {
        self.standing(approval, voter).may_approve()
    }

    /// How many distinct people, still entitled to, have approved what the approval is now.
    pub fn approvals(&self, approval: &Approval) -> u64 {
        let entitled = approval.votes.iter().map(|v| &v.by).filter(|p| self.counts(approval, p));
        let people: std::collections::BTreeSet<_> = entitled.map(|p| self.current.person(p, self.teams)).collect();
        people.len() as u64
    }

    /// Whether two identities are one person, under either policy.
    pub fn same_person(&self, a: &Principal, b: &Principal) -> bool {
        a == b || [self.snapshot, self.current].iter().any(|p| p.person(a, self.teams) == p.person(b, self.teams))
    }
}
