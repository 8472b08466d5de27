//! How long to wait before the next attempt: some seconds at first, since most failures are over in seconds; then minutes.

use crate::ApprovalId;
use jiff::SignedDuration;

/// Seconds until the next attempt to post, after so many failures; after one more failure the connector is given up.
const POST: [i64; 7] = [1, 4, 15, 60, 300, 900, 1_800];
/// Seconds until the next attempt to update a card. It goes on for longer: the card is out, and must not stay wrong.
const UPDATE: [i64; 9] = [1, 4, 15, 60, 300, 900, 1_800, 3_600, 7_200];
/// Seconds until a message to a machine is sent again: after the first seconds about as in Standard Webhooks.
const SEND: [i64; 9] = [1, 4, 15, 60, 300, 1_800, 7_200, 18_000, 36_000];

/// Failures after which a connector is given up.
pub const ROUNDS: u32 = POST.len() as u32 + 1;
/// The longest time a vendor may ask for that the same attempt waits, under its lease.
const LONGEST_ON_THE_SPOT: SignedDuration = SignedDuration::from_secs(3);
/// How many failures in a row the same attempt may wait for.
const MOST_ON_THE_SPOT: u32 = 3;
/// The longest time that one delivery's failure keeps all others from a connector: then one of them finds out whether it still fails.
pub const CLOSED: SignedDuration = SignedDuration::from_mins(1);

/// What is tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    /// Posting a card.
    Post,
    /// Updating a card.
    Update,
    /// A message to a machine.
    Send,
}

/// How long to wait after so many failures in a row, at least as long as the vendor asks; none where it is given up. A tenth more or
/// less, always the same for one approval, so that what failed together does not come back together.
pub fn after(again: Again, failures: u32, asked: Option<SignedDuration>, id: &ApprovalId) -> Option<SignedDuration> {
    let seconds = match again {
        Again::Post => POST.as_slice(),
        Again::Update => &UPDATE,
        Again::Send => &SEND,
    };
    let seconds = *seconds.get(failures.saturating_sub(1) as usize)?;
    let hash = id.as_str().bytes().fold(failures, |sum, b| sum.wrapping_mul(31).wrapping_add(u32::from(b)));
    let wait = SignedDuration::from_secs(seconds).saturating_mul(900 + (hash % 201) as i32) / 1_000;
    Some(wait.max(asked.unwrap_or_default()))
}

/// How long the same attempt waits before it calls the vendor again; none if a timer has to start the next attempt.
pub fn waited_on_the_spot(failures: u32, asked: Option<SignedDuration>) -> Option<SignedDuration> {
    asked.filter(|asked| *asked <= LONGEST_ON_THE_SPOT && failures <= MOST_ON_THE_SPOT)
}
