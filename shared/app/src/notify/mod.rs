//! The agent learns: by a held poll, a stream or a WebSocket.

pub mod await_decision;
pub mod push_state;
pub mod register_waiter;
