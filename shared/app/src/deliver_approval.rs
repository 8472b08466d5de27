//! An approval reaches people: posted once, then shown as it is at every change.
//!
//! An event is a nudge: what is shown is what is read after the lease is taken, so an older state never replaces a newer one. An
//! ending is shown at once, whoever holds the lease, and under the lease again where somebody did.

use crate::{Failure, Gate, Slack};
use connectors::slack::{CardOptions, Client, card};
use domain::{Approval, ApprovalId, Workspace};
use jiff::SignedDuration;
use std::time::Duration;
use store::deliveries::{Attempt, Claim, Delivery, DeliveryOf, Lease};
use store::due::{Due, DueKind};

/// The deployment's Slack app, as a connector.
pub const SLACK: &str = "slack";
/// How long one call to a vendor may take.
pub(crate) const ATTEMPT: Duration = Duration::from_secs(10);
/// How long a writer may hold a card.
const LEASE: SignedDuration = SignedDuration::from_secs(30);
/// What must be left of it for another attempt: nobody writes a card after the lease is over.
const ATTEMPT_NEEDS: SignedDuration = SignedDuration::from_secs(12);
/// How often whoever found the lease taken looks whether its holder is done.
const LOOK_AGAIN: Duration = Duration::from_millis(500);
/// The longest time a vendor may ask for that is waited out on the spot.
const WAIT_HERE: Duration = Duration::from_secs(3);
/// Minutes until the next attempt after so many failures; then given up, and the approval waits in the console.
const BACKOFF_MINUTES: [i64; 8] = [1, 1, 2, 5, 15, 30, 60, 120];

/// Whether there may be a card already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// The approval is new: nobody has posted it, or somebody does just now.
    New,
    /// There may be.
    Perhaps,
}

/// Brings what people see of an approval up to what it is.
///
/// # Errors
/// The table could not be asked. A vendor's refusal is written down, and tried again later where that can help.
pub async fn deliver_approval(
    gate: &Gate,
    workspace: &Workspace,
    id: &ApprovalId,
    known: Known,
) -> Result<(), Failure> {
    // Until connectors are managed, the deployment's own app serves the default workspace.
    let Some((slack, client)) =
        gate.slack.as_ref().zip(gate.slack_client()).filter(|_| *workspace == Workspace::default_name())
    else {
        return Ok(());
    };
    let of = DeliveryOf { workspace, id, connector: SLACK };
    let writer = Writer { gate, slack, client, of };
    let look = match known {
        Known::New => Look::Behind,
        Known::Perhaps => writer.look().await?,
    };
    if look == Look::Current {
        return Ok(());
    }
    match writer.lease(look).await? {
        None => Ok(()),
        Some((lease, mut delivery)) => {
            if look == Look::Overwritten {
                delivery.shown = 0;
            }
            writer.show_until_current(lease, delivery).await
        }
    }
}

/// A click on a card that we did not know of, since the answer to its posting was lost, teaches its address.
///
/// # Errors
/// The table could not be asked.
pub async fn learn_card(gate: &Gate, of: DeliveryOf<'_>, channel: &str, ts: &str) -> Result<(), Failure> {
    Ok(gate.store.teach_delivery(of, channel, ts).await?)
}

/// Leaves it to the sweep to bring what people see up to what the approval is.
///
/// # Errors
/// The table could not be asked.
pub async fn deliver_later(gate: &Gate, workspace: &Workspace, id: &ApprovalId) -> Result<(), Failure> {
    put_due(gate, workspace, id, SignedDuration::from_mins(1)).await
}

async fn put_due(gate: &Gate, workspace: &Workspace, id: &ApprovalId, after: SignedDuration) -> Result<(), Failure> {
    let (workspace, id) = (workspace.clone(), id.clone());
    let due = Due { kind: DueKind::Delivery, workspace, id, at: gate.clock.now() + after };
    Ok(gate.store.put_due(&due).await?)
}

impl Gate {
    /// A client of the deployment's Slack app; none without a bot token.
    pub fn slack_client(&self) -> Option<Client> {
        let slack = self.slack.as_ref()?;
        let token = slack.bot_token.as_ref()?;
        Some(Client::new(&self.http, &slack.api_url, token, ATTEMPT))
    }

    /// The team of the deployment's Slack app.
    ///
    /// # Errors
    /// Slack could not be asked.
    pub async fn slack_team(&self) -> Result<String, Failure> {
        let (slack, client) = self.slack.as_ref().zip(self.slack_client()).ok_or_else(|| Failure::missing("Slack"))?;
        let team = slack.team_of(&client).await.map_err(|why| Failure::Internal(format!("auth.test: {why}")))?;
        Ok(team.to_owned())
    }
}

struct Writer<'a> {
    gate: &'a Gate,
    slack: &'a Slack,
    client: Client,
    of: DeliveryOf<'a>,
}

/// What people see, beside what is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Look {
    /// The same, or nothing and nothing is to be seen.
    Current,
    /// Something older, or nothing yet.
    Behind,
    /// Perhaps something older, though something newer was shown: it was overtaken on its way.
    Overwritten,
}

/// What is to be done after an attempt.
enum Next {
    Release,
    TryAgain(Duration),
}

