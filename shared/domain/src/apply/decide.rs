//! Decisions of people: acknowledge, approve, edit and approve, deny. Authority first, then state, then what was seen.

use super::change::Change;
use super::personas::{adopt, must_have_acknowledged};
use crate::apply::authority::{Entitlement, Law};
use crate::apply::command::{Decision, Edit};
use crate::approval::history::{Entry, Event};
use crate::approval::{Ack, Executes, Execution, ReasonCode, Status, Vote};
use crate::{Principal, Refusal};

pub(super) fn acknowledge(change: &mut Change, decision: &Decision<'_>, personas: &[String]) -> Result<(), Refusal> {
    let entitlement = must_be_other(change, decision, "acknowledge")?;
    // A checkbox that somebody else has checked comes along with one's own.
    let counts = |a: &Ack| decision.law.entitlement(&change.next, &a.by).may_acknowledge(&a.persona);
    let acked = |p: &String| change.next.acks.iter().any(|a| a.persona == *p && counts(a));
    let new: Vec<String> = personas.iter().filter(|p| !acked(p)).cloned().collect();
    let foreign = new.iter().find(|p| !entitlement.personas.contains(p));
    if foreign.is_some() || entitlement.personas.is_empty() {
        let name = foreign.map_or("any persona", String::as_str);
        return Err(Refusal::NotAuthorized(format!("the policy does not let you acknowledge as {name}")));
    }
    change.must_be_open()?;
    must_have_seen(change, decision)?;
    if new.is_empty() {
        return Ok(());
    }
    adopt(change, &decision.law)?;
    drop_what_the_removed_gave(change, &decision.law);
    let guest = decision.law.is_guest(&decision.by);
    let ack = |persona: &String| Ack { persona: persona.clone(), by: decision.by.clone(), at: change.now, guest };
    let acks: Vec<Ack> = new.iter().map(ack).collect();
    change.next.acks.extend(acks);
    change.record(Entry::new(Event::PersonaAcked, change.now, Some(&decision.by), Some(new.join(", "))));
    settle(change, decision, None);
    Ok(())
}

pub(super) fn approve(change: &mut Change, decision: &Decision<'_>, edit: Option<Edit>) -> Result<(), Refusal> {
    let entitlement = must_be_other(change, decision, "approve")?;
    // Whether Jane may approve, 4 of 4: only if both policies name her.
    if !entitlement.approver {
        return Err(Refusal::NotAuthorized("the policy does not name you as an approver of this action".into()));
    }
    if is_repeat(change, decision, edit.as_ref()) {
        return settle_if_full(change, decision);
    }
    change.must_be_open()?;
    decision.law.rulings.not_denied()?;
    must_have_seen(change, decision)?;
    adopt(change, &decision.law)?;
    drop_what_the_removed_gave(change, &decision.law);
    must_have_acknowledged(change, &decision.law)?;
    if let Some(edit) = edit {
        replace_parameters(change, &decision.by, edit);
    }
    let guest = decision.law.is_guest(&decision.by);
    change.next.votes.push(Vote { by: decision.by.clone(), at: change.now, guest });
    settle(change, decision, Some(&decision.by));
    Ok(())
}

pub(super) fn deny(change: &mut Change, decision: &Decision<'_>) -> Result<(), Refusal> {
    let entitlement = decision.law.entitlement(&change.next, &decision.by);
    if !entitlement.may_deny() {
        return Err(Refusal::NotAuthorized(
            "the policy does not name you as an approver or persona of this action".into(),
        ));
    }
    if change.next.status == Status::Denied && decided_by(change, &decision.law, &decision.by) {
        return Ok(());
    }
    change.must_be_open()?;
    must_have_seen(change, decision)?;
    change.next.status = Status::Denied;
    change.next.reason_code = Some(ReasonCode::DeniedByHuman);
    change.next.reason = decision.comment.clone();
    change.next.decided_at = Some(change.now);
    change.record(Entry::new(Event::Denied, change.now, Some(&decision.by), decision.comment.clone()));
    Ok(())
}

/// Nobody approves their own request. An entitled person may still deny it.
///
/// # Errors
/// `NotAuthorized` if the actor is the requester, or acts for the requester.
fn must_be_other(change: &Change, decision: &Decision<'_>, verb: &str) -> Result<Entitlement, Refusal> {
    let entitlement = decision.law.entitlement(&change.next, &decision.by);
    // Whether Jane may approve, 3 of 4: not if the request is her own.
    if entitlement.own {
        return Err(Refusal::own(verb, entitlement.may_deny()));
    }
    Ok(entitlement)
}

