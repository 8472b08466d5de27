//! The local host's machinery: everything AWS does between the functions, in one process.

pub mod client;
mod code;
pub mod engine;
pub mod events;
pub mod gateway;
pub mod handlers;
pub mod host;
pub mod observe;
mod place;
pub mod sockets;
pub mod start;
pub mod template;

use jiff::Timestamp;
use std::sync::Arc;

pub use observe::{calls, invocations, ledger};
pub use place::{ACCOUNT, REGION};

/// The wall clock everyone in the process shares, in milliseconds since the epoch.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// Makes request and event ids: UUIDs in production, a counter in a test.
pub type Ids = Arc<dyn Fn() -> String + Send + Sync>;

/// A time as a failure record writes it, to the millisecond.
fn moment(millis: i64) -> String {
    let time = Timestamp::from_millisecond(millis).unwrap_or_default();
    format!("{time:.3}")
}

/// A time as an event writes it, to the second.
fn second(millis: i64) -> String {
    let time = Timestamp::from_second(millis.div_euclid(1000)).unwrap_or_default();
    format!("{time:.0}")
}

/// A time as a gateway's event writes it, in the format of access logs.
fn common_log_time(millis: i64) -> String {
    let time = Timestamp::from_millisecond(millis).unwrap_or_default();
    time.strftime("%d/%b/%Y:%H:%M:%S +0000").to_string()
}
