//! A Slack connector's configuration: a channel, a bot's token, and in strict mode a signing secret of its own.

use crate::connector::{Settings, header_fault};
use domain::Fault;

/// The messages a second that a channel takes (<https://docs.slack.dev/apis/web-api/rate-limits>, "Posting messages").
pub const MAX_PER_SECOND: usize = 1;
/// The bot's token.
pub const BOT_TOKEN: &str = "X-Slack-Bot-Token";
/// What Slack signs interactions with.
pub const SIGNING_SECRET: &str = "X-Slack-Signing-Secret";
/// All there are.
pub const HEADERS: Option<&[&str]> = Some(&[BOT_TOKEN, SIGNING_SECRET]);
/// Headers whose values are not secret.
pub const PUBLIC_HEADERS: &[&str] = &[];

/// Every fault of a configuration.
pub fn check(settings: &Settings, _allow_insecure: bool) -> Vec<Fault> {
    let mut faults = Vec::new();
    if !is_channel(&settings.endpoint) {
        let problem = "must be a channel's id, such as C0123456789";
        faults.push(Fault::new("endpoint", problem));
    }
    match settings.header(BOT_TOKEN) {
        Some(token) if token.starts_with("xoxb-") && token.len() > 5 => {}
        Some(_) => faults.push(header_fault(BOT_TOKEN, "must be a bot's token, which begins with xoxb-")),
        None => faults.push(header_fault(BOT_TOKEN, "is required")),
    }
    if settings.strict && settings.header(SIGNING_SECRET).is_none() {
        faults.push(header_fault(SIGNING_SECRET, "is required in strict mode"));
    }
    faults
}

/// The endpoint as it may be shown. A channel's id is no secret: the bot's token is.
pub fn masked(endpoint: &str) -> String {
    endpoint.to_owned()
}

/// Channels, private channels and direct messages (<https://docs.slack.dev/reference/objects/conversation-object>).
fn is_channel(id: &str) -> bool {
    let rest = id.strip_prefix(['C', 'G', 'D']);
    rest.is_some_and(|rest| {
        (2..=30).contains(&rest.len()) && rest.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
    })
}
