//! The stream's records become events on the bus, and the work that a removed timer stood for. `relay` calls this room.

pub mod publish_changes;
