//! An approval reaches people: posted once, then shown as it is at every change.
//!
//! An event is a nudge: what is shown is what is read after the lease is taken, so an older state never replaces a newer one. An
//! ending is shown at once, whoever holds the lease, and under the lease again where somebody did.

mod attempt;

use crate::{Failure, Gate, Slack};
use connectors::slack::Client;
use domain::{Approval, ApprovalId, Workspace};
use jiff::SignedDuration;
use std::time::Duration;
use store::deliveries::{Delivery, DeliveryOf};
use store::due::{Due, DueKind};
use store::leases::{Claim, Lease};

/// The deployment's Slack app, as a connector.
pub const SLACK: &str = "slack";
/// The second card of an approval that was escalated to another channel.
pub const SLACK_ESCALATION: &str = "slack:escalation";
/// How long one call to a vendor may take.
pub(crate) const ATTEMPT: Duration = Duration::from_secs(10);
/// How long a writer may hold a card.
const LEASE: SignedDuration = SignedDuration::from_secs(30);
/// What must be left of it for another attempt: nobody writes a card after the lease is over.
const ATTEMPT_NEEDS: SignedDuration = SignedDuration::from_secs(12);
/// How often whoever found the lease taken looks whether its holder is done.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// Whether there may be a card already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// The approval is new: nobody has posted it, or somebody does just now.
    New,
    /// There may be. The version that is known to exist, where one is.
    Perhaps(Option<u64>),
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
    let writer = |connector, channel| {
        let of = DeliveryOf { workspace, id, connector };
        Writer { gate, slack, client: client.clone(), of, channel }
    };
    let Known::Perhaps(version) = known else { return writer(SLACK, None).bring_up(Look::Behind, Some(1)).await };
    let Some((approval, deliveries)) = gate.store.get_approval_with_deliveries_since(workspace, id, version).await?
    else {
        return Ok(());
    };
    let mut writers = vec![writer(SLACK, None)];
    if approval.escalated
        && let Some(channel) = gate.escalation_of(&approval).await?.and_then(|escalation| escalation.channel)
    {
        writers.push(writer(SLACK_ESCALATION, Some(channel)));
    }
    // Of many events about something that has ended, only the last one's consumer draws without the lease.
    let newest = version.is_none_or(|version| version >= approval.version);
    for writer in writers {
        let look = writer.look(&approval, &deliveries, newest).await?;
        writer.bring_up(look, Some(approval.version)).await?;
    }
    Ok(())
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
    /// A channel of its own, other than the approval's.
    channel: Option<String>,
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
    /// The approval and this delivery of it, at least as new as a version that is known to exist; without one, as they are now.
    async fn read(&self, version: Option<u64>) -> Result<Option<(Approval, Option<Delivery>)>, Failure> {
        let store = &self.gate.store;
        let found = store.get_approval_with_deliveries_since(self.of.workspace, self.of.id, version).await?;
        Ok(found.map(|(approval, all)| (approval, all.into_iter().find(|d| d.connector == self.of.connector))))
    }

    /// Shows what there is to show, where there is something.
    async fn bring_up(&self, look: Look, version: Option<u64>) -> Result<(), Failure> {
        if look == Look::Current {
            return Ok(());
        }
        match self.lease(look).await? {
            None => Ok(()),
            Some((lease, mut delivery)) => {
                // What was overtaken is read as it is now, not as it may have been.
                let overwritten = look == Look::Overwritten;
                if overwritten {
                    delivery.shown = 0;
                }
                self.show_until_current(lease, delivery, version.filter(|_| !overwritten)).await
            }
        }
    }

    /// What is to be done; an ending is shown at once.
    async fn look(&self, approval: &Approval, deliveries: &[Delivery], newest: bool) -> Result<Look, Failure> {
        match deliveries.iter().find(|d| d.connector == self.of.connector) {
            Some(delivery) if delivery.ts.is_some() => match delivery.shown >= approval.version {
                true => Ok(Look::Current),
                false if newest && is_final(approval) => self.show_ending(approval, delivery.clone()).await,
                false => Ok(Look::Behind),
            },
            // Posted by nobody, and over: there is nobody to ask any more.
            None if !approval.status.is_open() => Ok(Look::Current),
            _ => Ok(Look::Behind),
        }
    }

    async fn show_ending(&self, approval: &Approval, read: Delivery) -> Result<Look, Failure> {
        let mut drawn = read.clone();
        match self.attempt(approval, &mut drawn).await? {
            Next::Release if drawn.shown >= approval.version => {}
            // What failed is written down under the lease, and tried again from there.
            _ => return Ok(Look::Behind),
        }
        let alone = self.gate.store.record_final_delivery(self.of, &read, &drawn, self.gate.clock.now()).await?;
        // What somebody else had on the way is older and may have arrived later: then it is shown once more, under the lease.
        Ok(if alone { Look::Current } else { Look::Overwritten })
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
        let read = self.read(None).await?;
        Ok(read
            .is_none_or(|(approval, delivery)| delivery.is_some_and(|d| d.ts.is_some() && d.shown >= approval.version)))
    }

    /// Shows what is, as long as something newer comes.
    async fn show_until_current(
        &self,
        mut lease: Lease,
        mut delivery: Delivery,
        mut version: Option<u64>,
    ) -> Result<(), Failure> {
        loop {
            let Some((approval, known)) = self.read(version).await? else { return Ok(()) };
            version = None;
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
