//! A delivery: what one connector shows of one approval, and what follows from each attempt to show it. Pure, as the approval is: the time
//! and what a vendor answered are passed in.

pub mod address;
pub mod entry;
pub mod lease;
pub mod look;
pub mod plan;
pub mod step;
pub mod surface;
pub mod targets;
pub mod waits;
pub mod writer;

pub use address::Address;
pub use entry::{Entry, What};
pub use surface::Surface;

use crate::Timestamp;
use serde::{Deserialize, Serialize};
use waits::ROUNDS;

/// The message id of a message that a machine gets once; it has no card to find again.
const SENT: &str = "sent";
/// The last entries of a delivery are remembered, and no more.
const MOST_ENTRIES: usize = 12;

/// What one connector shows of one approval: claim, result and activity of a delivery are this one item.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Delivery {
    /// The connector's id, or one of [`surface`].
    pub connector: String,
    /// Slack's channel, Jira's site.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// The message's own id: Slack's timestamp, Jira's issue key, PagerDuty's dedup key, a webhook's last message id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ts: Option<String>,
    /// The Slack team.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
    /// The Slack app; for Jira the number of the newest history entry that the issue has as a comment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app: Option<String>,
    /// The version of the approval that the card shows; 0 where there is no card.
    pub shown: u64,
    /// Attempts that failed since the last one that did not. A 429 is not one of them.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub failures: u32,
    /// 429s since the last other answer.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub held_off: u32,
    /// Refused for good: nothing more is posted.
    #[serde(default, skip_serializing_if = "is_false")]
    pub refused: bool,
    /// No attempt before then: the next round, its turn in line, or the vendor asked to be left alone so long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Timestamp>,
    /// It stands in line at its connector, and `not_before` is its turn.
    #[serde(default, skip_serializing_if = "is_false")]
    pub in_line: bool,
    /// Replayed by an admin: the delivery is tried even if another connector carries the approval.
    #[serde(default, skip_serializing_if = "is_false")]
    pub replayed: bool,
    /// The card could not be updated to this version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub behind: Option<Behind>,
    /// The message id of the last card that somebody deleted while people were still asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub removed: Option<String>,
    /// The last attempts and what else happened, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub log: Vec<Entry>,
    /// Until when somebody may be writing the card, as of when this was read.
    #[serde(skip)]
    pub leased_until: Option<Timestamp>,
    /// Who held the lease last, as of when this was read.
    #[serde(skip)]
    pub leased_by: Option<String>,
    /// When it may be removed: with its approval, once that has ended.
    #[serde(skip)]
    pub purge_at: Option<Timestamp>,
}

/// A version of an approval that a card could not be updated to. A newer version does not wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Behind {
    /// The version.
    pub version: u64,
    /// When the next attempt is made; none where it is given up.
    pub until: Option<Timestamp>,
}

impl Delivery {
    /// Whether the card was posted, or the message that is sent once was sent.
    pub fn is_out(&self) -> bool {
        self.ts.is_some()
    }

    /// Whether nobody posts it any more: it was refused, or failed in every round.
    pub fn is_given_up(&self) -> bool {
        self.refused || self.failures >= ROUNDS
    }

    /// Whether somebody may be writing the card.
    pub fn is_held(&self, now: Timestamp) -> bool {
        self.leased_until.is_some_and(|until| now < until)
    }

    /// Where the card is; none where there is none yet.
    pub fn address(&self) -> Option<Address> {
        let Self { channel, ts, team, app, .. } = self.clone();
        ts.is_some().then_some(Address { channel, ts, team, app })
    }

    /// Ends a message that a machine gets once: the machine took it, or it was given up.
    pub fn conclude(&mut self, taken: bool) {
        self.ts = taken.then(|| SENT.to_owned());
        (self.refused, self.not_before) = (!taken, None);
    }

    /// A card that was posted after all is known from now on; what failed and had to wait was its posting. A card that was deleted is
    /// not learned of again.
    pub fn learn(&mut self, address: Address) {
        if self.removed == address.ts {
            return;
        }
        let Address { channel, ts, team, app } = address;
        (self.channel, self.ts, self.team, self.app, self.shown) = (channel, ts, team, app, 0);
        (self.not_before, self.in_line, self.failures, self.held_off) = (None, false, 0, 0);
    }

    /// Somebody deleted the card: there is none to update. It can be posted again.
    pub fn forget_card(&mut self) {
        (self.removed, self.channel, self.shown) = (self.ts.take(), None, 0);
        (self.failures, self.held_off, self.behind) = (0, 0, None);
    }

    /// Somebody wants a delivery that was given up tried again: nothing is counted against it any more.
    #[must_use]
    pub fn anew(&self) -> Self {
        let fresh = Self { failures: 0, held_off: 0, refused: false, not_before: None, in_line: false, ..self.clone() };
        Self { replayed: true, ..fresh }
    }

    /// Notes what happened; the oldest entries go first.
    pub fn note(&mut self, entry: Entry) {
        if self.log.len() >= MOST_ENTRIES {
            self.log.remove(0);
        }
        self.log.push(entry);
    }
}

fn is_false(b: &bool) -> bool {
    !b
}

fn is_zero(n: &u32) -> bool {
    *n == 0
}
