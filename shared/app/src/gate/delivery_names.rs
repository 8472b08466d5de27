//! What deliveries are called that have no connector of a workspace, and what is added to a connector's id.

/// The deployment's Slack app, as a connector.
pub const SLACK: &str = "slack";
/// What is added to the id of a Slack connector for the card in an escalation's channel.
pub const ESCALATION: &str = ":escalation";
/// The delivery that is noted on that an approval waits in the console, where no connector has one.
pub(crate) const CONSOLE: &str = "console";
/// The delivery that an execution is kept as.
pub const EXECUTION: &str = "execution";
/// The delivery that a callback is kept as.
pub const CALLBACK: &str = "callback";

/// What is kept as a delivery and shows nothing.
pub(crate) const NO_CARDS: [&str; 3] = [EXECUTION, CALLBACK, CONSOLE];

/// A connector's id, without what is added for a second card.
pub(crate) fn base(delivery: &str) -> &str {
    delivery.split(':').next().unwrap_or_default()
}
