//! At which places an approval is shown: who is updated, who is posted to, in which order, and what is left to do then. Pure: the places
//! themselves, by policy and connectors, and their deliveries are passed in.

use super::Delivery;
use super::surface::ESCALATION;
use crate::Timestamp;
use crate::connector::Mode;
use std::collections::BTreeMap;

/// The deliveries of one approval, by their ids.
pub type Deliveries = BTreeMap<String, Delivery>;

/// The places that an approval is to be shown at, by the ids of their deliveries.
#[derive(Clone, Debug, Default)]
pub struct Targets<'a> {
    /// Whether one after the other is tried, or all.
    pub mode: Mode,
    /// Those that carry it, in order.
    pub named: Vec<&'a str>,
    /// Those of the escalation, each on its own.
    pub escalated: Vec<&'a str>,
    /// Those that nobody would post to any more, though a card is out there.
    pub left_behind: Vec<&'a str>,
}

/// Who is posted to now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ToPost<'a> {
    /// One after the other, until people see the approval.
    pub in_order: Vec<&'a str>,
    /// All of them.
    pub each: Vec<&'a str>,
}

/// What is left to do once everybody who could be tried was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// Somebody sees the approval, or will.
    Nothing,
    /// The approval is looked at again then.
    LookAgain(Timestamp),
    /// Nobody could be reached, and nobody is left to be tried.
    Nobody,
}

impl<'a> Targets<'a> {
    /// Every connector that has a card, or must still show that the approval ended.
    pub fn to_update(&self, deliveries: &Deliveries, is_open: bool) -> Vec<&'a str> {
        let is_out = |id: &&str| deliveries.get(*id).is_some_and(Delivery::is_out);
        let all = self.named.iter().chain(&self.escalated).chain(&self.left_behind).copied();
        all.filter(|id| !is_open || is_out(id)).collect()
    }

    /// Of the places that come one after the other, those of the earliest round; of all others each that shows nothing yet. A place that
    /// is to be left alone for now holds up no other.
    pub fn to_post(&self, deliveries: &Deliveries, now: Timestamp) -> ToPost<'a> {
        let failures = |id: &str| deliveries.get(id).map_or(0, |d| d.failures);
        let rests = |delivery: &Delivery| delivery.not_before.is_some_and(|until| now < until);
        let comes = |id: &&&str| may_be_tried(deliveries, id) && !deliveries.get(**id).is_some_and(rests);
        let one_by_one = self.mode == Mode::FirstSuccess;
        let round = self.named.iter().filter(comes).map(|id| failures(id)).min();
        let carried = one_by_one && self.is_carried(deliveries);
        let in_turn = |id: &str| !carried && (!one_by_one || Some(failures(id)) == round);
        let named = self.named.iter().filter(comes).filter(|id| in_turn(id) || is_replayed(deliveries, id));
        let escalated = self.escalated.iter().filter(comes).copied();
        match one_by_one {
            true => ToPost { in_order: named.copied().collect(), each: escalated.collect() },
            false => ToPost { in_order: Vec::new(), each: named.copied().chain(escalated).collect() },
        }
    }

    /// Whether the next in order is still to be tried, once others were.
    pub fn is_due(&self, id: &str, deliveries: &Deliveries) -> bool {
        !self.is_carried(deliveries) || is_replayed(deliveries, id)
    }

    /// What is left to do. A name that stands for no connector that is enabled is `missing`. What has no moment of its own is looked at
    /// again `later`.
    pub fn left(&self, deliveries: &Deliveries, missing: bool, (now, later): (Timestamp, Timestamp)) -> Left {
        let carried = self.mode == Mode::FirstSuccess && self.is_carried(deliveries);
        let open = |id: &&&str| may_be_tried(deliveries, id);
        let named = self.named.iter().filter(open).filter(|id| !carried || is_replayed(deliveries, id));
        let open: Vec<&str> = named.chain(self.escalated.iter().filter(open)).copied().collect();
        // A moment that has come while others were tried is now.
        let moment = |d: &Delivery| d.not_before.map_or(later, |at| at.max(now));
        match open.iter().filter_map(|id| deliveries.get(*id)).map(moment).min() {
            Some(at) => Left::LookAgain(at),
            // Somebody sees it, or will: an escalation's card is no less to be seen than another.
            None if !open.is_empty() || deliveries.values().any(Delivery::is_out) => Left::Nothing,
            // Without a connector, the inbox is where requests wait.
            None if self.named.is_empty() && self.escalated.is_empty() && !missing => Left::Nothing,
            None => Left::Nobody,
        }
    }

    /// Whether people see it, be it through a connector that was disabled since. A card of an escalation alone is a further one.
    fn is_carried(&self, deliveries: &Deliveries) -> bool {
        let further =
            |d: &Delivery| d.connector.ends_with(ESCALATION) || self.escalated.contains(&d.connector.as_str());
        deliveries.values().any(|d| d.is_out() && !further(d))
    }
}

/// Whether a delivery was neither shown nor given up.
fn may_be_tried(deliveries: &Deliveries, id: &str) -> bool {
    deliveries.get(id).is_none_or(|d| !d.is_out() && !d.is_given_up())
}

/// Whether an admin replayed this delivery: it is tried even where another connector carries the approval.
fn is_replayed(deliveries: &Deliveries, id: &str) -> bool {
    deliveries.get(id).is_some_and(|d| d.replayed)
}
