//! The local host's machinery from outside: the real SDK, real HTTP, toy handlers.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what it expects by failing"
)]

mod it;
