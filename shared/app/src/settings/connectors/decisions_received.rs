//! Decisions that came through a connector, as its activity shows them. They are told from the approval's history, so nothing more is
//! written for them: a Slack or Jira identity is believed only of what that very connector's secret has verified.

use crate::gate::delivery_names::{SLACK, base};
use domain::approval::history::{Entry, Event};
use domain::connector::Kind;
use domain::{Approval, principal};
use std::collections::BTreeMap;
use store::deliveries::{Attempt, Delivery};

/// A connector's name and kind, by its id.
pub(crate) type Known<'a> = BTreeMap<&'a str, (&'a str, Kind)>;

const RECEIVED: &str = "decision_received";

/// The deliveries with the decisions that came through each. Where two connectors may have brought one, nobody knows which did.
pub(crate) fn with_decisions(approval: &Approval, mut deliveries: Vec<Delivery>, known: &Known<'_>) -> Vec<Delivery> {
    for entry in &approval.history {
        let Some(attempt) = received(entry) else { continue };
        let mut through = deliveries.iter_mut().filter(|delivery| may_have_brought(approval, delivery, entry, known));
        let Some(first) = through.next() else { continue };
        if through.all(|other| base(&other.connector) == base(&first.connector)) {
            insert(first, attempt);
        }
    }
    deliveries
}

fn received(entry: &Entry) -> Option<Attempt> {
    let word = match entry.event {
        Event::Approved | Event::VoteCast => "approved",
        Event::Denied => "denied",
        _ => return None,
    };
    let message = Some(format!("{} {word}", entry.by.as_ref()?));
    Some(Attempt { event: RECEIVED.to_owned(), at: entry.at, duration_ms: 0, status_code: None, message })
}

fn may_have_brought(approval: &Approval, delivery: &Delivery, entry: &Entry, known: &Known<'_>) -> bool {
    let id = base(&delivery.connector);
    let kind = if id == SLACK { Some(Kind::Slack) } else { known.get(id).map(|(_, kind)| *kind) };
    let by = entry.by.as_ref().filter(|_| delivery.ts.is_some());
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
fn insert(delivery: &mut Delivery, attempt: Attempt) {
    let before = |a: &Attempt| a.at < attempt.at || (a.at == attempt.at && a.event.starts_with("dispatch"));
    let place = delivery.log.iter().rposition(before).map_or(0, |i| i + 1);
    delivery.log.insert(place, attempt);
}
