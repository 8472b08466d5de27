//! What Slack posts when people act: signed interactions, and the same gone wrong.

use super::SlackStandin;
use super::messages::{Message, View, elements};
use super::state::Pass;
use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Map, Value, json};
use sha2::Sha256;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Somebody who clicks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Their id.
    pub id: String,
    /// Their own team.
    pub team: String,
}

impl From<&str> for User {
    /// Of the stand-in's own team.
    fn from(id: &str) -> Self {
        Self { id: id.into(), team: "T0STANDIN".into() }
    }
}

impl User {
    /// Of another team, here by Slack Connect.
    pub fn foreign(team: &str, id: &str) -> Self {
        Self { id: id.into(), team: team.into() }
    }
}

/// A request as Slack posts it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedRequest {
    /// The form.
    pub body: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
}

impl SignedRequest {
    /// A body, signed with a secret.
    pub fn sign(secret: &str, body: String, timestamp: i64) -> Self {
        let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).map(|mut mac| {
            mac.update(format!("v0:{timestamp}:{body}").as_bytes());
            HEXLOWER.encode(&mac.finalize().into_bytes())
        });
        let headers = [
            ("content-type", "application/x-www-form-urlencoded".to_owned()),
            ("x-slack-request-timestamp", timestamp.to_string()),
            ("x-slack-signature", format!("v0={}", mac.unwrap_or_default())),
        ];
        Self { body, headers: headers.map(|(name, value)| (name.to_owned(), value)).to_vec() }
    }

    /// The value of a header.
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value)
    }

    /// The same, without a signature.
    pub fn unsigned(mut self) -> Self {
        self.headers.retain(|(name, _)| !name.starts_with("x-slack-"));
        self
    }

    /// The same, with something in the body changed after it was signed.
    pub fn forged(mut self, from: &str, to: &str) -> Self {
        self.body = self.body.replace(from, to);
        self
    }

    /// The same, signed anew with another secret at another time.
    pub fn resigned(self, secret: &str, timestamp: i64) -> Self {
        Self::sign(secret, self.body, timestamp)
    }
}

impl SlackStandin {
    /// Signs a body as this app.
    pub fn sign(&self, body: String, timestamp: i64) -> SignedRequest {
        SignedRequest::sign(self.signing_secret(), body, timestamp)
    }

    /// Signs any payload as this app, now.
    pub fn interaction(&self, payload: &Value) -> SignedRequest {
        let form =
            url::form_urlencoded::Serializer::new(String::new()).append_pair("payload", &payload.to_string()).finish();
        self.sign(form, now())
    }

    /// A click on a button, as the message was when it was asked for: an old one makes a stale click. `None` where it has no such button.
    pub fn click(&self, message: &Message, action_id: &str, user: impl Into<User>) -> Option<SignedRequest> {
        let (block, element) = find(message, action_id)?;
        let mut action =
            json!({ "type": element.get("type"), "action_id": action_id, "block_id": block, "action_ts": "1.0" });
        for key in ["value", "text", "style"] {
            set(&mut action, key, element.get(key));
        }
        Some(self.block_action(message, action, user.into()))
    }

    /// Ticks the boxes of personas. `None` where there are no such boxes.
    pub fn check(&self, message: &Message, personas: &[&str], user: impl Into<User>) -> Option<SignedRequest> {
        let (block, element) = find(message, "persona_ack")?;
        let options = element.get("options")?.as_array()?;
        let named = |o: &&Value| o.get("value").and_then(Value::as_str).is_some_and(|v| personas.contains(&v));
        let selected: Vec<&Value> = options.iter().filter(named).collect();
        if selected.len() != personas.len() {
            return None;
        }
        let action = json!({
            "type": "checkboxes", "action_id": "persona_ack", "block_id": block, "selected_options": selected, "action_ts": "1.0",
        });
        Some(self.block_action(message, action, user.into()))
    }

