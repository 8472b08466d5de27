//! A card that nobody knew of, since the process that posted it died before writing down where: it is drawn anew when clicked.

use crate::{Failure, Gate};
use domain::{ApprovalId, Workspace};
use vendors::slack::{CardOptions, Client, card};

/// Draws a stray card as the approval is now. The card that is known is kept current by its deliveries.
///
/// # Errors
/// The table or Slack could not be asked.
pub async fn redraw_stray(
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
