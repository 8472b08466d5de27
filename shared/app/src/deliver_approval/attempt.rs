//! One attempt to show an approval at one place, and what comes after one that failed.

use super::writer::{Next, Writer};
use super::{ROUNDS, deliver_after, earliest, give_up};
use crate::Failure;
use connectors::connector::{Notice, Shown};
use domain::Approval;
use jiff::SignedDuration;
use std::time::Duration;
use store::deliveries::{Attempt, Delivery};

/// The longest time a vendor may ask for that is waited out on the spot.
const WAIT_HERE: Duration = Duration::from_secs(3);
/// Minutes until what is shown already is tried to be brought up to date again, after so many failures.
const UPDATE_AGAIN: [i64; 8] = [1, 1, 2, 5, 15, 30, 60, 120];
/// A webhook's way of saying that it wants no more (Standard Webhooks).
const GONE: u16 = 410;

impl Writer<'_> {
    /// One attempt; what came of it is in the delivery.
    pub(super) async fn attempt(&self, approval: &Approval, delivery: &mut Delivery) -> Result<Next, Failure> {
        let began = self.gate.clock.now();
        delivery.purge_at = approval.decided_at.map(|ended| ended + approval.retention());
        if delivery.ts.is_some() && delivery.shown >= approval.version {
            return Ok(Next::Release);
        }
        let posting = delivery.ts.is_none();
        if (posting && delivery.refused) || delivery.not_before.is_some_and(|asked| began < asked) {
            return Ok(Next::Release);
        }
        if posting && !approval.status_at(began).is_open() {
            return Ok(self.skip(delivery, approval, "it ended before it could be posted"));
        }
        let vendor = match &self.target.vendor {
            Ok(vendor) => vendor,
            Err(why) => return Ok(self.skip(delivery, approval, why)),
        };
        let link = self.gate.decision_link(approval)?;
        let notice = Notice {
            approval,
            now: began,
            link: link.as_deref(),
            severity: self.plan.severity,
            editable: self.plan.editable,
            re_requestable: self.plan.re_requestable,
        };
        let result = vendor.show(&notice, address(delivery).as_ref()).await;
        let took = self.gate.clock.now().duration_since(began);
        let word = if posting { "dispatch" } else { "update" };
        delivery.note(Attempt {
            event: format!("{word}_{}", if result.is_ok() { "succeeded" } else { "failed" }),
            at: began,
            duration_ms: took.as_millis().max(0) as u64,
            status_code: result.as_ref().map_or_else(connectors::Failure::status, |_| Some(200)),
            message: result.as_ref().err().map(ToString::to_string),
        });
        match result {
            Ok(shown) => {
                (delivery.channel, delivery.ts, delivery.team, delivery.app) =
                    (shown.channel, shown.ts, shown.team, shown.app);
                (delivery.shown, delivery.failures, delivery.not_before) = (approval.version, 0, None);
                Ok(Next::Release)
            }
            Err(why) => self.after_failure(approval, delivery, why, posting).await,
        }
    }

    /// What cannot be shown here at all.
    fn skip(&self, delivery: &mut Delivery, approval: &Approval, why: &str) -> Next {
        delivery.shown = approval.version;
        let (event, message) = ("dispatch_skipped".to_owned(), Some(why.to_owned()));
        delivery.note(Attempt { event, at: self.gate.clock.now(), duration_ms: 0, status_code: None, message });
        Next::Release
    }

    /// A short wait is waited out under the lease. A refusal for good, or one round too many, drops the connector and leaves a dead
    /// letter; posting again is for the next round, bringing up to date for later.
    async fn after_failure(
        &self,
        approval: &Approval,
        delivery: &mut Delivery,
        why: connectors::Failure,
        posting: bool,
    ) -> Result<Next, Failure> {
        tracing::warn!(approval = %approval.id, connector = self.target.id, %why, "an approval could not be shown");
        let connectors::Failure::Transient { retry_after, .. } = &why else {
            delivery.refused = posting;
            if why.status() == Some(GONE) {
                give_up::disable(self.gate, approval, self.target).await?;
            }
            give_up::bury(self.gate, approval, self.target, &why).await?;
            return Ok(Next::Release);
        };
        delivery.failures += 1;
        let asked = retry_after.map(|asked| asked.from(self.gate.clock.now()));
        if let Some(after) = asked.filter(|after| *after <= WAIT_HERE && delivery.failures <= 3) {
            return Ok(Next::TryAgain(after));
        }
        let asked = SignedDuration::try_from(asked.unwrap_or_default()).unwrap_or_default();
        // Whoever looks in between, for a vote or since it is not shown yet, does not begin the next round early.
        let rest = if posting { earliest(delivery.failures) } else { SignedDuration::ZERO }.max(asked);
        delivery.not_before = rest.is_positive().then(|| self.gate.clock.now() + rest);
        if posting {
            if delivery.failures >= ROUNDS {
                give_up::bury(self.gate, approval, self.target, &why).await?;
            }
            return Ok(Next::Release);
        }
        let Some(minutes) = UPDATE_AGAIN.get(delivery.failures as usize - 1) else {
            give_up::bury(self.gate, approval, self.target, &why).await?;
            return Ok(Next::Release);
        };
        let after = SignedDuration::from_mins(*minutes).max(asked);
        deliver_after(self.gate, self.of.workspace, self.of.id, after).await?;
        Ok(Next::Release)
    }
}

/// Where it is shown; none where it is not yet.
fn address(delivery: &Delivery) -> Option<Shown> {
    let Delivery { channel, ts, team, app, .. } = delivery.clone();
    ts.is_some().then_some(Shown { channel, ts, team, app })
}
