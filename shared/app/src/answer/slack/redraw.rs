//! Updates the card that was clicked, where the card may show an older state.

use super::click::Click;
use super::person::{ClickedCard, Person};
use crate::deliver::look_again::deliver_later;
use crate::deliver::show_again::draw_anew;
use crate::{Couriers, Failure, Gate, Keyed};
use domain::{ApprovalId, Workspace};
use std::time::Duration;
use vendors::slack::{CardOptions, Client, Subject, card};

/// How long a call that draws a card anew may take before that is left to the sweep: Slack wants its answer within three seconds.
const REDRAWING: Duration = Duration::from_millis(800);

/// Draws the clicked card anew where it may show what is no more: one that was stale, and one that nobody knew of, which shows
/// what it showed when it was posted.
pub(super) async fn redraw(gate: &Keyed, couriers: &Couriers, click: &Click, person: &Person, stale: bool) {
    let interaction = &click.interaction;
    let subject = interaction.acts.subject();
    let drawn = match (person.card, &interaction.channel, &interaction.message_ts) {
        (ClickedCard::Stray, Some(channel), Some(ts)) => {
            let (stray, known) = tokio::join!(stray(gate, click, person, subject, (channel, ts)), async {
                if stale { deliver_later(gate, &person.workspace, &subject.id).await } else { Ok(()) }
            });
            stray.and(known)
        }
        _ if stale || person.card == ClickedCard::Learned => {
            draw_anew(gate, couriers, person.delivery(subject), REDRAWING).await
        }
        _ => Ok(()),
    };
    if let Err(why) = drawn {
        tracing::warn!(approval = %subject.id, %why, "a card could not be drawn anew");
    }
}

async fn stray(
    gate: &Gate,
    click: &Click,
    person: &Person,
    subject: &Subject,
    (channel, ts): (&str, &str),
) -> Result<(), Failure> {
    let client = click.app.client.clone().ok_or_else(|| Failure::Internal("Slack has no bot token".into()))?;
    redraw_stray(gate, &client.within(REDRAWING), (&person.workspace, &subject.id), (channel, ts)).await
}

/// Draws a stray card as the approval is now. The card that is known is kept current by its deliveries.
async fn redraw_stray(
    gate: &Gate,
    client: &Client,
    (workspace, id): (&Workspace, &ApprovalId),
    (channel, ts): (&str, &str),
) -> Result<(), Failure> {
    let approval = gate.must_get(workspace, id).await?;
    // What is known to be shown has all its buttons; this one is only to tell the truth.
    let options = CardOptions { editable: false, re_requestable: false, console_url: gate.console() };
    let seen = gate.see(&approval).await?;
    let drawn = card(&seen.approval, &options, seen.at);
    client.update(channel, ts, &drawn).await.map_err(|why| Failure::Internal(format!("chat.update: {why}")))
}
