//! Who may decide: what an actor is to an approval, under the policy it was asked under *and* the policy in force.

use crate::apply::rulings::{Demand, Rulings};
use crate::policy::{Policy, Rule};
use crate::principal::Kind;
use crate::{Approval, Principal};
use std::collections::BTreeSet;

/// The two policies that a decision needs, and the Slack teams that the workspace's connectors serve.
#[derive(Clone, Copy, Debug)]
pub struct Law<'a> {
    /// The policy the approval was asked under, found by the hash it carries.
    pub snapshot: &'a Policy,
    /// The policy in force, read fresh: who was removed from it is out at once.
    pub current: &'a Policy,
    /// What both say of the approval.
    pub rulings: &'a Rulings,
    /// The ids of the teams that the workspace's connectors serve.
    pub teams: &'a [String],
    /// Members of other teams than the one they clicked in: only an identity with their very team names them.
    pub guests: &'a [Principal],
}

/// What the policies entitle an actor to, for one approval.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entitlement {
    /// May approve: an approver of the action or a super-approver, in both policies.
    pub approver: bool,
    /// The required personas in whose name the actor may acknowledge, in both policies.
    pub personas: Vec<String>,
    /// Is the one who asks, or acts for it, and the rule does not allow self-approval: may then neither approve nor acknowledge.
    pub own: bool,
}

impl Entitlement {
    /// Whether the actor may approve.
    pub fn may_approve(&self) -> bool {
        self.approver && !self.own
    }

    /// Whether the actor may deny. Every entitled person may deny, their own request too. A claim takes this right from nobody.
    pub fn may_deny(&self) -> bool {
        self.approver || !self.personas.is_empty()
    }

    /// Whether the actor may acknowledge in the name of a persona.
    pub fn may_acknowledge(&self, persona: &str) -> bool {
        !self.own && self.personas.iter().any(|p| p == persona)
    }
}

