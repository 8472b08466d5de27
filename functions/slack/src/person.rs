//! Who clicked: a member of the very team, through the very app, that the approval's card was posted by.

use crate::{learn, subject};
use app::deliver_approval::{SLACK, SLACK_ESCALATION};
use app::{Failure, Gate};
use connectors::slack::interaction::Interaction;
use domain::{Principal, Workspace};
use store::deliveries::Delivery;

/// A person whom a verified interaction names, in the workspace of what verified it.
pub(crate) struct Person {
    pub(crate) workspace: Workspace,
    pub(crate) principal: Principal,
    /// The delivery that the card belongs to.
    pub(crate) connector: String,
    pub(crate) card: Card,
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
pub(crate) async fn known(gate: &Gate, interaction: &Interaction) -> Result<Person, Failure> {
    let subject = subject(&interaction.acts).ok_or(Failure::NotFound("there is no such approval"))?;
    // The deployment's own app serves the default workspace.
    let workspace = Workspace::default_name();
    let found = gate.store.get_approval_with_deliveries(&workspace, &subject.id).await?;
    let (_, deliveries) = found.ok_or(Failure::NotFound("there is no such approval"))?;
    let delivery =
        clicked(deliveries, interaction).ok_or(Failure::NotFound("this approval was never posted to Slack"))?;
    must_belong(gate, &delivery, interaction).await?;
    let card = match (&delivery.ts, &interaction.message_ts) {
        (None, Some(_)) => Card::Learned,
        (Some(known), Some(clicked)) if known != clicked => Card::Stray,
        _ => Card::Known,
    };
    let principal = Principal::slack(&interaction.user_team, &interaction.user);
    let person = Person { workspace, principal, card, connector: delivery.connector };
    if card == Card::Learned {
        learn(gate, &person, interaction, subject).await?;
    }
    Ok(person)
}

/// The delivery whose card was clicked; else the first whose card is not known, else the first.
fn clicked(deliveries: Vec<Delivery>, interaction: &Interaction) -> Option<Delivery> {
    let of_slack = |d: &&Delivery| [SLACK, SLACK_ESCALATION].contains(&d.connector.as_str());
    let all: Vec<&Delivery> = deliveries.iter().filter(of_slack).collect();
    let same = |d: &&&Delivery| d.channel == interaction.channel && d.ts == interaction.message_ts;
    let found = all.iter().find(same).or_else(|| all.iter().find(|d| d.ts.is_none())).or_else(|| all.first());
    found.map(|d| (*d).clone())
}

async fn must_belong(gate: &Gate, delivery: &Delivery, interaction: &Interaction) -> Result<(), Failure> {
    let team = match &delivery.team {
        Some(team) => team.clone(),
        None => gate.slack_team().await?,
    };
    let app = delivery.app.as_ref().is_none_or(|app| *app == interaction.app);
    if interaction.team != team || !app {
        return Err(Failure::Forbidden("this card belongs to another Slack workspace or app".into()));
    }
    if interaction.user_team != team {
        // Slack Connect brings users of other companies into a channel.
        return Err(Failure::Forbidden("only members of the workspace that was asked may answer".into()));
    }
    Ok(())
}
