//! What comes of a change and of time: the table's stream, the event bus and schedules invoke functions, again and again until they succeed or
//! are given up. A cause holds the stream's checkpoint back until everything that follows from a record is over. The host wires the room
//! together; the bus is also open to the functions, through the SDK's clients.

pub mod bus;
mod cause;
pub mod invoke;
pub mod schedule;
pub mod stream;
