//! Refusals that say nothing against a connector: somebody deleted the card, or the connector is another by now.

use crate::Failure;
use crate::deliver::look_again::deliver_later;
use crate::deliver::writer::{Next, Writer};
use domain::Approval;
use store::deliveries::{Attempt, Delivery};

impl Writer<'_> {
    /// Somebody deleted what was shown. After the end nothing is lost. Before it people are still asked, so it is posted once more; if
    /// that is deleted too, nobody wants it there, and others carry it or the console does.
    pub(super) fn removed(&self, approval: &Approval, delivery: &mut Delivery, why: &vendors::Failure) -> Next {
        let now = self.gate.clock.now();
        let before = delivery.removed.is_some();
        let follows = match approval.status_at(now).is_open() {
            false => "the card was deleted, and the request has ended: there is nothing to bring up to date",
            true if before => "the card was deleted again: it is not posted here any more",
            true => "the card was deleted: it is posted again",
        };
        let (event, message) = ("dispatch_skipped".to_owned(), Some(format!("{why}: {follows}")));
        tracing::info!(approval = %approval.id, connector = self.target.id, %why, "{follows}");
        match approval.status_at(now).is_open() {
            true => {
                delivery.forget_card();
                delivery.refused = before;
            }
            false => delivery.shown = approval.version,
        }
        delivery.note(Attempt { event, at: now, duration_ms: 0, status_code: why.status(), message });
        Next::Release
    }

    /// Whether the connector was changed or deleted since it was read: what it was called with is not what it is now.
    pub(super) async fn is_outdated(&self) -> Result<bool, Failure> {
        let Some(called) = &self.target.connector else { return Ok(false) };
        let now = self.gate.store.get_connector(self.of.workspace, &called.id).await?;
        Ok(now.is_none_or(|now| now.version != called.version))
    }

    /// A refusal of what is no more counts for nothing: the next attempt is made with what the connector is now.
    pub(super) async fn again_with_what_is(&self, approval: &Approval) -> Result<Next, Failure> {
        self.gate.connectors.forget(self.of.workspace);
        deliver_later(self.gate, &approval.workspace, &approval.id).await?;
        Ok(Next::Release)
    }
}
