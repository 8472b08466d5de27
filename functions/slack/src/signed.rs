//! Whose an interaction is: the unverified payload only nominates secrets, and the one that verified it fixes app and workspace.

use crate::subject;
use app::answer::slack::apps::SlackApp;
use app::{Failure, Gate};
use domain::Approval;
use lambda::header;
use lambda_http::Request;
use store::deliveries::Delivery;
use vendors::slack::interaction::Posted;
use vendors::slack::signature::verify;

/// What verified an interaction.
pub(crate) struct Signed {
    /// The app whose secret it was.
    pub(crate) app: SlackApp,
    /// What the interaction is about, in the workspace of that app.
    pub(crate) found: Option<(Approval, Vec<Delivery>)>,
}

/// What verified an interaction; none where nothing did. Unsigned is never believed, nor is anything where there is no secret.
pub(crate) async fn signed(
    gate: &Gate,
    request: &Request,
    body: &[u8],
    posted: Option<&Posted>,
) -> Result<Option<Signed>, Failure> {
    let found = match posted {
        Some(Posted::Interaction(interaction)) => {
            gate.store.get_any_approval_with_deliveries(&subject(&interaction.acts).id).await?
        }
        _ => None,
    };
    let candidates = match &found {
        Some((approval, deliveries)) => gate.slack_apps_of(&approval.workspace, deliveries).await?,
        None => Vec::new(),
    };
    let by = |app: &SlackApp| is_signed(gate, request, body, &app.signing_secret);
    if !candidates.is_empty() {
        // A click on what was posted is signed by whoever posted it, and by nobody else.
        return Ok(candidates.into_iter().find(by).map(|app| Signed { app, found }));
    }
    // What names no approval, or one that was never posted, is the deployment's own app's, or that of a connector of the default
    // workspace. Whoever sends what nobody signed makes us look through no more than these, once in five seconds.
    let others = gate.default_slack_apps().await?;
    Ok(others.into_iter().find(by).map(|app| Signed { app, found: None }))
}

fn is_signed(gate: &Gate, request: &Request, body: &[u8], secret: &str) -> bool {
    let timestamp = header(request, "x-slack-request-timestamp");
    let signature = header(request, "x-slack-signature");
    match (timestamp, signature) {
        (Some(timestamp), Some(signature)) => verify(secret, timestamp, signature, body, gate.clock.now()),
        _ => false,
    }
}
