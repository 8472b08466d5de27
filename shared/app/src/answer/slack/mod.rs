//! Clicks in Slack.

pub mod apps;
pub mod redraw_stray;
