//! How much of everything a connection may have.

use std::time::Duration;

/// What a connection may do. The first four are API Gateway's quotas for WebSocket APIs, which nobody can have raised:
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html>
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// A connection that nothing passes over for so long is closed.
    pub idle: Duration,
    /// Every connection is closed after so long.
    pub longest: Duration,
    /// The bytes of a message, either way.
    pub message: usize,
    /// The bytes of a frame, either way.
    pub frame: usize,
    /// The bytes that may wait for a client to read them. AWS has such a bound and does not tell it.
    pub unread: usize,
    /// Messages of one connection handled at once; AWS throttles by rate instead.
    pub concurrency: usize,
    /// How long a connection may take to close.
    pub farewell: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            idle: Duration::from_secs(10 * 60),
            longest: Duration::from_secs(2 * 60 * 60),
            message: 128 * 1024,
            frame: 32 * 1024,
            unread: 1024 * 1024,
            concurrency: 16,
            farewell: Duration::from_secs(1),
        }
    }
}
