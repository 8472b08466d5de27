//! The log of a function on Lambda: JSON on standard output, by the level that `RUST_LOG` says for each crate. Not by
//! the runtime's own `EnvFilter`: its regular expressions are half a megabyte of a binary.

use crate::environment;
use tracing::Level;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// From here on what is logged is written. The time is CloudWatch's.
pub(crate) fn begin() {
    let wanted = environment::log_level().and_then(|text| text.parse().ok());
    let wanted: Targets = wanted.unwrap_or_else(|| Targets::new().with_default(Level::INFO));
    let json = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_span_list(false)
        .with_target(false)
        .without_time();
    // Whoever has begun it before has done no less.
    let _ = tracing_subscriber::registry().with(json).with(wanted).try_init();
}
