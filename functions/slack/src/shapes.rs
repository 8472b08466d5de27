//! The shapes of what Slack sends and is answered.

use domain::shape::Shape;
use domain::shape::make::*;

/// Parsed `payload` JSON from Slack
pub const SLACK_INTERACTION_PAYLOAD: Shape = open_answer(&[
    may("type", text()),
    may("user", open_answer(&[may("id", text())])),
    may("actions", list_of(&open_answer(&[may("action_id", text()), may("value", text())]))),
    may("container", open_answer(&[may("channel_id", text()), may("message_ts", text())])),
    may("api_app_id", text()),
    may("token", text()),
    may("response_url", text()),
])
.named("SlackInteractionPayload")
.says("Parsed `payload` JSON from Slack");

/// What Slack is answered: what is wrong with a modal's inputs, or the challenge that it sent.
pub const SLACK_ANSWER: Shape = answer(&[
    may("response_action", only(r#""errors""#)),
    may("errors", map(&text())).says("The messages by the input's id."),
    may("challenge", text()),
])
.rules(&[
    ("dependentRequired", r#"{"response_action": ["errors"], "errors": ["response_action"]}"#),
    ("minProperties", r#"1"#),
])
.named("SlackAnswer")
.says("The answer to Slack: what is wrong with a modal's inputs, or the challenge that Slack sent.");
