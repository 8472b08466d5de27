//! One call of a vendor to show an approval, and what is kept of its answer.

use crate::Failure;
use crate::deliver::give_up::{self, GONE};
use crate::deliver::writer::CardWriter;
use crate::facts::Fact;
use domain::delivery::entry::Try;
use domain::delivery::step::{Outcome, entry};
use domain::delivery::writer::{Answer, Seen, Writer};
use domain::delivery::{Address, Delivery, Entry, What};
use domain::{Approval, Timestamp};
use jiff::SignedDuration;
use vendors::connector::Notice;
use vendors::{RetryAfter, Vendor};

type Called = Result<Address, vendors::Failure>;

impl CardWriter<'_> {
    /// Calls the vendor, and says what came of it.
    pub(super) async fn call(
        &self,
        what: Try,
        writer: &Writer,
        refusal: &mut Option<vendors::Failure>,
    ) -> Result<Seen, Failure> {
        let Ok(vendor) = &self.target.vendor else { return Ok(Seen::Done) };
        let (approval, delivery, began) = (writer.approval(), writer.delivery(), self.gate.clock.now());
        let called = self.show(vendor, approval, delivery, writer.seen_at()).await?;
        let entry = self.entry(what, &called, began, (approval, delivery));
        if delivery.replayed {
            give_up::tried(self.gate, approval, delivery).await;
        }
        *refusal = called.as_ref().err().cloned();
        if matches!(called, Err(vendors::Failure::Permanent { .. })) && self.is_outdated().await? {
            tracing::info!(connector = self.target.id, "the connector was changed meanwhile");
            self.gate.memory.connectors.forget(self.of.workspace);
            return Ok(Seen::Outdated(entry));
        }
        let outcome = patient(outcome(called, self.gate.clock.now()), delivery, vendor);
        Ok(Seen::Answered(Answer { outcome, entry }))
    }

    async fn show(
        &self,
        vendor: &Vendor,
        approval: &Approval,
        delivery: &Delivery,
        now: Timestamp,
    ) -> Result<Called, Failure> {
        let link = self.gate.decision_link(approval)?;
        let notice = Notice {
            approval,
            now,
            link: link.as_deref(),
            severity: self.plan.severity,
            editable: self.plan.editable,
            re_requestable: self.plan.re_requestable,
        };
        Ok(self.in_time(vendor.show(&notice, delivery.address().as_ref())).await)
    }

    /// A call, cut short where somebody waits: never the work around it, which holds a lease.
    async fn in_time(&self, call: impl Future<Output = Called>) -> Called {
        let Some(within) = self.within else { return call.await };
        let reason = || format!("no answer within {} s", within.as_secs_f32());
        let late = |_| vendors::Failure::Transient { reason: reason(), status: None, retry_after: None };
        tokio::time::timeout(within, call).await.map_err(late)?
    }

    /// What is remembered of a call, and counted.
    fn entry(
        &self,
        what: Try,
        called: &Called,
        began: Timestamp,
        (approval, delivery): (&Approval, &Delivery),
    ) -> Entry {
        let now = self.gate.clock.now();
        if let Err(why @ vendors::Failure::Removed { .. }) = called {
            return self.removed(approval, delivery, why, now);
        }
        self.gate.facts.note(Fact::Delivered { connector: self.target.kind(), taken: called.is_ok() });
        if let Err(why) = called {
            tracing::warn!(approval = %approval.id, connector = self.target.id, %why, "an approval could not be shown");
        }
        let status = called.as_ref().map_or_else(vendors::Failure::status, |_| Some(200));
        entry(what, called.is_ok(), (began, now), (status, called.as_ref().err().map(ToString::to_string)))
    }

    /// Somebody deleted the card: that says nothing against the connector.
    fn removed(&self, approval: &Approval, delivery: &Delivery, why: &vendors::Failure, now: Timestamp) -> Entry {
        let follows = match approval.status_at(now).is_open() {
            false => "the card was deleted, and the request has ended: there is nothing to bring up to date",
            true if delivery.removed.is_some() => "the card was deleted again: it is not posted here any more",
            true => "the card was deleted: it is posted again",
        };
        tracing::info!(approval = %approval.id, connector = self.target.id, %why, "{follows}");
        let entry = Entry::of(What::DispatchSkipped, now, &format!("{why}: {follows}"));
        Entry { status_code: why.status(), ..entry }
    }

    /// Whether the connector was changed or deleted since it was read: what it was called with is not what it is now.
    async fn is_outdated(&self) -> Result<bool, Failure> {
        let Some(called) = &self.target.connector else { return Ok(false) };
        let now = self.gate.store.get_connector(self.of.workspace, &called.id).await?;
        Ok(now.is_none_or(|now| now.version != called.version))
    }

    pub(super) async fn disable(&self, approval: &Approval) -> Result<Option<Entry>, Failure> {
        give_up::disable(self.gate, approval, self.target.connector.as_ref()).await
    }
}

/// A post whose answer may have been lost waits as long as its vendor needs to find it.
fn patient(outcome: Outcome, delivery: &Delivery, vendor: &Vendor) -> Outcome {
    let least = SignedDuration::try_from(vendor.least_wait()).unwrap_or_default();
    match outcome {
        Outcome::Failed(asked) if !delivery.is_out() && least.is_positive() => {
            Outcome::Failed(Some(asked.unwrap_or_default().max(least)))
        }
        other => other,
    }
}

/// A vendor's answer, as far as it matters for what follows.
pub(super) fn outcome(result: Called, now: Timestamp) -> Outcome {
    let asked = |asked: RetryAfter| SignedDuration::try_from(asked.from(now)).unwrap_or_default();
    match result {
        Ok(address) => Outcome::Shown(address),
        Err(why) => match why {
            vendors::Failure::Transient { status: Some(429), retry_after, .. } => {
                Outcome::TooMany(retry_after.map(asked))
            }
            vendors::Failure::Transient { retry_after, .. } => Outcome::Failed(retry_after.map(asked)),
            vendors::Failure::Permanent { status, .. } => Outcome::Refused { gone: status == Some(GONE) },
            vendors::Failure::Removed { .. } => Outcome::Removed,
        },
    }
}
