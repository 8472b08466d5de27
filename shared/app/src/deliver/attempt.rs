//! One attempt to show an approval at one place, and what comes after one that failed.

use crate::Failure;
use crate::deliver::give_up;
use crate::deliver::look_again::deliver_at;
use crate::deliver::rounds::{ROUNDS, between_rounds, rests};
use crate::deliver::turns::Turn;
use crate::deliver::writer::{Next, Writer};
use crate::facts::Fact;
use crate::gate::see_approval::Seen;
use domain::{Approval, Timestamp};
use jiff::SignedDuration;
use std::time::Duration;
use store::deliveries::{Attempt, Behind, Delivery};
use vendors::RetryAfter;
use vendors::Vendor;
use vendors::connector::{Notice, Shown};

/// The longest time a vendor may ask for that is waited out on the spot.
const WAIT_HERE: Duration = Duration::from_secs(3);
/// How long a vendor is left alone that wants less and does not say for how long.
const LOOK_AGAIN: SignedDuration = SignedDuration::from_mins(1);
/// Minutes until what is shown already is tried to be brought up to date again, after so many failures.
const UPDATE_AGAIN: [i64; 8] = [1, 1, 2, 5, 15, 30, 60, 120];

impl Writer<'_> {
    /// One attempt, where it is time for one; what came of it is in the delivery.
    pub(super) async fn attempt(&self, approval: &Approval, delivery: &mut Delivery) -> Result<Next, Failure> {
        let Seen { approval, at: began } = self.gate.see(approval).await?;
        let approval = approval.as_ref();
        delivery.purge_at = approval.decided_at.map(|ended| ended + approval.retention());
        if delivery.ts.is_some() && delivery.shown >= approval.version {
            return Ok(Next::Release);
        }
        let posting = delivery.ts.is_none();
        if posting && !approval.status_at(began).is_open() {
            if delivery.refused {
                // Nothing is to be shown, and nobody is to look again.
                delivery.shown = approval.version;
                return Ok(Next::Release);
            }
            return Ok(self.skip(delivery, approval, "it ended before it could be posted"));
        }
        if (posting && delivery.refused) || rests(delivery, approval, began) {
            return Ok(Next::Release);
        }
        let vendor = match &self.target.vendor {
            Ok(vendor) => vendor,
            Err(why) => {
                self.skip(delivery, approval, why);
                // Refused for good, by ourselves: until somebody mends the policy nobody could be called.
                let why = vendors::Failure::Permanent { reason: (*why).to_owned(), status: None };
                return if posting { self.refused(approval, delivery, &why).await } else { Ok(Next::Release) };
            }
        };
        let turn = if posting { self.turn(delivery, vendor, began).await? } else { Turn::Now };
        if let Turn::At(turn) = turn {
            (delivery.not_before, delivery.in_line) = (Some(turn), true);
            return Ok(Next::Release);
        }
        let result = self.call(approval, delivery, vendor, began).await?;
        // What was posted is written down whatever else fails from here on: else it would be posted again.
        give_up::tried(self.gate, approval, delivery, result.is_ok()).await;
        if turn == Turn::ToTry && !result.as_ref().is_err_and(vendors::Failure::is_transient) {
            self.open().await;
        }
        match result {
            Ok(shown) => {
                note_shown(delivery, approval, shown);
                Ok(Next::Release)
            }
            Err(why @ vendors::Failure::Removed { .. }) => Ok(self.removed(approval, delivery, &why)),
            Err(why) if !why.is_transient() && self.is_outdated().await? => self.again_with_what_is(approval).await,
            Err(why) if posting => self.not_posted(approval, delivery, vendor, why).await,
            Err(why) => self.not_updated(approval, delivery, vendor, why).await,
        }
    }

    /// Calls the vendor, and notes it.
    async fn call(
        &self,
        approval: &Approval,
        delivery: &mut Delivery,
        vendor: &Vendor,
        began: Timestamp,
    ) -> Result<Result<Shown, vendors::Failure>, Failure> {
        let link = self.gate.decision_link(approval)?;
        let notice = Notice {
            approval,
            now: began,
            link: link.as_deref(),
            severity: self.plan.severity,
            editable: self.plan.editable,
            re_requestable: self.plan.re_requestable,
        };
        let word = if delivery.ts.is_none() { "dispatch" } else { "update" };
        let before = address(delivery);
        let result = self.in_time(vendor.show(&notice, before.as_ref())).await;
        if matches!(result, Err(vendors::Failure::Removed { .. })) {
            return Ok(result);
        }
        self.gate.facts.note(Fact::Delivered { connector: self.target.kind(), taken: result.is_ok() });
        let took = self.gate.clock.now().duration_since(began);
        delivery.note(Attempt {
            event: format!("{word}_{}", if result.is_ok() { "succeeded" } else { "failed" }),
            at: began,
            duration_ms: took.as_millis().max(0) as u64,
            status_code: result.as_ref().map_or_else(vendors::Failure::status, |_| Some(200)),
            message: result.as_ref().err().map(ToString::to_string),
        });
        if let Err(why) = &result {
            tracing::warn!(approval = %approval.id, connector = self.target.id, %why, "an approval could not be shown");
        }
        Ok(result)
    }

    /// An attempt, cut short where somebody waits.
    async fn in_time(
        &self,
        attempt: impl Future<Output = Result<Shown, vendors::Failure>>,
    ) -> Result<Shown, vendors::Failure> {
        let Some(within) = self.within else { return attempt.await };
        let reason = || format!("no answer within {} s", within.as_secs_f32());
        let late = |_| vendors::Failure::Transient { reason: reason(), status: None, retry_after: None };
        tokio::time::timeout(within, attempt).await.map_err(late)?
    }

    /// What cannot be shown here at all.
    fn skip(&self, delivery: &mut Delivery, approval: &Approval, why: &str) -> Next {
        delivery.shown = approval.version;
        let (event, message) = ("dispatch_skipped".to_owned(), Some(why.to_owned()));
        delivery.note(Attempt { event, at: self.gate.clock.now(), duration_ms: 0, status_code: None, message });
        Next::Release
    }

    /// A vendor that only wants less is a matter of turns, not of rounds. A short wait is waited out under the lease. Else it is for the
    /// next round; whoever looks before that, for a vote or since it is not shown yet, does not begin it early.
    async fn not_posted(
        &self,
        approval: &Approval,
        delivery: &mut Delivery,
        vendor: &Vendor,
        why: vendors::Failure,
    ) -> Result<Next, Failure> {
        let vendors::Failure::Transient { retry_after, .. } = &why else {
            return self.refused(approval, delivery, &why).await;
        };
        let retry_after = self.asks(*retry_after);
        if why.is_too_many() {
            return self.too_many(delivery, vendor, retry_after).await;
        }
        let came_back = delivery.in_line || delivery.failures > 0;
        delivery.failures += 1;
        delivery.in_line = false;
        if let Some(after) = short(retry_after).filter(|_| delivery.failures <= 3) {
            return Ok(Next::TryAgain(after));
        }
        if came_back {
            self.close(asked(retry_after)).await?;
        }
        let rest = between_rounds(&approval.id, delivery.failures).max(asked(retry_after));
        delivery.not_before = Some(self.gate.clock.now() + rest);
        if delivery.failures >= ROUNDS {
            give_up::bury(self.gate, approval, self.target, &why).await?;
        }
        Ok(Next::Release)
    }

    /// How long the vendor asks to be left alone.
    fn asks(&self, retry_after: Option<RetryAfter>) -> Option<Duration> {
        retry_after.map(|asked| asked.from(self.gate.clock.now()))
    }

    /// The first wait that is short is waited out under the lease; else it stands in line.
    async fn too_many(
        &self,
        delivery: &mut Delivery,
        vendor: &Vendor,
        retry_after: Option<Duration>,
    ) -> Result<Next, Failure> {
        let first = !std::mem::replace(&mut delivery.in_line, true);
        if let Some(after) = short(retry_after).filter(|_| first) {
            return Ok(Next::TryAgain(after));
        }
        let wait = retry_after.map_or(LOOK_AGAIN, |_| asked(retry_after));
        delivery.not_before = Some(self.stand_in_line(vendor, Some(self.gate.clock.now() + wait)).await?);
        self.close(wait).await?;
        Ok(Next::Release)
    }

    /// What is shown already is brought up to date later.
    async fn not_updated(
        &self,
        approval: &Approval,
        delivery: &mut Delivery,
        vendor: &Vendor,
        why: vendors::Failure,
    ) -> Result<Next, Failure> {
        let vendors::Failure::Transient { retry_after, .. } = &why else {
            delivery.failures += 1;
            delivery.behind = Some(Behind { version: approval.version, until: None });
            return self.refused(approval, delivery, &why).await;
        };
        let (now, retry_after) = (self.gate.clock.now(), self.asks(*retry_after));
        if why.is_too_many() {
            let next = self.too_many(delivery, vendor, retry_after).await?;
            if let (Next::Release, Some(turn)) = (&next, delivery.not_before) {
                deliver_at(self.gate, self.of.workspace, self.of.id, turn).await?;
            }
            return Ok(next);
        }
        delivery.in_line = false;
        // What is newer has tries of its own.
        let newer = delivery.behind.is_none_or(|behind| behind.version < approval.version);
        delivery.failures = if newer { 1 } else { delivery.failures + 1 };
        delivery.behind = Some(Behind { version: approval.version, until: Some(now) });
        if let Some(after) = short(retry_after).filter(|_| delivery.failures <= 3) {
            return Ok(Next::TryAgain(after));
        }
        let asked = asked(retry_after);
        delivery.not_before = asked.is_positive().then(|| now + asked);
        let minutes = UPDATE_AGAIN.get(delivery.failures as usize - 1);
        let until = minutes.map(|minutes| now + SignedDuration::from_mins(*minutes).max(asked));
        delivery.behind = Some(Behind { version: approval.version, until });
        match until {
            Some(until) => deliver_at(self.gate, self.of.workspace, self.of.id, until).await?,
            None => give_up::bury(self.gate, approval, self.target, &why).await?,
        }
        Ok(Next::Release)
    }

    /// A refusal for good drops the connector and leaves a dead letter.
    async fn refused(
        &self,
        approval: &Approval,
        delivery: &mut Delivery,
        why: &vendors::Failure,
    ) -> Result<Next, Failure> {
        delivery.refused = delivery.ts.is_none();
        if why.status() == Some(give_up::GONE) {
            give_up::disable(self.gate, approval, self.target.connector.as_ref(), delivery).await?;
        }
        give_up::bury(self.gate, approval, self.target, why).await?;
        Ok(Next::Release)
    }
}

fn note_shown(delivery: &mut Delivery, approval: &Approval, shown: Shown) {
    (delivery.channel, delivery.ts, delivery.team, delivery.app) = (shown.channel, shown.ts, shown.team, shown.app);
    (delivery.shown, delivery.failures) = (approval.version, 0);
    (delivery.not_before, delivery.behind, delivery.in_line) = (None, None, false);
}

/// A wait that is waited out on the spot.
fn short(retry_after: Option<Duration>) -> Option<Duration> {
    retry_after.filter(|after| *after <= WAIT_HERE)
}

/// The same as what is added to a time.
fn asked(retry_after: Option<Duration>) -> SignedDuration {
    SignedDuration::try_from(retry_after.unwrap_or_default()).unwrap_or_default()
}

/// Where it is shown; none where it is not yet.
fn address(delivery: &Delivery) -> Option<Shown> {
    let Delivery { channel, ts, team, app, .. } = delivery.clone();
    ts.is_some().then_some(Shown { channel, ts, team, app })
}