impl Writer<'_> {
    async fn read(&self) -> Result<Option<(Approval, Option<Delivery>)>, Failure> {
        let found = self.gate.store.get_approval_with_deliveries(self.of.workspace, self.of.id).await?;
        Ok(found.map(|(approval, all)| (approval, all.into_iter().find(|d| d.connector == self.of.connector))))
    }

    /// What is to be done; an ending is shown at once.
    async fn look(&self) -> Result<Look, Failure> {
        let Some((approval, delivery)) = self.read().await? else { return Ok(Look::Current) };
        match delivery {
            Some(delivery) if delivery.ts.is_some() => match delivery.shown >= approval.version {
                true => Ok(Look::Current),
                false if is_final(&approval) => self.show_ending(&approval, delivery).await,
                false => Ok(Look::Behind),
            },
            // Posted by nobody, and over: there is nobody to ask any more.
            None if !approval.status.is_open() => Ok(Look::Current),
            _ => Ok(Look::Behind),
        }
    }

    async fn show_ending(&self, approval: &Approval, mut delivery: Delivery) -> Result<Look, Failure> {
        let now = self.gate.clock.now();
        let leased = delivery.leased_until.is_some_and(|until| until > now);
        match self.attempt(approval, &mut delivery).await? {
            Next::Release if delivery.shown >= approval.version => {}
            // What failed is written down under the lease, and tried again from there.
            _ => return Ok(Look::Behind),
        }
        // What the holder of a lease has on the way is older, and may arrive later: then it is shown once more under the lease.
        let recorded = !leased && self.gate.store.record_final_delivery(self.of, &delivery, now).await?;
        // An execution's outcome, say, was written and perhaps shown while this was on its way.
        let newer = self.read().await?.is_some_and(|(now, _)| now.version > approval.version);
        Ok(match (newer, recorded) {
            (true, _) => Look::Overwritten,
            (false, true) => Look::Current,
            (false, false) => Look::Behind,
        })
    }

    /// The lease; none where its holder has shown what there is to show.
    async fn lease(&self, look: Look) -> Result<Option<(Lease, Delivery)>, Failure> {
        loop {
            let now = self.gate.clock.now();
            let holder = data_encoding::HEXLOWER.encode(&self.gate.random::<8>()?);
            match self.gate.store.lease_delivery(self.of, holder, now, now + LEASE).await? {
                Claim::Taken(lease, delivery) => return Ok(Some((lease, *delivery))),
                Claim::Held { until } if !self.gate.store.nudge_delivery(self.of, now).await? => {
                    tracing::debug!(%until, "the lease was let go meanwhile");
                }
                Claim::Held { .. } => {
                    // The holder has been told. It may have died, so its work is not taken for done.
                    tokio::time::sleep(LOOK_AGAIN).await;
                    if look != Look::Overwritten && self.is_current().await? {
                        return Ok(None);
                    }
                }
            }
        }
    }

    async fn is_current(&self) -> Result<bool, Failure> {
        let read = self.read().await?;
        Ok(read
            .is_none_or(|(approval, delivery)| delivery.is_some_and(|d| d.ts.is_some() && d.shown >= approval.version)))
    }

    /// Shows what is, as long as something newer comes.
    async fn show_until_current(&self, mut lease: Lease, mut delivery: Delivery) -> Result<(), Failure> {
        loop {
            let Some((approval, known)) = self.read().await? else { return Ok(()) };
            // A click may have taught the address of a card whose posting was never answered.
            if let Some(taught) = known.filter(|d| d.ts.is_some() && delivery.ts.is_none()) {
                (delivery.channel, delivery.ts) = (taught.channel, taught.ts);
            }
            match self.attempt(&approval, &mut delivery).await? {
                Next::TryAgain(after) => tokio::time::sleep(after).await,
                Next::Release => match self.gate.store.release_delivery(self.of, lease, &delivery).await? {
                    None => return Ok(()),
                    Some(kept) => lease = kept,
                },
            }
            if lease.until.duration_since(self.gate.clock.now()) < ATTEMPT_NEEDS {
                return self.hand_over(lease, &delivery).await;
            }
        }
    }

    /// The lease is nearly over: what is left to show is due in a minute, for whoever takes the next one.
    async fn hand_over(&self, lease: Lease, delivery: &Delivery) -> Result<(), Failure> {
        self.put_due(SignedDuration::from_mins(1)).await?;
        self.gate.store.release_delivery(self.of, lease, delivery).await?;
        Ok(())
    }

    async fn put_due(&self, after: SignedDuration) -> Result<(), Failure> {
        put_due(self.gate, self.of.workspace, self.of.id, after).await
    }

    /// One attempt to post or update; what came of it is in the delivery.
    async fn attempt(&self, approval: &Approval, delivery: &mut Delivery) -> Result<Next, Failure> {
        let began = self.gate.clock.now();
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
        if let Some(channel) = delivery.channel.as_ref().or(approval.channel.as_ref()) {
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
        CardOptions { editable, re_requestable: false, console_url: self.gate.console_url.clone() }
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

/// Whether nothing can change what is shown any more.
fn is_final(approval: &Approval) -> bool {
    !approval.status.is_open() && approval.executes == domain::approval::Executes::Agent
}

impl Slack {
    /// The team of the token, asked once.
    pub(crate) async fn team_of(&self, client: &Client) -> Result<&str, connectors::Failure> {
        let ask = || async { client.auth_test().await.map(|identity| identity.team_id) };
        self.team.get_or_try_init(ask).await.map(String::as_str)
    }
}
