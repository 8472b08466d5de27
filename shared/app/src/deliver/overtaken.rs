//! Refusals that say nothing against a connector: somebody deleted the card, or the connector is another by now.

use crate::Failure;
use crate::deliver::look_again::deliver_later;
use crate::deliver::writer::{Next, Writer};
use domain::Approval;
use domain::delivery::{Delivery, Entry, What};

impl Writer<'_> {
    /// Notes that somebody deleted the card, and what follows from it.
    pub(super) fn note_removed(&self, approval: &Approval, delivery: &mut Delivery, why: &vendors::Failure) {
        let now = self.gate.clock.now();
        let follows = match approval.status_at(now).is_open() {
            false => "the card was deleted, and the request has ended: there is nothing to bring up to date",
            true if delivery.removed.is_some() => "the card was deleted again: it is not posted here any more",
            true => "the card was deleted: it is posted again",
        };
        tracing::info!(approval = %approval.id, connector = self.target.id, %why, "{follows}");
        let entry = Entry::of(What::DispatchSkipped, now, &format!("{why}: {follows}"));
        delivery.note(Entry { status_code: why.status(), ..entry });
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
