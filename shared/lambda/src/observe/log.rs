//! The log of a function on Lambda: one line of JSON for each event, without the time, which CloudWatch adds.

use crate::start::environment;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer as _, fmt, registry};

/// From here on what is logged is written. `EnvFilter` could say more, and would bring an engine for regular expressions into every
/// function.
pub(crate) fn begin() {
    let json = fmt::layer().json().flatten_event(true).with_span_list(false).with_target(false).without_time();
    // If the log has already begun, it has the same settings.
    let _ = registry().with(json.with_filter(environment::log_levels())).try_init();
}