/// # Errors
/// `Changed` if the digest of the decision is not the approval's digest.
fn must_have_seen(change: &Change, decision: &Decision<'_>) -> Result<(), Refusal> {
    match &decision.seen {
        Some(seen) if *seen != change.next.digest => Err(Refusal::Changed),
        _ => Ok(()),
    }
}

/// Whether the same person already approved this very thing.
fn is_repeat(change: &Change, decision: &Decision<'_>, edit: Option<&Edit>) -> bool {
    let now = change.next.status_at(change.now);
    let stands = now.is_open() || now == Status::Approved;
    let same_thing = edit.map_or(decision.seen.as_ref(), |e| Some(&e.digest)).is_none_or(|d| *d == change.next.digest);
    stands && same_thing && decision.law.has_approved(&change.next, &decision.by)
}

fn decided_by(change: &Change, law: &Law<'_>, who: &Principal) -> bool {
    let last = change.next.history.iter().rev().find(|e| e.event == Event::Denied);
    last.and_then(|e| e.by.as_ref()).is_some_and(|by| law.same_person(by, who))
}

/// An edit is a new text: people who approved or acknowledged the old one must do so again.
fn replace_parameters(change: &mut Change, by: &Principal, edit: Edit) {
    if edit.digest == change.next.digest {
        return;
    }
    change.next.votes.clear();
    change.next.acks.clear();
    let back = edit.digest == *change.next.first_digest();
    change.next.asked = change.next.asked_beside(&edit.view, back);
    change.next.params = edit.view;
    change.next.sealed = edit.sealed;
    change.next.title = edit.title;
    change.keep_first_digest();
    change.next.digest = edit.digest.clone();
    let mut entry = Entry::new(Event::Edited, change.now, Some(by), Some(edit.keys.join(", ")));
    entry.digest = Some(edit.digest);
    change.record(entry);
}

/// Removes votes and acknowledgements of people whom the policies no longer entitle to give them, so that none is shown that does not
/// count.
fn drop_what_the_removed_gave(change: &mut Change, law: &Law<'_>) {
    let votes = |vote: &&Vote| law.counts(&change.next, &vote.by);
    let acks = |ack: &&Ack| law.entitlement(&change.next, &ack.by).may_acknowledge(&ack.persona);
    let (votes, acks): (Vec<Vote>, Vec<Ack>) = (
        change.next.votes.iter().filter(votes).cloned().collect(),
        change.next.acks.iter().filter(acks).cloned().collect(),
    );
    (change.next.votes, change.next.acks) = (votes, acks);
}

/// A repeated approval adds no vote. It settles the approval if the votes that are there are enough now, which happens when the policy
/// names a removed approver again.
///
/// Local invariant: this function approves or changes nothing, and it counts only the votes and acknowledgements that `settle`
/// keeps.
///
/// # Errors
/// None: it is open where anything is changed.
fn settle_if_full(change: &mut Change, decision: &Decision<'_>) -> Result<(), Refusal> {
    let law = &decision.law;
    let counts = |a: &Ack| law.entitlement(&change.next, &a.by).may_acknowledge(&a.persona);
    let acked = |p: &String| change.next.acks.iter().any(|a| a.persona == *p && counts(a));
    let ready = law.personas(&change.next).iter().all(acked);
    let open = change.next.status_at(change.now).is_open();
    if open && ready && is_full(change, law) {
        adopt(change, law)?;
        settle(change, decision, None);
    }
    Ok(())
}

/// Whether enough have approved, and the policies still let it be approved.
fn is_full(change: &Change, law: &Law<'_>) -> bool {
    law.approvals(&change.next) >= law.quorum(&change.next) && law.rulings.not_denied().is_ok()
}

/// Sets the status that the votes and acknowledgements add up to. The last vote needed is one history entry, `approved`, and no entry of
/// its own.
fn settle(change: &mut Change, decision: &Decision<'_>, voter: Option<&Principal>) {
    drop_what_the_removed_gave(change, &decision.law);
    let ready = change.next.missing_personas().is_empty();
    let quorum = decision.law.quorum(&change.next);
    if quorum > change.next.required {
        change.raise_quorum(quorum);
    }
    let full = is_full(change, &decision.law);
    change.next.status = match (ready, full) {
        (false, _) => Status::AwaitingPersonas,
        (true, false) => Status::ReadyForApproval,
        (true, true) => Status::Approved,
    };
    if change.next.status == Status::Approved {
        change.next.decided_at = Some(change.now);
        change.next.reason = decision.comment.clone();
        if change.next.executes == Executes::Gate {
            change.next.execution = Some(Execution::pending());
        }
        change.record(Entry::new(Event::Approved, change.now, Some(&decision.by), decision.comment.clone()));
    } else if voter.is_some() {
        change.record(Entry::new(Event::VoteCast, change.now, voter, decision.comment.clone()));
    }
}
