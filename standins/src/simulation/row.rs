//! A delivery's row, as the table keeps it: each function is one conditional write, or one read.

use domain::Timestamp;
use domain::delivery::lease::{Lease, Released};
use domain::delivery::{Address, Delivery};

/// The row of one delivery; it exists once somebody has claimed it.
#[derive(Clone, Debug, Default)]
pub struct Row {
    exists: bool,
    document: Option<Delivery>,
    /// None where nothing was ever written down.
    shown: Option<u64>,
    holder: String,
    until: Timestamp,
    nudges: i64,
    taught: Option<(String, String)>,
    connector: String,
}

impl Row {
    /// The row of this connector's delivery, which nobody has begun.
    pub fn new(connector: &str) -> Self {
        Self { connector: connector.to_owned(), ..Self::default() }
    }

    /// The delivery; none where nobody has begun it.
    pub fn read(&self) -> Option<Delivery> {
        self.exists.then(|| self.delivery())
    }

    fn delivery(&self) -> Delivery {
        let new = || Delivery { connector: self.connector.clone(), ..Delivery::default() };
        let mut delivery = self.document.clone().unwrap_or_else(new);
        if let (None, Some((channel, ts))) = (&delivery.ts, &self.taught) {
            delivery.learn(Address { channel: Some(channel.clone()), ts: Some(ts.clone()), ..Address::default() });
        }
        (delivery.leased_by, delivery.leased_until) = (Some(self.holder.clone()), Some(self.until));
        delivery
    }

    /// Takes the lease, if nobody holds it.
    pub fn claim(&mut self, holder: &str, now: Timestamp, until: Timestamp) -> Option<(Lease, Delivery)> {
        if self.exists && self.until > now {
            return None;
        }
        let before = self.exists.then(|| self.holder.clone());
        (self.exists, self.holder, self.until) = (true, holder.to_owned(), until);
        Some((Lease { holder: holder.to_owned(), before, until, nudges: self.nudges }, self.delivery()))
    }

    /// Tells the holder; `false` where nobody holds the lease.
    pub fn nudge(&mut self, now: Timestamp) -> bool {
        let held = self.exists && self.until > now;
        self.nudges += i64::from(held);
        held
    }

    /// Teaches the address of a card; the first that is taught stays.
    pub fn teach(&mut self, channel: &str, ts: &str) {
        if self.exists && self.taught.is_none() {
            self.taught = Some((channel.to_owned(), ts.to_owned()));
            self.nudges += 1;
        }
    }

    /// Writes the delivery down and lets go of the lease, unless there was a nudge.
    pub fn release(&mut self, lease: &Lease, delivery: &Delivery, now: Timestamp) -> Released {
        if self.exists && self.holder == lease.holder && self.until > now && self.nudges == lease.nudges {
            self.write(delivery);
            self.until = Timestamp::UNIX_EPOCH;
            return Released::Free;
        }
        if self.holder == lease.holder && self.until == Timestamp::UNIX_EPOCH {
            return Released::Free;
        }
        let kept = Lease { nudges: self.nudges, ..lease.clone() };
        if self.keep(&kept, delivery, now) { Released::Kept(kept) } else { Released::Lost }
    }

    /// Writes the delivery down under the lease; `false` where it was lost to time.
    pub fn keep(&mut self, lease: &Lease, delivery: &Delivery, now: Timestamp) -> bool {
        let mine = self.exists && self.holder == lease.holder && self.until > now && self.nudges >= lease.nudges;
        if mine {
            self.write(delivery);
            self.until = lease.until;
        }
        mine
    }

    /// Writes an ending down where nobody has held the lease since the delivery was read.
    pub fn record(&mut self, read: &Delivery, written: &Delivery, now: Timestamp) -> bool {
        let same = read.leased_by.as_deref() == Some(&self.holder) && Some(read.shown) == self.shown;
        let free = self.exists && same && self.until <= now;
        if free {
            self.write(written);
            self.holder.clear();
        }
        free
    }

    fn write(&mut self, delivery: &Delivery) {
        self.shown = Some(delivery.shown);
        self.document = Some(Delivery { leased_by: None, leased_until: None, purge_at: None, ..delivery.clone() });
    }
}
