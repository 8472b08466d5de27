//! Who clicked: a member of the very team, through the very app, that the approval's card was posted by.

use super::apps::SlackApp;
use super::signed::Signed;
use crate::decide::decide_approval::may_do;
use crate::deliver::deliver_approval::learn_card;
use crate::{Actor, Failure, Keyed};
use domain::delivery::Delivery;
use domain::delivery::surface::ESCALATION;
use domain::{Approval, Principal, Workspace};
use store::deliveries::DeliveryOf;
use vendors::slack::interaction::Interaction;
use vendors::slack::subject::Subject;

/// The reason if the app is installed for a whole organisation: then a click does not name the workspace that the app belongs to.
const ORG_WIDE: &str = "the Slack app is installed for your whole organisation, and it must be installed in this one workspace: ask the people who run Countersign to install it from the workspace itself";

/// A person whom a verified interaction names, in the workspace of what verified it.
pub(super) struct Person {
    pub(super) workspace: Workspace,
    principal: Principal,
    /// A member of another team than the one they clicked in.
    guest: bool,
    /// The delivery that the card belongs to.
    pub(super) connector: String,
    pub(super) card: ClickedCard,
}

impl Person {
    /// As whom they act.
    pub(super) fn actor(&self) -> Actor<'_> {
        Actor { who: &self.principal, guest: self.guest }
    }

    /// The delivery that the card belongs to.
    pub(super) fn delivery<'a>(&'a self, subject: &'a Subject) -> DeliveryOf<'a> {
        DeliveryOf { workspace: &self.workspace, id: &subject.id, connector: &self.connector }
    }
}

/// The card that was clicked.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum ClickedCard {
    /// The one that is known.
    Known,
    /// The card whose address was not stored; it is stored now.
    Learned,
    /// Another one than is known.
    Stray,
}

/// The person, once approval, team and app are known to belong together. Whether they may decide is the domain's to say.
pub(super) async fn known(gate: &Keyed, interaction: &Interaction, signed: &Signed) -> Result<Person, Failure> {
    let clicked_in = interaction.team.as_ref().ok_or_else(|| Failure::Forbidden(ORG_WIDE.into()))?;
    let subject = interaction.acts.subject();
    let (approval, deliveries) = signed.found.as_ref().ok_or(Failure::NotFound("there is no such approval"))?;
    let escalated_to =
        if approval.escalated { gate.escalation_of(approval).await?.and_then(|e| e.channel) } else { None };
    let posted: Vec<&Delivery> = deliveries.iter().filter(|d| signed.app.posted(d)).collect();
    let delivery = clicked(&posted, interaction, escalated_to.as_deref())
        .ok_or(Failure::NotFound("this approval was never posted to Slack"))?;
    must_belong(&signed.app, delivery, interaction, clicked_in).await?;
    let card = match (&delivery.ts, &interaction.message_ts) {
        (None, Some(_)) => ClickedCard::Learned,
        (Some(known), Some(clicked)) if known != clicked => ClickedCard::Stray,
        _ => ClickedCard::Known,
    };
    let person = Person {
        workspace: approval.workspace.clone(),
        principal: Principal::slack(&interaction.user_team, &interaction.user),
        guest: interaction.user_team != *clicked_in,
        connector: delivery.connector.clone(),
        card,
    };
    if person.guest {
        must_be_named(gate, approval, &person).await?;
    }
    if card == ClickedCard::Learned {
        learn(gate, &person, interaction, subject).await?;
    }
    Ok(person)
}

/// The delivery whose card was clicked. An unknown card belongs to the escalation if it is in the escalation's channel and no card is
/// stored there; otherwise it belongs to the first post.
fn clicked<'a>(
    deliveries: &[&'a Delivery],
    interaction: &Interaction,
    escalated_to: Option<&str>,
) -> Option<&'a Delivery> {
    let second = |d: &Delivery| d.connector.ends_with(ESCALATION);
    let same = |d: &Delivery| d.channel == interaction.channel && d.ts == interaction.message_ts;
    let unknown = |d: &Delivery| second(d) && !d.is_out() && interaction.channel.as_deref() == escalated_to;
    let known = deliveries.iter().find(|d| same(d)).or_else(|| deliveries.iter().find(|d| unknown(d)));
    known.or_else(|| deliveries.iter().find(|d| !second(d))).copied()
}

/// A member of another team than the one they clicked in is of another company (Slack Connect) or of another workspace of the same
/// organisation (Enterprise Grid): nothing is shown to them or done for them, unless the policy names them with that very team.
async fn must_be_named(gate: &Keyed, approval: &Approval, person: &Person) -> Result<(), Failure> {
    if may_do(gate, approval, person.actor()).await?.may_deny() {
        return Ok(());
    }
    let told = format!(
        "only members of the workspace that was asked may answer, and whom the policy names with their team: you are {}",
        person.principal
    );
    Err(Failure::Forbidden(told))
}

async fn must_belong(
    app: &SlackApp,
    delivery: &Delivery,
    interaction: &Interaction,
    clicked_in: &str,
) -> Result<(), Failure> {
    let team = match &delivery.team {
        Some(team) => team.clone(),
        None => app.team().await?,
    };
    let same_app = delivery.app.as_ref().is_none_or(|app| *app == interaction.app);
    if clicked_in != team || !same_app {
        return Err(Failure::Forbidden("this card belongs to another Slack workspace or app".into()));
    }
    Ok(())
}

/// A card that we did not know of: the answer to its posting was lost.
async fn learn(gate: &Keyed, person: &Person, interaction: &Interaction, subject: &Subject) -> Result<(), Failure> {
    let (Some(channel), Some(ts)) = (&interaction.channel, &interaction.message_ts) else { return Ok(()) };
    learn_card(gate, person.delivery(subject), channel, ts).await
}
