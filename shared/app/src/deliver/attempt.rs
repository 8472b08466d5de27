//! One attempt to show an approval at one place. What is to be done, and what follows from the vendor's answer, `domain::delivery` decides;
//! here the vendor is called, and the effects are done.

use crate::Failure;
use crate::deliver::give_up;
use crate::deliver::look_again::deliver_at;
use crate::deliver::turns::Turn;
use crate::deliver::writer::{Next, Writer};
use crate::facts::Fact;
use crate::gate::see_approval::Seen;
use domain::delivery::entry::Try;
use domain::delivery::plan::{Todo, todo};
use domain::delivery::step::{Attempt, Effect, Outcome, after, entry};
use domain::delivery::{Address, Delivery, Entry, What};
use domain::{Approval, Timestamp};
use jiff::SignedDuration;
use vendors::connector::{Notice, Shown};
use vendors::{RetryAfter, Vendor};

impl Writer<'_> {
    /// One attempt, where it is time for one; what came of it is in the delivery.
    pub(super) async fn attempt(&self, approval: &Approval, delivery: &mut Delivery) -> Result<Next, Failure> {
        let Seen { approval, at: began } = self.gate.see(approval).await?;
        let approval = approval.as_ref();
        delivery.purge_at = approval.decided_at.map(|ended| ended + approval.retention());
        match todo(delivery, approval, began) {
            Todo::Nothing => Ok(Next::Release),
            Todo::NothingMore => {
                delivery.shown = approval.version;
                Ok(Next::Release)
            }
            Todo::TooLate => Ok(self.skip(delivery, approval, "it ended before it could be posted")),
            Todo::Post => self.make(Try::Post, approval, delivery, began).await,
            Todo::Update => self.make(Try::Update, approval, delivery, began).await,
        }
    }

    async fn make(
        &self,
        what: Try,
        approval: &Approval,
        delivery: &mut Delivery,
        began: Timestamp,
    ) -> Result<Next, Failure> {
        let vendor = match &self.target.vendor {
            Ok(vendor) => vendor,
            Err(why) => return self.cannot(what, approval, delivery, why).await,
        };
        let turn = if what == Try::Post { self.turn(delivery, vendor, began).await? } else { Turn::Now };
        if let Turn::At(turn) = turn {
            (delivery.not_before, delivery.in_line) = (Some(turn), true);
            return Ok(Next::Release);
        }
        let result = self.call(what, approval, delivery, vendor, began).await?;
        // What was posted is written down whatever else fails from here on: else it would be posted again.
        give_up::tried(self.gate, approval, delivery, result.is_ok()).await;
        if turn == Turn::ToTry && !result.as_ref().is_err_and(vendors::Failure::is_transient) {
            self.open().await;
        }
        match result {
            Err(why @ vendors::Failure::Permanent { .. }) if self.is_outdated().await? => {
                tracing::info!(connector = self.target.id, %why, "the connector was changed meanwhile");
                self.again_with_what_is(approval).await
            }
            result => self.follow(approval, delivery, vendor, (result, turn == Turn::ToTry)).await,
        }
    }

    /// Nobody can be called: until somebody mends the policy or the secrets, that is as good as a refusal.
    async fn cannot(
        &self,
        what: Try,
        approval: &Approval,
        delivery: &mut Delivery,
        why: &str,
    ) -> Result<Next, Failure> {
        let next = self.skip(delivery, approval, why);
        if what == Try::Update {
            return Ok(next);
        }
        delivery.refused = true;
        let why = vendors::Failure::Permanent { reason: why.to_owned(), status: None };
        give_up::bury(self.gate, approval, self.target, &why).await?;
        Ok(next)
    }

    /// Calls the vendor, and notes it.
    async fn call(
        &self,
        what: Try,
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
        let before = delivery.address().map(shown);
        let result = self.in_time(vendor.show(&notice, before.as_ref())).await;
        if let Err(why @ vendors::Failure::Removed { .. }) = &result {
            self.note_removed(approval, delivery, why);
            return Ok(result);
        }
        self.gate.facts.note(Fact::Delivered { connector: self.target.kind(), taken: result.is_ok() });
        let said = (
            result.as_ref().map_or_else(vendors::Failure::status, |_| Some(200)),
            result.as_ref().err().map(ToString::to_string),
        );
        delivery.note(entry(what, result.is_ok(), (began, self.gate.clock.now()), said));
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
        delivery.note(Entry::of(What::DispatchSkipped, self.gate.clock.now(), why));
        Next::Release
    }

    /// Has the domain say what follows from an answer, and does it.
    async fn follow(
        &self,
        approval: &Approval,
        delivery: &mut Delivery,
        vendor: &Vendor,
        (result, finds_out): (Result<Shown, vendors::Failure>, bool),
    ) -> Result<Next, Failure> {
        let now = self.gate.clock.now();
        let why = result.as_ref().err().cloned();
        let outcome = patient(outcome(result, now), delivery, vendor);
        let (next, effects) = after(delivery, Attempt { approval, outcome: &outcome, finds_out, now });
        *delivery = next;
        let mut then = Next::Release;
        for effect in effects {
            match effect {
                Effect::TryAgain(wait) => then = Next::TryAgain(wait.unsigned_abs()),
                Effect::LookAgain(at) => deliver_at(self.gate, self.of.workspace, self.of.id, at).await?,
                Effect::StandInLine(from) => self.wait_in_line(delivery, vendor, from).await?,
                Effect::Close { until, decides } => self.gate.store.close_turns(self.turns(), until, decides).await?,
                Effect::Disable => {
                    give_up::disable(self.gate, approval, self.target.connector.as_ref(), delivery).await?;
                }
                Effect::GiveUp => {
                    if let Some(why) = &why {
                        give_up::bury(self.gate, approval, self.target, why).await?;
                    }
                }
            }
        }
        Ok(then)
    }

    async fn wait_in_line(&self, delivery: &mut Delivery, vendor: &Vendor, from: Timestamp) -> Result<(), Failure> {
        let turn = self.stand_in_line(vendor, Some(from)).await?;
        delivery.not_before = Some(turn);
        deliver_at(self.gate, self.of.workspace, self.of.id, turn).await
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
pub(super) fn outcome(result: Result<Shown, vendors::Failure>, now: Timestamp) -> Outcome {
    let asked = |asked: RetryAfter| SignedDuration::try_from(asked.from(now)).unwrap_or_default();
    match result {
        Ok(Shown { channel, ts, team, app }) => Outcome::Shown(Address { channel, ts, team, app }),
        Err(why) => match why {
            vendors::Failure::Transient { status: Some(429), retry_after, .. } => {
                Outcome::TooMany(retry_after.map(asked))
            }
            vendors::Failure::Transient { retry_after, .. } => Outcome::Failed(retry_after.map(asked)),
            vendors::Failure::Permanent { status, .. } => Outcome::Refused { gone: status == Some(give_up::GONE) },
            vendors::Failure::Removed { .. } => Outcome::Removed,
        },
    }
}

fn shown(address: Address) -> Shown {
    let Address { channel, ts, team, app } = address;
    Shown { channel, ts, team, app }
}
