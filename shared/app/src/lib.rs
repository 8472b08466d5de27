//! Do: one file per use case, each a verb. A use case authenticates nothing and renders nothing; it reads, decides through the
//! domain, writes under a condition, and says what came of it.

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
