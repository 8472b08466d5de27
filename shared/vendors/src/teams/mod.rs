//! Microsoft Teams: Adaptive Cards posted through a workflow ("When a Teams webhook request is received"); the decision is made
//! behind the card's one link, since nothing comes back this way.
//!
//! [`config`] checks what an admin entered, `element` has the pieces of a card, [`show`] writes the card, [`Client`] posts it.

mod card;
pub mod client;
pub mod config;
mod element;
pub mod show;

pub use client::Client;
pub use show::{PostedUpTo, due, message, test_message};

/// The most bytes of a message: "approximately 28 KB" (<https://learn.microsoft.com/connectors/teams>, "Known issues and
/// limitations with actions").
pub const MAX_MESSAGE: usize = 28 * 1024;
/// The most that a message of ours may count for. Others were refused from 21,000 bytes on (msteams_hermes, `message.rb`), and how
/// Teams counts what is beyond ASCII is not documented.
pub(crate) const MESSAGE_BUDGET: usize = 20_000;
/// The version of the schema that cards are written in: the first with rich text. Teams shows versions up to 1.5
/// (<https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/cards/cards-reference>).
pub(crate) const CARD_VERSION: &str = "1.2";
/// The most requests a second; beyond them comes 429
/// (<https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook>).
pub const MAX_PER_SECOND: usize = 4;
/// The longest link that a card has room for; ours are shorter.
pub(crate) const MAX_LINK: usize = 2_000;

/// Nothing finds a card whose posting was never answered, however late one looks.
pub(crate) const LEAST_WAIT: std::time::Duration = std::time::Duration::ZERO;

#[cfg(test)]
mod tests;