    /// Sends a modal. `values` by override key or `reason`; inputs that are not named keep what they began with, boxes are ticked.
    pub fn submit(&self, view: &View, values: &[(&str, &str)], user: impl Into<User>) -> SignedRequest {
        let user = user.into();
        let blocks = view.view.get("blocks").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let state: Map<String, Value> = blocks.iter().filter_map(|b| filled(b, values)).collect();
        let mut sent = view.view.clone();
        set(&mut sent, "id", Some(&json!("V1")));
        set(&mut sent, "state", Some(&json!({ "values": state })));
        let trigger = self.pass("trigger", Duration::from_secs(3), 1, "", &user);
        self.interaction(&json!({
            "type": "view_submission", "team": { "id": self.team(), "domain": "standin" }, "user": person(&user),
            "api_app_id": self.app(), "token": "deprecated", "trigger_id": trigger, "view": sent, "response_urls": [],
        }))
    }

    fn block_action(&self, message: &Message, action: Value, user: User) -> SignedRequest {
        let trigger = self.pass("trigger", Duration::from_secs(3), 1, &message.channel, &user);
        let response = self.pass("/response/", Duration::from_secs(1_800), 5, &message.channel, &user);
        let latest = message.latest();
        self.interaction(&json!({
            "type": "block_actions", "user": person(&user), "api_app_id": self.app(), "token": "deprecated",
            "container": { "type": "message", "message_ts": message.ts, "channel_id": message.channel, "is_ephemeral": false },
            "trigger_id": trigger, "team": { "id": self.team(), "domain": "standin" }, "enterprise": null,
            "is_enterprise_install": false, "channel": { "id": message.channel, "name": "approvals" },
            "message": { "type": "message", "ts": message.ts, "text": latest.text, "blocks": latest.blocks, "app_id": self.app() },
            "state": { "values": {} }, "response_url": format!("{}{response}", self.shared.origin), "actions": [action],
        }))
    }

    /// Hands out a trigger or the path of a response URL.
    fn pass(&self, prefix: &str, good_for: Duration, uses: u32, channel: &str, user: &User) -> String {
        let mut state = self.shared.state();
        state.count += 1;
        let name = format!("{prefix}{}", state.count);
        let pass = Pass { until: Instant::now() + good_for, uses, channel: channel.into(), user: user.id.clone() };
        state.passes.insert(name.clone(), pass);
        name
    }
}

#[expect(clippy::disallowed_methods, reason = "Slack has a clock of its own")]
fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs() as i64)
}

fn person(user: &User) -> Value {
    json!({ "id": user.id, "username": user.id.to_lowercase(), "name": user.id.to_lowercase(), "team_id": user.team })
}

fn set(value: &mut Value, key: &str, to: Option<&Value>) {
    if let (Some(map), Some(to)) = (value.as_object_mut(), to) {
        map.insert(key.into(), to.clone());
    }
}

/// A block's id and an element of it; Slack makes an id where there is none.
fn find(message: &Message, action_id: &str) -> Option<(Value, Value)> {
    let blocks = message.latest().blocks;
    let holds =
        |b: &&Value| elements(std::slice::from_ref(*b)).any(|e| e.get("action_id").is_some_and(|a| a == action_id));
    let block = blocks.iter().find(holds)?;
    let element = elements(std::slice::from_ref(block)).find(|e| e.get("action_id").is_some_and(|a| a == action_id))?;
    Some((block.get("block_id").cloned().unwrap_or_else(|| json!("b1")), element.clone()))
}

/// An input's part of a view's state.
fn filled(block: &Value, values: &[(&str, &str)]) -> Option<(String, Value)> {
    let id = block.get("block_id")?.as_str()?.to_owned();
    let element = block.get("element")?;
    let action = element.get("action_id")?.as_str()?.to_owned();
    let options = element.get("options");
    let names = |name: &str| name == id || name == action || Some(name) == id.strip_prefix("edit:");
    let typed = values.iter().find(|(name, _)| names(name)).map(|(_, v)| json!(v));
    let state = match options {
        Some(options) => json!({ "type": "checkboxes", "selected_options": options }),
        None => {
            let value = typed.or_else(|| element.get("initial_value").cloned()).filter(|v| v != "");
            json!({ "type": "plain_text_input", "value": value })
        }
    };
    Some((id, json!({ action: state })))
}
