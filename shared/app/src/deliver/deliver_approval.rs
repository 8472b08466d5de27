//! An approval reaches people: posted once wherever it is to be, then shown as it is at every change.
//!
//! An event is a nudge: what is shown is what is read, and one writer at a time holds the lease of a card, so an older state never
//! replaces a newer one. An ending is shown at once where nobody holds it, and once more under it where somebody took it meanwhile.

use crate::deliver::conclude::{Reached, conclude};
use crate::deliver::rounds::{is_carried, is_replayed, may_be_tried};
use crate::deliver::targets::{ATTEMPT, Plan, Target};
use crate::deliver::writer::Writer;
use crate::{Failure, Gate, noted};
use domain::connector::Mode;
use domain::delivery::Delivery;
use domain::{Approval, ApprovalId, Timestamp, Workspace};
use futures::future::join_all;
use std::collections::BTreeMap;
use store::deliveries::DeliveryOf;
use vendors::slack::Client;

/// Whether there may be a card already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// The approval is new: nobody has posted it, or somebody does just now.
    New,
    /// There may be. The version that is known to exist, where one is.
    Perhaps(Option<u64>),
}

/// An approval that is to be looked at, with its deliveries, as they were read.
#[derive(Debug)]
pub struct Found {
    /// The approval.
    pub approval: Approval,
    deliveries: BTreeMap<String, Delivery>,
    /// Of many events about something that has ended, only the last one's consumer draws without the lease.
    newest: bool,
}

impl Found {
    /// Whether what is told once was told, or given up.
    pub fn is_told(&self, outgoing: &str) -> bool {
        self.deliveries.get(outgoing).is_some_and(|d| d.is_out() || d.refused)
    }
}

/// Reads what an event nudges to look at.
///
/// # Errors
/// The table could not be asked.
pub async fn find_approval(
    gate: &Gate,
    workspace: &Workspace,
    id: &ApprovalId,
    known: Known,
) -> Result<Option<Found>, Failure> {
    let version = match known {
        Known::New => Some(1),
        Known::Perhaps(version) => version,
    };
    let found = gate.store.get_approval_with_deliveries_since(workspace, id, version).await?;
    let Some((approval, read)) = found else { return Ok(None) };
    noted::approval(&approval);
    Ok(Some(Found {
        newest: version.is_none_or(|version| version >= approval.version),
        deliveries: read.into_iter().map(|d| (d.connector.clone(), d)).collect(),
        approval,
    }))
}

/// Brings what people see of an approval up to what it is.
///
/// # Errors
/// The table could not be asked. A vendor's refusal is written down, and tried again later where that can help.
pub async fn deliver_approval(gate: &Gate, found: &Found) -> Result<(), Failure> {
    let (approval, mut deliveries) = (&found.approval, found.deliveries.clone());
    let plan = gate.plan(approval, deliveries.values()).await?;
    if let Reached::Somebody = bring_up(gate, found, plan, &mut deliveries).await? {
        return Ok(());
    }
    // What is known of policy and connectors may be a moment old: that nobody can be reached is concluded from what they are now.
    let plan = gate.fresh_plan(approval, deliveries.values()).await?;
    match bring_up(gate, found, plan, &mut deliveries).await? {
        Reached::Somebody => Ok(()),
        Reached::Nobody(plan) => crate::deliver::give_up::nobody_reached(gate, approval, &plan, &deliveries).await,
    }
}

