//! Updates the card that was clicked, if the card may show an older state.

use super::click::Click;
use super::person::{ClickedCard, Person};
use crate::deliver::look_again::set_timer_next_minute;
use crate::deliver::show_again::draw_anew;
use crate::{Couriers, Failure, Gate, Keyed};
use domain::{ApprovalId, Workspace};
use std::time::Duration;
use vendors::slack::{CardOptions, Client, Subject, card};

/// How long the update of a card may take here. Slack wants its answer within three seconds, so a slower update is left to the sweep.
const REDRAWING: Duration = Duration::from_millis(800);

/// Updates the clicked card if it may show an older state: a card that was stale, and a card that the store did not know, which still shows
/// what it showed when it was posted.
pub(super) async fn redraw(gate: &Keyed, couriers: &Couriers, click: &Click, person: &Person, stale: bool) {
    let interaction = &click.interaction;
    let subject = interaction.acts.subject();
    let drawn = match (person.card, &interaction.channel, &interaction.message_ts) {
        (ClickedCard::Stray, Some(channel), Some(ts)) => {
            let (stray, known) = tokio::join!(stray(gate, click, person, subject, (channel, ts)), async {
                if stale { set_timer_next_minute(gate, &person.workspace, &subject.id).await } else { Ok(()) }
            });
            stray.and(known)
        }
        _ if stale || person.card == ClickedCard::Learned => {
            draw_anew(gate, couriers, person.delivery(subject), REDRAWING).await
        }
        _ => Ok(()),
    };
    if let Err(why) = drawn {
        tracing::warn!(approval = %subject.id, %why, "a card could not be updated");
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

/// Updates a stray card. The card that is stored is kept current by its delivery.
async fn redraw_stray(
    gate: &Gate,
    client: &Client,
    (workspace, id): (&Workspace, &ApprovalId),
    (channel, ts): (&str, &str),
) -> Result<(), Failure> {
    let approval = gate.must_get(workspace, id).await?;
    // The stored card has all buttons; a stray card only shows the current state.
    let options = CardOptions { editable: false, re_requestable: false, console_url: gate.console() };
    let seen = gate.see(&approval).await?;
    let drawn = card(&seen.approval, &options, seen.at);
    client.update(channel, ts, &drawn).await.map_err(|why| Failure::Internal(format!("chat.update: {why}")))
}
