//! Do: one file per use case, each a verb. A use case authenticates nothing and renders nothing. It reads, decides through the domain,
//! writes under a condition, and returns the result.
//!
//! Every function that returns a [`Failure`] returns [`Failure::Internal`] (500 over HTTP) if the table, the bus, the WebSocket gateway or
//! the operating system's random source cannot be reached. The function's own documentation names only other errors.

mod actor;
pub mod answer;
pub mod ask;
pub mod callers;
pub mod clock;
pub mod decide;
pub mod deliver;
pub mod facts;
pub mod failure;
pub mod gate;
pub mod look;
pub mod memory;
pub mod noted;
pub mod notify;
pub mod publish;
pub mod settings;
pub mod sweep;

pub use actor::Actor;
pub use callers::authenticate::{Bootstrap, Caller};
pub use clock::{Clock, Random};
pub use failure::Failure;
pub use gate::couriers::{Couriers, Slack};
pub use gate::deciding::Deciding;
pub use gate::keyed::Keyed;
pub use gate::{Addresses, Gate};
pub use memory::Memory;
