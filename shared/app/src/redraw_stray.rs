//! A card that nobody knew of, since the process that posted it died before writing down where: it is drawn anew when clicked.

use crate::{Failure, Gate};
use connectors::slack::{CardOptions, card};
use domain::{ApprovalId, Workspace};

/// Draws a stray card as the approval is now. The card that is known is kept current by its deliveries.
///
/// # Errors
/// The table or Slack could not be asked.
pub async fn redraw_stray(
    gate: &Gate,
    workspace: &Workspace,
    id: &ApprovalId,
    channel: &str,
    ts: &str,
) -> Result<(), Failure> {
    let client = gate.slack_client().ok_or_else(|| Failure::missing("Slack"))?;
    let approval = gate.must_get(workspace, id).await?;
    // What is known to be shown has all its buttons; this one is only to tell the truth.
    let options = CardOptions { editable: false, re_requestable: false, console_url: gate.console_url.clone() };
    let drawn = card(&approval, &options, gate.clock.now());
    client.update(channel, ts, &drawn).await.map_err(|why| Failure::Internal(format!("chat.update: {why}")))
}
