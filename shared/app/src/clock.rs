//! The wall clock and the source of randomness.
//!
//! INVARIANT 17: Clock, environment and randomness are read in one place each: the environment in `lambda/start/environment.rs`, the others
//! here.

use domain::Timestamp;
use jiff::SignedDuration;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// What time it is, to the millisecond.
#[derive(Clone, Debug, Default)]
pub enum Clock {
    /// The machine's.
    #[default]
    Wall,
    /// Set by hand, in milliseconds since 1970.
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// Now.
    pub fn now(&self) -> Timestamp {
        let ms = match self {
            #[expect(clippy::disallowed_methods, reason = "this is the one place where it is read")]
            Self::Wall => Timestamp::now().as_millisecond(),
            Self::Manual(ms) => ms.load(Ordering::SeqCst),
        };
        Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// A manual clock that begins at an instant.
    pub fn manual(at: Timestamp) -> Self {
        Self::Manual(Arc::new(AtomicI64::new(at.as_millisecond())))
    }

    /// Waits until it is as late; `false` at once for a manual clock, which nobody can wait for.
    pub async fn reach(&self, at: Timestamp) -> bool {
        let Self::Wall = self else { return false };
        let left = at.duration_since(self.now());
        tokio::time::sleep(left.try_into().unwrap_or_default()).await;
        true
    }

    /// Ends once an instant has passed; never by a manual clock, which nobody can wait for.
    pub async fn passes(&self, at: Timestamp) {
        if !self.reach(at).await {
            std::future::pending::<()>().await;
        }
    }

    /// Moves a manual clock forward; the machine's moves by itself.
    pub fn advance(&self, by: SignedDuration) {
        if let Self::Manual(ms) = self {
            ms.fetch_add(by.as_millis() as i64, Ordering::SeqCst);
        }
    }
}

/// Where random bytes come from.
#[derive(Clone, Debug, Default)]
pub enum Random {
    /// The operating system.
    #[default]
    System,
    /// Counted up from a seed, for tests that must repeat.
    Counted(Arc<AtomicI64>),
}

impl Random {
    /// So many random bytes; `None` where the operating system has none to give.
    pub fn bytes<const N: usize>(&self) -> Option<[u8; N]> {
        let mut bytes = [0; N];
        match self {
            Self::System => getrandom::fill(&mut bytes).ok()?,
            Self::Counted(count) => {
                let next = count.fetch_add(1, Ordering::SeqCst).to_be_bytes();
                bytes.iter_mut().rev().zip(next.iter().rev()).for_each(|(b, n)| *b = *n);
            }
        }
        Some(bytes)
    }
}