impl Law<'_> {
    /// What the policies entitle an actor to, for one approval.
    pub fn entitlement(&self, approval: &Approval, actor: &Principal) -> Entitlement {
        if matches!(actor.kind(), Kind::Agent | Kind::Policy) {
            return Entitlement::default();
        }
        let may_approve = |demand: Demand<'_>| self.is_named(demand, actor);
        let is_own = |demand: Demand<'_>| self.is_own_under(demand, approval, actor);
        // Whether Jane may approve, 2 of 4: every demand names her, and whether any says that the request is her own.
        Entitlement {
            approver: self.demands().all(may_approve),
            personas: self.personas_of(approval, actor),
            own: self.demands().any(is_own),
        }
    }

    fn demands(&self) -> impl Iterator<Item = Demand<'_>> {
        self.rulings.demands(self.snapshot, self.current)
    }

    /// The fields that an edit must keep to: those of every ruling that asks.
    pub fn fields_of_edits(&self) -> Vec<&Rule> {
        self.demands().filter_map(|demand| demand.fields).collect()
    }

    /// Whether Jane may approve, 1 of 4: the rule names her, or its policy does as a super-approver.
    fn is_named(&self, Demand { policy, fields, .. }: Demand<'_>, actor: &Principal) -> bool {
        fields.is_some_and(|fields| self.names(&fields.approvers, actor)) || self.names(&policy.super_approvers, actor)
    }

    fn is_own_under(&self, Demand { policy, fields, .. }: Demand<'_>, approval: &Approval, actor: &Principal) -> bool {
        !fields.is_some_and(|fields| fields.allow_self_approval) && self.is_own(policy, approval, actor)
    }

    fn names(&self, all: &[Principal], actor: &Principal) -> bool {
        all.iter().any(|p| p.names(actor, self.teams_of(actor)))
    }

    /// The required personas that the actor may acknowledge as. A persona that the request was not made with is bound by the policy in
    /// force alone.
    fn personas_of(&self, approval: &Approval, actor: &Principal) -> Vec<String> {
        let bound =
            |policy: &Policy, persona: &String| policy.personas.get(persona).is_some_and(|all| self.names(all, actor));
        let asked_with = |p: &String| approval.personas_at_first().contains(p);
        let both = |p: &String| bound(self.current, p) && (bound(self.snapshot, p) || !asked_with(p));
        self.personas(approval).into_iter().filter(both).collect()
    }

    /// Whether the actor is a member of another team than the one they clicked in.
    pub fn is_guest(&self, actor: &Principal) -> bool {
        self.guests.contains(actor)
    }

    /// The teams in which an identity without a team may name the actor.
    fn teams_of(&self, actor: &Principal) -> &[String] {
        if self.is_guest(actor) { &[] } else { self.teams }
    }

    fn person(&self, policy: &Policy, who: &Principal) -> String {
        policy.person(who, self.teams_of(who))
    }

    /// The personas that must acknowledge: those it was asked with, and those that any ruling requires beside them. Of what has ended,
    /// those it ended with.
    pub fn personas(&self, approval: &Approval) -> Vec<String> {
        if !approval.status.is_open() {
            return approval.personas.clone();
        }
        let mut all = approval.personas_at_first().to_vec();
        let demanded = self.demands().filter_map(Demand::demanded);
        for persona in demanded.flat_map(|fields| &fields.required_personas) {
            if !all.contains(persona) {
                all.push(persona.clone());
            }
        }
        all
    }

    /// Who may acknowledge in the name of a persona, as the policy in force spells them; nobody where it no longer names the persona.
    pub fn speakers(&self, approval: &Approval, persona: &str) -> Vec<&Principal> {
        let [then, now] =
            [self.snapshot, self.current].map(|p| p.personas.get(persona).map(Vec::as_slice).unwrap_or_default());
        let asked_with = approval.personas_at_first().iter().any(|p| p == persona);
        now.iter().filter(|p| !asked_with || then.iter().any(|other| other.overlaps(p))).collect()
    }

    /// Whether the actor is one of those who ask, under either policy and whether or not they may also decide.
    pub fn asks(&self, approval: &Approval, actor: &Principal) -> bool {
        [self.snapshot, self.current].iter().any(|policy| self.is_own(policy, approval, actor))
    }

    /// Whether the request is the actor's own, under any of the actor's identities: the actor is the claimed requester, the subject of the
    /// key that asked, or the owner of that key. Whoever made a re-request counts in the same three ways.
    fn is_own(&self, policy: &Policy, approval: &Approval, actor: &Principal) -> bool {
        let claimed = approval.requester.principal();
        let again = approval.lineage.iter().flat_map(|l| [Some(&l.by), l.claimed.as_ref(), l.owner.as_ref()]).flatten();
        let askers = claimed.iter().chain([&approval.asked_by]).chain(&approval.owner).chain(again);
        let person = self.person(policy, actor);
        let same = |asker: &Principal| {
            asker.resembles(actor)
                || policy.people.get(&person).is_some_and(|ids| ids.iter().any(|id| id.resembles(asker)))
        };
        askers.into_iter().any(same)
    }

    /// The quorum: the one it was asked with, or the highest that any ruling demands; never none.
    pub fn quorum(&self, approval: &Approval) -> u64 {
        let demanded = self.demands().filter_map(Demand::demanded).map(|fields| fields.min_approvals);
        demanded.max().unwrap_or(1).max(approval.required).max(1)
    }

    /// Whether a vote of this person counts: still entitled to approve, and not the one who asks.
    pub fn counts(&self, approval: &Approval, voter: &Principal) -> bool {
        self.entitlement(approval, voter).may_approve()
    }

    /// How many distinct people, still entitled to, have approved what the approval is now.
    pub fn approvals(&self, approval: &Approval) -> u64 {
        let entitled = approval.votes.iter().map(|v| &v.by).filter(|p| self.counts(approval, p));
        let people: BTreeSet<_> = entitled.map(|p| self.person(self.current, p)).collect();
        people.len() as u64
    }

    /// Whether two identities are one person, under either policy.
    pub fn same_person(&self, a: &Principal, b: &Principal) -> bool {
        a == b || [self.snapshot, self.current].iter().any(|p| self.person(p, a) == self.person(p, b))
    }

    /// Whether this person has approved what the approval is now, with a vote that still counts; of what has ended, with any.
    pub fn has_approved(&self, approval: &Approval, who: &Principal) -> bool {
        let counts = |voter: &Principal| !approval.status.is_open() || self.counts(approval, voter);
        approval.votes.iter().any(|vote| self.same_person(&vote.by, who) && counts(&vote.by))
    }

    /// Whose approval would count beside those that are there: one identity a person, as the policy in force spells it.
    pub fn awaited(&self, approval: &Approval) -> Vec<&Principal> {
        let mut demands = self.demands().map(able);
        let (mut seen, mut entitled) = (BTreeSet::new(), demands.next().unwrap_or_default());
        for others in demands {
            entitled.retain(|p| others.iter().any(|other| other.overlaps(p)));
        }
        entitled.retain(|p| !self.entitlement(approval, p).own && !self.has_approved(approval, p));
        entitled.retain(|p| seen.insert(self.person(self.current, p)));
        entitled
    }
}

/// Whom a demand lets approve.
fn able<'p>(Demand { policy, fields, .. }: Demand<'p>) -> Vec<&'p Principal> {
    fields.into_iter().flat_map(|fields| &fields.approvers).chain(&policy.super_approvers).collect()
}
