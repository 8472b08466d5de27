//! What a delivery is of: a card that people see, or one of three that no connector of a workspace has.

/// The deployment's own Slack app, as a connector.
pub const SLACK: &str = "slack";
/// What is added to the id of a Slack connector for the card in an escalation's channel.
pub const ESCALATION: &str = ":escalation";
/// The delivery that notes that an approval waits in the console, where no connector has one.
pub const CONSOLE: &str = "console";
/// The delivery that an execution is kept as.
pub const EXECUTION: &str = "execution";
/// The delivery that a callback is kept as.
pub const CALLBACK: &str = "callback";

/// What a delivery is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Surface {
    /// A card, which is updated at every change.
    Card,
    /// The webhook that executes, called once.
    Execution,
    /// The address that a request came with, called once.
    Callback,
    /// A note that the approval waits in the console.
    ConsoleNote,
}

impl Surface {
    /// Of a delivery's id.
    pub fn of(delivery: &str) -> Self {
        match delivery {
            EXECUTION => Self::Execution,
            CALLBACK => Self::Callback,
            CONSOLE => Self::ConsoleNote,
            _ => Self::Card,
        }
    }

    /// Whether there is something that people see.
    pub fn is_card(self) -> bool {
        self == Self::Card
    }
}

/// A connector's id, without what is added for a second card.
pub fn base(delivery: &str) -> &str {
    delivery.split(':').next().unwrap_or_default()
}
