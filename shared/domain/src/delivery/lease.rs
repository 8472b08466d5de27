//! The lease of a delivery: the right of one writer to write its card for a while. A writer that finds the lease taken leaves a nudge, and
//! the holder does not let go of the lease while there is a nudge that it has not seen.

use crate::Timestamp;
use jiff::SignedDuration;

/// How long a lease lasts beside the time that its holder's call of the vendor may take.
pub const BESIDE_THE_CALL: SignedDuration = SignedDuration::from_secs(30);

/// The lease, as its holder knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// A random name of the holder.
    pub holder: String,
    /// The holder before; none where there was none, or where nobody knows.
    pub before: Option<String>,
    /// From when on it is nobody's.
    pub until: Timestamp,
    /// Nudges seen so far.
    pub nudges: i64,
}

/// What came of writing a delivery down and letting go of its lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Released {
    /// The lease is free.
    Free,
    /// There were nudges: what was written stays, and the lease is kept, with the newer count.
    Kept(Lease),
    /// The lease was lost to time: nothing was written, and another writer may have been faster.
    Lost,
}
