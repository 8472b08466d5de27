//! The log of a function: one line of JSON for each event, without the time, which CloudWatch adds.

use crate::environment;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer as _, fmt, registry};

/// Starts it. `EnvFilter` could say more, and would bring an engine for regular expressions into every function.
pub(crate) fn start() {
    let lines = fmt::layer().json().with_target(false).without_time();
    registry().with(lines.with_filter(environment::log_levels())).init();
}
