//! How fast one WebSocket connection may send, and one address open connections without a token. It is counted in this process alone, so
//! that an honest waiter costs no write.
//!
//! On AWS the functions have many instances, each with its own count. A message takes an instance some 10 ms. A client that keeps instances
//! busy therefore sends each of them about 100 messages a second, however many instances there are, and each instance allows fewer than
//! that.

use domain::Timestamp;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use store::rates::Rate;

/// What one connection may send: so many at once, and so many a window.
pub const MESSAGES: Rate = Rate { name: "messages", burst: 200, window_sec: 10 };
/// Connections that one address may open without a token.
pub const CONNECTIONS: Rate = Rate { name: "connections", burst: 100, window_sec: 100 };
/// Refusals in a row after which a connection is closed.
const MOST_REFUSED: u64 = 100;
/// Senders remembered before those are forgotten whose bucket is full again.
const TIDY_AT: usize = 10_000;

/// Who sends how fast.
#[derive(Debug, Default)]
pub struct MessageRates(Mutex<HashMap<String, Bucket>>);

/// What came of sending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// It may.
    Taken,
    /// It is too fast; it can again after so many seconds.
    TooFast {
        /// Seconds.
        retry_after_sec: u64,
    },
    /// The client went on after the message that it sends too fast.
    GoesOn,
}

#[derive(Debug, Default)]
struct Bucket {
    /// When it is full again, in milliseconds.
    full_at: i64,
    refused: u64,
}

impl MessageRates {
    /// Takes a token of a sender's bucket.
    pub fn take(&self, sender: &str, rate: Rate, now: Timestamp) -> Sent {
        let now = now.as_millisecond();
        let mut senders = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if senders.len() >= TIDY_AT {
            senders.retain(|_, bucket| bucket.full_at > now);
        }
        let bucket = senders.entry(sender.to_owned()).or_default();
        let next = bucket.full_at.max(now) + rate.every_ms();
        let over = next - now - rate.every_ms() * rate.burst as i64;
        if over <= 0 {
            (bucket.full_at, bucket.refused) = (next, 0);
            return Sent::Taken;
        }
        bucket.refused += 1;
        match bucket.refused > MOST_REFUSED {
            true => Sent::GoesOn,
            false => Sent::TooFast { retry_after_sec: (over as u64).div_ceil(1_000) },
        }
    }
}
