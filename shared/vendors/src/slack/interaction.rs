//! What Slack posts: what a person did, read from a form (<https://docs.slack.dev/reference/interaction-payloads>), and what an app
//! that others built more into is sent besides.

use super::edit;
use super::form::{DECISION, DENY, EDIT, MORE_INFO, REASON};
use super::subject::{CardAddress, Subject};
use serde_json::{Map, Value};

/// The longest identifier or address that is read.
const MAX_NAME: usize = 2_000;

/// What Slack posts to a Request URL.
#[derive(Clone, Debug, PartialEq)]
pub enum Posted {
    /// Somebody did something with a card or a modal of ours.
    Interaction(Box<Interaction>),
    /// Slack asks whether the address is ours, and wants this text back.
    Challenge(String),
    /// A shortcut, a command, an event, a click on what others posted: to be acknowledged.
    NotOurs,
}

/// One interaction. Nothing of it is to be believed before its signature is verified.
#[derive(Clone, Debug, PartialEq)]
pub struct Interaction {
    /// The workspace the app is installed in, where it happened: `team.id`. None where it is installed for a whole organisation.
    pub team: Option<String>,
    /// The user's id.
    pub user: String,
    /// The user's own team: with Slack Connect, and in an Enterprise Grid, it can be another.
    pub user_team: String,
    /// The app's id.
    pub app: String,
    /// Good for one modal within three seconds.
    pub trigger_id: Option<String>,
    /// Good for five messages within half an hour.
    pub response_url: Option<String>,
    /// The channel, where it happened in one.
    pub channel: Option<String>,
    /// The message, where it happened in one.
    pub message_ts: Option<String>,
    /// What was done.
    pub acts: Act,
}

/// What was done.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    /// Approve what was shown.
    Approve(Subject),
    /// Refuse at once.
    Deny(Subject),
    /// Refuse, giving a reason: opens a modal.
    DenyWithReason(Subject),
    /// See everything: opens a modal.
    MoreInfo(Subject),
    /// Acknowledge in the name of personas.
    Acknowledge {
        /// What was shown.
        subject: Subject,
        /// The personas' names; at least one.
        personas: Vec<String>,
    },
    /// Change parameters and approve: opens a modal.
    ApproveEdit(Subject),
    /// Ask again after a refusal.
    ReRequest(Subject),
    /// The modal of a refusal was sent.
    SubmitDeny {
        /// What was shown.
        subject: Subject,
        /// In the person's words.
        reason: Option<String>,
        /// The card it was opened from.
        card: Option<CardAddress>,
    },
    /// The modal of an edit was sent.
    SubmitEdit {
        /// What was shown.
        subject: Subject,
        /// Override key → text as typed.
        values: Map<String, Value>,
        /// The card it was opened from.
        card: Option<CardAddress>,
    },
    /// A link of ours was followed, a last box unticked: nothing is to be done about this.
    Idle(Subject),
}

impl Act {
    /// The approval and the digest that the button carries.
    pub fn subject(&self) -> &Subject {
        match self {
            Self::Approve(s)
            | Self::Deny(s)
            | Self::DenyWithReason(s)
            | Self::MoreInfo(s)
            | Self::ApproveEdit(s)
            | Self::ReRequest(s)
            | Self::Idle(s) => s,
            Self::Acknowledge { subject, .. } | Self::SubmitDeny { subject, .. } | Self::SubmitEdit { subject, .. } => {
                subject
            }
        }
    }
}

/// Whether Slack only looks at the address's certificate: it does not sign that, and wants a 200.
pub fn is_ssl_check(body: &[u8]) -> bool {
    let has = |wanted: &str| url::form_urlencoded::parse(body).any(|(key, value)| key == wanted && value == "1");
    has("ssl_check") && !url::form_urlencoded::parse(body).any(|(key, _)| key == "payload")
}

/// Reads a body: a form with a field `payload` is an interaction, one with a field `command` a slash command, and JSON an event.
///
/// # Errors
/// A sentence where it is none of them, or where it is one of ours and says nothing that can be understood.
pub fn read(body: &[u8]) -> Result<Posted, String> {
    if body.first() == Some(&b'{') {
        return event(body);
    }
    let mut found = url::form_urlencoded::parse(body).filter(|(key, _)| key == "payload");
    let Some((_, text)) = found.next() else {
        let command = url::form_urlencoded::parse(body).any(|(key, _)| key == "command");
        return if command { Ok(Posted::NotOurs) } else { Err("the form has no field payload".into()) };
    };
    if found.next().is_some() {
        return Err("the form has more than one field payload".into());
    }
    // The parser refuses more than 127 levels.
    let payload: Value = serde_json::from_str(&text).map_err(|e| format!("the payload is not JSON: {e}"))?;
    match act(&payload)? {
        Some(acts) => interaction(&payload, acts).map(|read| Posted::Interaction(Box::new(read))),
        None => Ok(Posted::NotOurs),
    }
}

