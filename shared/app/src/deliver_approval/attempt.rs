//! One attempt to post or update a card, and what comes after one that failed.

use super::{Next, Writer};
use crate::Failure;
use connectors::slack::{CardOptions, card};
use domain::Approval;
use jiff::SignedDuration;
use std::time::Duration;
use store::deliveries::{Attempt, Delivery};

/// The longest time a vendor may ask for that is waited out on the spot.
const WAIT_HERE: Duration = Duration::from_secs(3);
/// Minutes until the next attempt after so many failures; then given up, and the approval waits in the inbox.
const BACKOFF_MINUTES: [i64; 8] = [1, 1, 2, 5, 15, 30, 60, 120];

impl Writer<'_> {
    /// One attempt to post or update; what came of it is in the delivery.
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
        let Some(channel) = self.channel(approval, delivery).await? else {
            return Ok(self.skip(delivery, approval, "the policy names no channel"));
        };
        let result = self.call(approval, delivery, &channel).await;
        let took = self.gate.clock.now().duration_since(began);
        let word = if posting { "dispatch" } else { "update" };
        delivery.last = Some(Attempt {
            event: format!("{word}_{}", if result.is_ok() { "succeeded" } else { "failed" }),
            at: began,
            duration_ms: took.as_millis().max(0) as u64,
            status_code: result.as_ref().map_or_else(connectors::Failure::status, |()| Some(200)),
            message: result.as_ref().err().map(ToString::to_string),
        });
        match result {
            Ok(()) => {
                (delivery.shown, delivery.failures) = (approval.version, 0);
                Ok(Next::Release)
            }
            Err(why) => self.after_failure(approval, delivery, why).await,
        }
    }

    fn skip(&self, delivery: &mut Delivery, approval: &Approval, why: &str) -> Next {
        delivery.shown = approval.version;
        let message = Some(why.to_owned());
        let event = "dispatch_skipped".to_owned();
        delivery.last = Some(Attempt { event, at: self.gate.clock.now(), duration_ms: 0, status_code: None, message });
        Next::Release
    }

    async fn channel(&self, approval: &Approval, delivery: &Delivery) -> Result<Option<String>, Failure> {
        if let Some(channel) = delivery.channel.as_ref().or(self.channel.as_ref()).or(approval.channel.as_ref()) {
            return Ok(Some(channel.clone()));
        }
        let policy = self.gate.recent_policy(&approval.workspace).await?;
        Ok(policy.and_then(|p| p.routing.default_channel.clone()))
    }

    async fn call(
        &self,
        approval: &Approval,
        delivery: &mut Delivery,
        channel: &str,
    ) -> Result<(), connectors::Failure> {
        let options = self.options(approval).await;
        let drawn = card(approval, &options, self.gate.clock.now());
        if let Some(ts) = &delivery.ts {
            return self.client.update(channel, ts, &drawn).await;
        }
        if delivery.team.is_none() {
            delivery.team = Some(self.slack.team_of(&self.client).await?.to_owned());
        }
        let posted = self.client.post(channel, &drawn).await?;
        (delivery.channel, delivery.ts, delivery.app) = (Some(posted.channel), Some(posted.ts), posted.app_id);
        Ok(())
    }

    async fn options(&self, approval: &Approval) -> CardOptions {
        let policy = self.gate.recent_policy(&approval.workspace).await.ok().flatten();
        let rule = policy.as_ref().and_then(|p| p.find(&approval.action).ok());
        let editable = rule.is_some_and(|found| !found.rule.override_keys.is_empty());
        let re_requestable = rule.is_some_and(|found| found.rule.allow_re_request);
        CardOptions { editable, re_requestable, console_url: self.gate.console_url.clone() }
    }

    /// A short wait is waited out under the lease; a longer one becomes something due; a refusal for good is left at that.
    async fn after_failure(
        &self,
        approval: &Approval,
        delivery: &mut Delivery,
        why: connectors::Failure,
    ) -> Result<Next, Failure> {
        tracing::warn!(approval = %approval.id, %why, "a card could not be shown");
        let connectors::Failure::Transient { retry_after, .. } = why else {
            delivery.refused = delivery.ts.is_none();
            return Ok(Next::Release);
        };
        delivery.failures += 1;
        if let Some(after) = retry_after.filter(|after| *after <= WAIT_HERE && delivery.failures <= 3) {
            return Ok(Next::TryAgain(after));
        }
        let Some(minutes) = BACKOFF_MINUTES.get(delivery.failures as usize - 1) else { return Ok(Next::Release) };
        let asked = SignedDuration::try_from(retry_after.unwrap_or_default()).unwrap_or_default();
        delivery.not_before = asked.is_positive().then(|| self.gate.clock.now() + asked);
        self.put_due(SignedDuration::from_mins(*minutes).max(asked)).await?;
        Ok(Next::Release)
    }
}
