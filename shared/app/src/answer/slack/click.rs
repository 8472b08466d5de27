//! A verified interaction, the app it came through, and what Slack is answered.

use super::apps::SlackApp;
use serde_json::Value;
use vendors::slack::Interaction;

/// A verified interaction, and the app it came through.
pub(crate) struct Click {
    pub(super) interaction: Interaction,
    pub(super) app: SlackApp,
}

/// The body of the answer to Slack, whose status is 200 all the same: the interaction was understood.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// Nothing.
    Empty,
    /// What is wrong with a form.
    Form(Value),
}