/// Brings what people see up to what it is, by a plan.
async fn bring_up(
    gate: &Gate,
    found: &Found,
    plan: Plan,
    deliveries: &mut BTreeMap<String, Delivery>,
) -> Result<Reached, Failure> {
    let (approval, plan) = (&found.approval, Plan { newest: found.newest, ..plan });
    let standing = gate.standing(approval, &plan, deliveries.values()).await?;
    let is_shown = |target: &&Target| deliveries.get(&target.id).is_some_and(|d| d.is_out());
    let to_update = |target: &&Target| is_shown(target) || !approval.status.is_open();
    let to_update = plan.targets.iter().chain(&plan.escalated).chain(&standing).filter(to_update).collect();
    show(gate, approval, &plan, to_update, deliveries).await?;
    if !approval.status_at(gate.clock.now()).is_open() {
        return Ok(Reached::Somebody);
    }
    let in_order = |target: &&Target| plan.mode == Mode::FirstSuccess && plan.targets.iter().any(|t| t.id == target.id);
    let to_post = to_post(&plan, deliveries, gate.clock.now());
    let (in_order, each): (Vec<&Target>, Vec<&Target>) = to_post.into_iter().partition(in_order);
    for target in in_order {
        if !is_carried(&plan, deliveries) || is_replayed(deliveries, target) {
            show(gate, approval, &plan, vec![target], deliveries).await?;
        }
    }
    show(gate, approval, &plan, each, deliveries).await?;
    conclude(gate, approval, plan, deliveries).await
}

/// Shows an approval at these places at once, so that none waits for another, and remembers what came of it.
async fn show(
    gate: &Gate,
    approval: &Approval,
    plan: &Plan,
    targets: Vec<&Target>,
    deliveries: &mut BTreeMap<String, Delivery>,
) -> Result<(), Failure> {
    let mut shows = Vec::new();
    for target in targets {
        shows.push(show_at(gate, approval, plan, target, deliveries.get(&target.id)));
    }
    let mut failed = Ok(());
    for shown in join_all(shows).await {
        match shown {
            Ok(delivery) => deliveries.extend(delivery.map(|delivery| (delivery.connector.clone(), delivery))),
            Err(why) => failed = Err(why),
        }
    }
    failed
}

/// Shows an approval at one place; the delivery as it is then, where it may have changed.
async fn show_at(
    gate: &Gate,
    approval: &Approval,
    plan: &Plan,
    target: &Target,
    delivery: Option<&Delivery>,
) -> Result<Option<Delivery>, Failure> {
    let of = DeliveryOf { workspace: &approval.workspace, id: &approval.id, connector: &target.id };
    let writer = Writer { gate, plan, target, of, within: None };
    let look = writer.look(approval, delivery, plan.newest).await?;
    writer.bring_up(look, approval, delivery).await
}

/// Who is to be tried now, in order: of those that come one after the other, those of the earliest round; of all others each that
/// nobody has shown. Who is to be left alone for now holds up nobody else.
fn to_post<'a>(plan: &'a Plan, deliveries: &BTreeMap<String, Delivery>, now: Timestamp) -> Vec<&'a Target> {
    let failures = |target: &Target| deliveries.get(&target.id).map_or(0, |d| d.failures);
    let rests = |delivery: &Delivery| delivery.not_before.is_some_and(|until| now < until);
    let waits = |target: &&Target| {
        let delivery = deliveries.get(&target.id);
        may_be_tried(delivery) && !delivery.is_some_and(rests)
    };
    let round = plan.targets.iter().filter(waits).map(failures).min();
    let one_by_one = plan.mode == Mode::FirstSuccess;
    let carried = one_by_one && is_carried(plan, deliveries);
    let in_turn = |t: &&Target| !carried && (!one_by_one || Some(failures(t)) == round);
    let of_plan = plan.targets.iter().filter(waits).filter(|t| in_turn(t) || is_replayed(deliveries, t));
    of_plan.chain(plan.escalated.iter().filter(waits)).collect()
}

/// A click on a card that we did not know of, since the answer to its posting was lost, teaches its address.
///
/// # Errors
/// The table could not be asked.
pub async fn learn_card(gate: &Gate, of: DeliveryOf<'_>, channel: &str, ts: &str) -> Result<(), Failure> {
    Ok(gate.store.teach_delivery(of, channel, ts).await?)
}

impl Gate {
    /// A client of the deployment's Slack app; none without a bot token.
    pub fn slack_client(&self) -> Option<Client> {
        let slack = self.slack.as_ref()?;
        let token = slack.bot_token.as_ref()?;
        Some(Client::new(&self.http, &slack.api_url, token, ATTEMPT))
    }
}