/// An event, though no manifest of ours asks for any: <https://docs.slack.dev/reference/events/url_verification>.
fn event(body: &[u8]) -> Result<Posted, String> {
    let event: Value = serde_json::from_slice(body).map_err(|e| format!("the event is not JSON: {e}"))?;
    match event.get("type").and_then(Value::as_str) {
        Some("url_verification") => {
            text_at(&event, &["/challenge"]).map(Posted::Challenge).ok_or("the event has no challenge".into())
        }
        Some("block_actions" | "view_submission") => Err("an interaction is a form with a field payload".into()),
        Some(_) => Ok(Posted::NotOurs),
        None => Err("the event has no type".into()),
    }
}

fn interaction(payload: &Value, acts: Act) -> Result<Interaction, String> {
    let team = text_at(payload, &["/team/id"]);
    if team.is_none() && payload.get("is_enterprise_install") != Some(&Value::Bool(true)) {
        return Err("the payload names no team".into());
    }
    Ok(Interaction {
        user: text_at(payload, &["/user/id"]).ok_or("the payload names no user")?,
        user_team: text_at(payload, &["/user/team_id"]).or_else(|| team.clone()).unwrap_or_default(),
        app: text_at(payload, &["/api_app_id"]).ok_or("the payload names no app")?,
        trigger_id: text_at(payload, &["/trigger_id"]),
        response_url: text_at(payload, &["/response_url"]),
        channel: text_at(payload, &["/container/channel_id", "/channel/id"]),
        message_ts: text_at(payload, &["/container/message_ts", "/message/ts"]),
        acts,
        team,
    })
}

fn text_at(payload: &Value, places: &[&str]) -> Option<String> {
    let text = places.iter().find_map(|place| payload.pointer(place)?.as_str());
    text.filter(|t| (1..=MAX_NAME).contains(&t.len())).map(str::to_owned)
}

/// What was done; none where it was done with something that is not ours.
fn act(payload: &Value) -> Result<Option<Act>, String> {
    match payload.get("type").and_then(Value::as_str) {
        Some("block_actions") => action(payload.pointer("/actions/0").ok_or("the payload has no action")?),
        Some("view_submission") => submission(payload.get("view").ok_or("the payload has no view")?),
        Some(_) => Ok(None),
        None => Err("the payload has no type".into()),
    }
}

fn action(action: &Value) -> Result<Option<Act>, String> {
    let id = action.get("action_id").and_then(Value::as_str).unwrap_or_default();
    let value = action.get("value").and_then(Value::as_str).unwrap_or_default();
    let subject = || Subject::parse(value);
    Ok(Some(match id {
        "approve" => Act::Approve(subject()?),
        "deny" => Act::Deny(subject()?),
        "deny_with_reason" => Act::DenyWithReason(subject()?),
        "more_info" => Act::MoreInfo(subject()?),
        "approve_edit" => Act::ApproveEdit(subject()?),
        "re_request" => Act::ReRequest(subject()?),
        "persona_ack" => return acknowledge(action).map(Some),
        "open_console" => return Ok(subject().ok().map(Act::Idle)),
        _ => match id.strip_prefix("persona_ack:").filter(|name| !name.is_empty()) {
            Some(name) => Act::Acknowledge { subject: subject()?, personas: vec![name.to_owned()] },
            None => return Ok(None),
        },
    }))
}

/// The checkboxes: the options are the personas, the `block_id` is `persona_ack|<id>|<digest>|…`. An unticked last box says nothing.
fn acknowledge(action: &Value) -> Result<Act, String> {
    let options = action.get("selected_options").and_then(Value::as_array).ok_or("no options are selected")?;
    let name = |o: &Value| o.get("value").and_then(Value::as_str).map(str::to_owned);
    let personas: Option<Vec<String>> = options.iter().map(name).collect();
    let personas = personas.ok_or("a selected option has no value")?;
    let block = action.get("block_id").and_then(Value::as_str).unwrap_or_default();
    let mut parts = block.split('|').skip(1);
    let (id, digest) = parts.next().zip(parts.next()).ok_or("the checkboxes name no approval")?;
    let subject = Subject::parse(&format!("{id}|{digest}"))?;
    Ok(if personas.is_empty() { Act::Idle(subject) } else { Act::Acknowledge { subject, personas } })
}

fn submission(view: &Value) -> Result<Option<Act>, String> {
    let kind = view.get("callback_id").and_then(Value::as_str).unwrap_or_default();
    if ![DENY, EDIT, MORE_INFO].contains(&kind) {
        return Ok(None);
    }
    let metadata = view.get("private_metadata").and_then(Value::as_str).unwrap_or_default();
    let metadata: Value = serde_json::from_str(metadata).map_err(|_| "the view's metadata is not JSON".to_owned())?;
    let subject = Subject::from_json(&metadata)?;
    let card = metadata.get("card").and_then(|c| serde_json::from_value(c.clone()).ok());
    Ok(Some(match kind {
        DENY => Act::SubmitDeny { subject, reason: reason(view), card },
        EDIT => Act::SubmitEdit { subject, values: edit::values(view), card },
        _ => Act::Approve(subject),
    }))
}

fn reason(view: &Value) -> Option<String> {
    let value = view.pointer(&format!("/state/values/{}/{}/value", DECISION, REASON))?;
    value.as_str().map(str::trim).filter(|t| !t.is_empty()).map(str::to_owned)
}
