//! Who clicked: a member of the very team, through the very app, that the approval's card was posted by.

use crate::signed::Signed;
use crate::{learn, subject};
use app::deliver_approval::ESCALATION;
use app::slack_apps::SlackApp;
use app::{Failure, Gate};
use connectors::slack::interaction::Interaction;
use connectors::slack::subject::Subject;
use domain::{Principal, Workspace};
use store::deliveries::{Delivery, DeliveryOf};

/// A person whom a verified interaction names, in the workspace of what verified it.
pub(crate) struct Person {
    pub(crate) workspace: Workspace,
    pub(crate) principal: Principal,
    /// The delivery that the card belongs to.
    pub(crate) connector: String,
    pub(crate) card: Card,
}

impl Person {
    /// The delivery that the card belongs to.
    pub(crate) fn delivery<'a>(&'a self, subject: &'a Subject) -> DeliveryOf<'a> {
        DeliveryOf { workspace: &self.workspace, id: &subject.id, connector: &self.connector }
    }
}

/// The card that was clicked.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Card {
    /// The one that is known.
    Known,
    /// The one that was posted and never written down; now it is.
    Learned,
    /// Another one than is known.
    Stray,
}

/// The person, once approval, team and app are known to belong together. Whether they may decide is the domain's to say.
pub(crate) async fn known(gate: &Gate, interaction: &Interaction, signed: &Signed) -> Result<Person, Failure> {
    let subject = subject(&interaction.acts);
    let (approval, deliveries) = signed.found.as_ref().ok_or(Failure::NotFound("there is no such approval"))?;
    let escalated_to =
        if approval.escalated { gate.escalation_of(approval).await?.and_then(|e| e.channel) } else { None };
    let posted: Vec<&Delivery> = deliveries.iter().filter(|d| signed.app.posted(d)).collect();
    let delivery = clicked(&posted, interaction, escalated_to.as_deref())
        .ok_or(Failure::NotFound("this approval was never posted to Slack"))?;
    must_belong(&signed.app, delivery, interaction).await?;
    let card = match (&delivery.ts, &interaction.message_ts) {
        (None, Some(_)) => Card::Learned,
        (Some(known), Some(clicked)) if known != clicked => Card::Stray,
        _ => Card::Known,
    };
    let principal = Principal::slack(&interaction.user_team, &interaction.user);
    let workspace = approval.workspace.clone();
    let person = Person { workspace, principal, card, connector: delivery.connector.clone() };
    if card == Card::Learned {
        learn(gate, &person, interaction, subject).await?;
    }
    Ok(person)
}

/// The delivery whose card was clicked. A card that nobody knows is the escalation's where it is in that channel and none is known
/// there, else it is of the first posting.
fn clicked<'a>(
    deliveries: &[&'a Delivery],
    interaction: &Interaction,
    escalated_to: Option<&str>,
) -> Option<&'a Delivery> {
    let second = |d: &Delivery| d.connector.ends_with(ESCALATION);
    let same = |d: &Delivery| d.channel == interaction.channel && d.ts == interaction.message_ts;
    let unknown = |d: &Delivery| second(d) && d.ts.is_none() && interaction.channel.as_deref() == escalated_to;
    let known = deliveries.iter().find(|d| same(d)).or_else(|| deliveries.iter().find(|d| unknown(d)));
    known.or_else(|| deliveries.iter().find(|d| !second(d))).copied()
}

async fn must_belong(app: &SlackApp, delivery: &Delivery, interaction: &Interaction) -> Result<(), Failure> {
    let team = match &delivery.team {
        Some(team) => team.clone(),
        None => app.team().await?,
    };
    let same_app = delivery.app.as_ref().is_none_or(|app| *app == interaction.app);
    if interaction.team != team || !same_app {
        return Err(Failure::Forbidden("this card belongs to another Slack workspace or app".into()));
    }
    if interaction.user_team != team {
        // Slack Connect brings users of other companies into a channel.
        return Err(Failure::Forbidden("only members of the workspace that was asked may answer".into()));
    }
    Ok(())
}
