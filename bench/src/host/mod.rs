//! The host under measurement and how it is reached: whole in this process (`system`), or in a process of its own (`serve` is its inside,
//! `process` the bench's end); the client, a Slack that agrees to everything, and a table warmed up. Every other room comes here; this one
//! goes to none.

pub mod http;
pub mod process;
pub mod serve;
pub mod slack;
pub mod system;
pub mod warm;
