//! Clicks and forms in Slack. Nothing of a payload is believed before its signature is verified.

pub mod act;
pub mod apps;
pub mod click;
mod decision;
mod modal;
mod person;
mod redraw;
pub mod signed;
mod tell;
