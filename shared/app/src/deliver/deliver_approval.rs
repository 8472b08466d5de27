//! An approval reaches people: each of its cards is posted once, then updated at every change.
//!
//! An event is a nudge: the approval is read again, and cards show the approval as it was read. When an approval ends, its cards are
//! updated immediately, without the lease; if another writer took the lease meanwhile, the card is updated once more under that lease.

use crate::deliver::give_up::nobody_reached;
use crate::deliver::look_again::{next_minute, set_timer_at};
use crate::deliver::targets::{ATTEMPT, Plan, Target};
use crate::deliver::writer::CardWriter;
use crate::{Couriers, Failure, Gate, Keyed, noted};
use domain::delivery::Delivery;
use domain::delivery::targets::{Deliveries, Left, Targets};
use domain::delivery::writer::Why;
use domain::{Approval, ApprovalId, Workspace};
use futures::future::join_all;
use store::deliveries::DeliveryOf;
use vendors::slack::Client;

/// Whether there may be a card already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PostedBefore {
    /// The approval is new: nobody has posted it, or somebody does just now.
    No,
    /// There may be. The version that is known to exist, where one is.
    Perhaps(Option<u64>),
}

/// An approval and its deliveries, as they were read.
#[derive(Debug)]
pub struct Found {
    /// The approval.
    pub approval: Approval,
    deliveries: Deliveries,
    /// Of several events about an ended approval, only the consumer of the last one updates the card without the lease. A timer is no
    /// event: it may fall due while that consumer is at work.
    newest: bool,
}

impl Found {
    /// Whether this message, which is sent once, was sent or given up.
    pub fn is_told(&self, outgoing: &str) -> bool {
        self.deliveries.get(outgoing).is_some_and(|d| d.is_out() || d.refused)
    }
}

/// Reads the approval of an event.
pub async fn find_approval(
    gate: &Gate,
    workspace: &Workspace,
    id: &ApprovalId,
    posted: PostedBefore,
) -> Result<Option<Found>, Failure> {
    let version = match posted {
        PostedBefore::No => Some(1),
        PostedBefore::Perhaps(version) => version,
    };
    let found = gate.store.get_approval_with_deliveries_since(workspace, id, version).await?;
    let Some((approval, read)) = found else { return Ok(None) };
    noted::approval(&approval);
    Ok(Some(Found {
        newest: version.is_some_and(|version| version >= approval.version),
        deliveries: read.into_iter().map(|d| (d.connector.clone(), d)).collect(),
        approval,
    }))
}

/// Posts and updates the cards of an approval.
///
/// A vendor's refusal is stored, and tried again later if that can help.
pub async fn deliver_approval(gate: &Keyed, couriers: &Couriers, found: &Found) -> Result<(), Failure> {
    let (approval, mut deliveries) = (&found.approval, found.deliveries.clone());
    if approval.is_let_through() {
        return Ok(());
    }
    let plan = couriers.plan(approval, deliveries.values()).await?;
    if bring_up(gate, couriers, found, &plan, &mut deliveries).await? != Left::Nobody {
        return Ok(());
    }
    // The policy and the connectors may be stale, so both are read again before the approval counts as one that reached nobody.
    let plan = couriers.fresh_plan(approval, deliveries.values()).await?;
    match bring_up(gate, couriers, found, &plan, &mut deliveries).await? {
        Left::Nobody => nobody_reached(gate, approval, &plan, &deliveries).await,
        _ => Ok(()),
    }
}

/// Posts and updates the cards of a plan; returns what is left to do.
async fn bring_up(
    gate: &Keyed,
    couriers: &Couriers,
    found: &Found,
    plan: &Plan,
    deliveries: &mut Deliveries,
) -> Result<Left, Failure> {
    let approval = &found.approval;
    let left_behind = couriers.left_behind(approval, plan, deliveries.values()).await?;
    let targets = targets(plan, &left_behind);
    let shown = Showing { gate, found, plan, left_behind: &left_behind };
    shown.at(targets.to_update(deliveries, approval.status.is_open()), deliveries).await?;
    if !approval.status_at(gate.clock.now()).is_open() {
        return Ok(Left::Nothing);
    }
    let to_post = targets.to_post(deliveries, gate.clock.now());
    for id in to_post.in_order {
        if targets.is_due(id, deliveries) {
            shown.at(vec![id], deliveries).await?;
        }
    }
    shown.at(to_post.each, deliveries).await?;
    let now = gate.clock.now();
    let left = targets.left(deliveries, !plan.missing.is_empty(), (now, next_minute(now)));
    if let Left::LookAgain(at) = left {
        // Every process that looks in between stores the same timer, because its time was set when the delivery failed.
        set_timer_at(gate, &approval.workspace, &approval.id, at).await?;
    }
    Ok(left)
}

/// The targets of a plan, by the ids of their deliveries.
fn targets<'a>(plan: &'a Plan, left_behind: &'a [Target]) -> Targets<'a> {
    let ids = |targets: &'a [Target]| targets.iter().map(|target| target.id.as_str()).collect();
    let (named, escalated) = (ids(&plan.targets), ids(&plan.escalated));
    Targets { mode: plan.mode, named, escalated, left_behind: ids(left_behind) }
}

/// An approval with all its targets.
struct Showing<'a> {
    gate: &'a Keyed,
    found: &'a Found,
    plan: &'a Plan,
    left_behind: &'a [Target],
}

impl Showing<'_> {
    /// Writes the cards of these targets at the same time, so that none waits for another, and keeps the resulting deliveries.
    async fn at(&self, targets: Vec<&str>, deliveries: &mut Deliveries) -> Result<(), Failure> {
        let all = self.plan.targets.iter().chain(&self.plan.escalated).chain(self.left_behind);
        let mut shows = Vec::new();
        for target in all.filter(|target| targets.contains(&target.id.as_str())) {
            shows.push(self.show(target, deliveries.get(&target.id)));
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

    /// Writes the card of one target; returns its delivery, if there is one.
    async fn show(&self, target: &Target, delivery: Option<&Delivery>) -> Result<Option<Delivery>, Failure> {
        let approval = &self.found.approval;
        let of = DeliveryOf { workspace: &approval.workspace, id: &approval.id, connector: &target.id };
        let card = CardWriter { gate: self.gate, plan: self.plan, target, of, within: None };
        card.write(Why::Change { newest: self.found.newest }, approval.clone(), delivery.cloned()).await
    }
}

/// Stores the address of a card that a person clicked and that the store does not know, because the answer to its post was lost.
pub async fn learn_card(gate: &Gate, of: DeliveryOf<'_>, channel: &str, ts: &str) -> Result<(), Failure> {
    Ok(gate.store.teach_delivery(of, channel, ts).await?)
}

impl Couriers {
    /// A client of the deployment's Slack app; none without a bot token.
    pub fn slack_client(&self) -> Option<Client> {
        let slack = self.slack.as_ref()?;
        let token = slack.bot_token.as_ref()?;
        Some(Client::new(&self.http, &slack.api_url, token, ATTEMPT))
    }
}
