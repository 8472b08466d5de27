//! Whose an interaction is: the unverified payload only nominates secrets, and the one that verified it fixes app and workspace.

use super::apps::SlackApp;
use crate::{Couriers, Failure};
use domain::delivery::Delivery;
use domain::{Approval, Timestamp};
use vendors::slack::interaction::Posted;
use vendors::slack::signature::verify;

/// A body as it was posted, and the signature in its headers.
#[derive(Clone, Copy)]
pub struct Signature<'a> {
    /// The raw body.
    pub body: &'a [u8],
    /// `X-Slack-Request-Timestamp`.
    pub timestamp: Option<&'a str>,
    /// `X-Slack-Signature`.
    pub signature: Option<&'a str>,
}

impl Signature<'_> {
    fn is_by(self, secret: &str, now: Timestamp) -> bool {
        match (self.timestamp, self.signature) {
            (Some(timestamp), Some(signature)) => verify(secret, timestamp, signature, self.body, now),
            _ => false,
        }
    }
}

/// A verified interaction.
pub struct Signed {
    /// The app whose secret it was.
    pub(super) app: SlackApp,
    /// The approval of the interaction with its deliveries, in the workspace of that app.
    pub(super) found: Option<(Approval, Vec<Delivery>)>,
}

/// The app whose secret verifies an interaction; none if no secret does. An unsigned interaction is never believed, and without a secret no
/// interaction is.
pub async fn signed(
    couriers: &Couriers,
    signature: Signature<'_>,
    posted: Option<&Posted>,
) -> Result<Option<Signed>, Failure> {
    let found = match posted {
        Some(Posted::Interaction(interaction)) => {
            couriers.store.get_any_approval_with_deliveries(&interaction.acts.subject().id).await?
        }
        _ => None,
    };
    let candidates = match &found {
        Some((approval, deliveries)) => couriers.slack_apps_of(&approval.workspace, deliveries).await?,
        None => Vec::new(),
    };
    let by = |app: &SlackApp| signature.is_by(&app.signing_secret, couriers.clock.now());
    if !candidates.is_empty() {
        // The app that posted a card signs the clicks on it, and no other app does.
        return Ok(candidates.into_iter().find(by).map(|app| Signed { app, found }));
    }
    // An interaction that names no approval, or one that was never posted, is signed by the deployment's own app or by a connector of the
    // default workspace. An unsigned interaction makes us look through no more than these, once in five seconds.
    let others = couriers.default_slack_apps().await?;
    Ok(others.into_iter().find(by).map(|app| Signed { app, found: None }))
}
