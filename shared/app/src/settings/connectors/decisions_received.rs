//! Decisions that came through a connector, as its activity shows them. They are read from the approval's history, so nothing more is
//! stored for them. That is possible because a Slack or Jira identity in the history was always verified with that connector's secret.

use domain::approval::history::{Entry, Event};
use domain::connector::Kind;
use domain::delivery::surface::{SLACK, base};
use domain::delivery::{self, Delivery, What};
use domain::{Approval, principal};
use std::collections::BTreeMap;

/// A connector's name and kind, by its id.
pub(crate) type ConnectorsById<'a> = BTreeMap<&'a str, (&'a str, Kind)>;

/// The deliveries with the decisions that came through each. Where two connectors may have brought one, nobody knows which did.
pub(crate) fn with_decisions(
    approval: &Approval,
    mut deliveries: Vec<Delivery>,
    known: &ConnectorsById<'_>,
) -> Vec<Delivery> {
    for entry in &approval.history {
        let Some(decision) = received(entry) else { continue };
        let mut through = deliveries.iter_mut().filter(|delivery| may_have_brought(approval, delivery, entry, known));
        let Some(first) = through.next() else { continue };
        if through.all(|other| base(&other.connector) == base(&first.connector)) {
            insert(first, decision);
        }
    }
    deliveries
}

fn received(entry: &Entry) -> Option<delivery::Entry> {
    let word = match entry.event {
        Event::Approved | Event::VoteCast => "approved",
        Event::Denied => "denied",
        _ => return None,
    };
    Some(delivery::Entry::of(What::DecisionReceived, entry.at, &format!("{} {word}", entry.by.as_ref()?)))
}

fn may_have_brought(approval: &Approval, delivery: &Delivery, entry: &Entry, known: &ConnectorsById<'_>) -> bool {
    let id = base(&delivery.connector);
    let kind = if id == SLACK { Some(Kind::Slack) } else { known.get(id).map(|(_, kind)| *kind) };
    let by = entry.by.as_ref().filter(|_| delivery.is_out());
    match by.map(|by| (by.kind(), by.team())) {
        Some((principal::Kind::Slack, team)) => {
            let guest = approval.votes.iter().any(|vote| vote.guest && Some(&vote.by) == entry.by.as_ref());
            kind == Some(Kind::Slack) && (guest || delivery.team.as_deref().is_none_or(|of| Some(of) == team))
        }
        Some((principal::Kind::Jira, _)) => kind == Some(Kind::Jira),
        _ => false,
    }
}

/// After what was posted before it, in the same millisecond too.
fn insert(delivery: &mut Delivery, decision: delivery::Entry) {
    let dispatched = |what| matches!(what, What::DispatchSucceeded | What::DispatchFailed | What::DispatchSkipped);
    let before = |e: &delivery::Entry| e.at < decision.at || (e.at == decision.at && dispatched(e.event));
    let place = delivery.log.iter().rposition(before).map_or(0, |i| i + 1);
    delivery.log.insert(place, decision);
}
