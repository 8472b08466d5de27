//! The writers of one card, simulated: any number of them in any order, with crashes, pauses, lost answers and repeated events, against a
//! row that does what the table's conditional writes do (the tests hold it to the real store) and a vendor that keeps cards. A seed is a
//! schedule: whatever goes wrong, goes wrong again.

pub mod row;
mod running;
mod schedule;
mod vendor;
mod world;

pub use running::Ran;
pub use schedule::run;
