//! The calls to Slack's Web API: <https://docs.slack.dev/apis/web-api>. A refusal comes as `ok: false` in a 200.

use super::card::Card;
use super::words::Words;
use crate::Failure;
use crate::wire::http::{Call, Http, HttpAnswer};
use serde_json::{Value, json};
use std::fmt;
use std::time::Duration;
use url::Url;

/// Where the Web API is.
pub const API_URL: &str = "https://slack.com/api";
/// Where response URLs lead (<https://docs.slack.dev/interactivity/handling-user-interaction>).
const RESPONSE_HOST: &str = "hooks.slack.com";
/// The errors that pass by themselves; every method's page lists most of them. All others will come again.
const TRANSIENT: &[&str] = &[
    "ratelimited",
    "rate_limited",
    "internal_error",
    "fatal_error",
    "service_unavailable",
    "request_timeout",
    "team_added_to_org",
];

/// What a trigger's time being over is called, by this method and by older ones.
const EXPIRED: [&str; 2] = ["expired_trigger_id", "trigger_expired"];
/// What its having been used is called.
const EXCHANGED: [&str; 2] = ["exchanged_trigger_id", "trigger_exchanged"];

/// What a message that is not there any more is called (<https://docs.slack.dev/reference/methods/chat.update>).
const GONE: [&str; 5] = ["message_not_found", "channel_not_found", "is_inactive", "is_archived", "not_in_channel"];

/// A method, and the scopes that a bot's token needs for it (each method's page at <https://docs.slack.dev/reference/methods>).
#[derive(Clone, Copy, Debug)]
pub struct Method {
    /// `chat.update`.
    pub name: &'static str,
    /// None where any token will do.
    pub scopes: &'static [&'static str],
}

const AUTH_TEST: Method = Method { name: "auth.test", scopes: &[] };
const CHANNEL_INFO: Method = Method { name: "conversations.info", scopes: &["channels:read", "groups:read"] };
const POST: Method = Method { name: "chat.postMessage", scopes: &["chat:write"] };
const POST_EPHEMERAL: Method = Method { name: "chat.postEphemeral", scopes: &["chat:write"] };
const UPDATE: Method = Method { name: "chat.update", scopes: &["chat:write"] };
const OPEN_VIEW: Method = Method { name: "views.open", scopes: &[] };
/// Every method that is called: the app's manifest asks for their scopes and no others.
pub const METHODS: &[Method] = &[AUTH_TEST, CHANNEL_INFO, POST, POST_EPHEMERAL, UPDATE, OPEN_VIEW];

/// A bot in one workspace.
#[derive(Clone)]
pub struct Client {
    http: Http,
    base: String,
    token: String,
    timeout: Duration,
}

/// Who a token belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The workspace's id.
    pub team_id: String,
    /// The bot's user id.
    pub user_id: String,
    /// The bot's id; a token of a person has none.
    pub bot_id: Option<String>,
}

/// A message that was posted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posted {
    /// The channel's id.
    pub channel: String,
    /// The message's timestamp.
    pub ts: String,
    /// The app that posted it.
    pub app_id: Option<String>,
}

/// What came of opening a modal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opened {
    /// It is open.
    Now,
    /// The same trigger opened it before.
    Before,
    /// The trigger's three seconds are over.
    TooLate,
}

impl Client {
    /// A bot. `base_url` ends in `/api/`, as `https://slack.com/api/`; each call takes at most `timeout`.
    pub fn new(http: &Http, base_url: &str, bot_token: &str, timeout: Duration) -> Self {
        Self { http: http.clone(), base: String::new(), token: bot_token.to_owned(), timeout }.at(base_url)
    }

    /// The same where the API is elsewhere.
    #[must_use]
    pub(super) fn at(mut self, base_url: &str) -> Self {
        self.base = format!("{}/", base_url.trim_end_matches('/'));
        self
    }

    /// The same, in a hurry: each call takes at most `timeout`.
    #[must_use]
    pub fn within(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Whose token it is.
    ///
    /// # Errors
    /// A [`Failure`].
    pub async fn auth_test(&self) -> Result<Identity, Failure> {
        let answer = self.call(AUTH_TEST, &json!({})).await?;
        let text = |key| answer.get(key).and_then(Value::as_str).map(str::to_owned);
        match (text("team_id"), text("user_id")) {
            (Some(team_id), Some(user_id)) => Ok(Identity { team_id, user_id, bot_id: text("bot_id") }),
            _ => Err(Failure::transient("auth.test: the answer names no team and user", Some(200))),
        }
    }

    /// Whether the bot knows a channel (<https://docs.slack.dev/reference/methods/conversations.info>). A token without the scope to
    /// ask is not a fault: posting needs none of it.
    ///
    /// # Errors
    /// A [`Failure`].
    pub async fn channel_exists(&self, channel: &str) -> Result<(), Failure> {
        match self.ask(CHANNEL_INFO, &[("channel", channel)]).await {
            Err(why) if refused_for(&why, CHANNEL_INFO, &["missing_scope"]) => Ok(()),
            other => other.map(drop),
        }
    }

    /// Posts a card. There is no idempotency key: after a transient failure it may have been posted all the same.
    ///
    /// # Errors
    /// A [`Failure`].
    pub async fn post(&self, channel: &str, card: &Card) -> Result<Posted, Failure> {
        let body = json!({
            "channel": channel, "text": card.text, "blocks": card.blocks,
            "parse": "none", "link_names": false, "unfurl_links": false, "unfurl_media": false,
        });
        let answer = self.call(POST, &body).await?;
        let text = |place: &str| answer.pointer(place).and_then(Value::as_str).map(str::to_owned);
        let app_id = text("/message/app_id").or_else(|| text("/message/bot_profile/app_id"));
        match (text("/channel"), text("/ts")) {
            (Some(channel), Some(ts)) => Ok(Posted { channel, ts, app_id }),
            _ => Err(Failure::transient("chat.postMessage: the answer names no message", Some(200))),
        }
    }

    /// Updates a card.
    ///
    /// # Errors
    /// A [`Failure`]: [`Failure::Removed`] where somebody deleted the message, or archived or left the channel it was in.
    pub async fn update(&self, channel: &str, ts: &str, card: &Card) -> Result<(), Failure> {
        let body = json!({
            "channel": channel, "ts": ts, "text": card.text, "blocks": card.blocks, "parse": "none", "link_names": false,
        });
        match self.call(UPDATE, &body).await {
            Err(why) if refused_for(&why, UPDATE, &GONE) => Err(why.removed()),
            other => other.map(drop),
        }
    }

    /// Opens a modal, within three seconds of the interaction that gave the trigger.
    ///
    /// # Errors
    /// A [`Failure`].
    pub async fn open_view(&self, trigger_id: &str, view: &Value) -> Result<Opened, Failure> {
        match self.call(OPEN_VIEW, &json!({ "trigger_id": trigger_id, "view": view })).await {
            Ok(_) => Ok(Opened::Now),
            Err(why) if refused_for(&why, OPEN_VIEW, &EXPIRED) => Ok(Opened::TooLate),
            Err(why) if refused_for(&why, OPEN_VIEW, &EXCHANGED) => Ok(Opened::Before),
            Err(why) => Err(why),
        }
    }

    /// Posts a message in a channel that only one member sees.
    ///
    /// # Errors
    /// A [`Failure`].
    pub async fn tell_user(&self, channel: &str, user: &str, words: &Words) -> Result<(), Failure> {
        let text = words.markup();
        let body = json!({ "channel": channel, "user": user, "text": text, "parse": "none", "link_names": false });
        self.call(POST_EPHEMERAL, &body).await.map(drop)
    }

    /// Sends a message that only the person who clicked sees.
    ///
    /// # Errors
    /// A [`Failure`].
    pub async fn tell(&self, response_url: &str, words: &Words) -> Result<(), Failure> {
        let slacks = Url::parse(response_url)
            .is_ok_and(|u| u.scheme() == "https" && u.host_str() == Some(RESPONSE_HOST) && u.port().is_none());
        if !slacks && !self.http.allows_insecure() {
            return Err(Failure::permanent("the response_url is not Slack's", None));
        }
        let body = json!({ "response_type": "ephemeral", "replace_original": false, "text": words.markup() });
        let answer = self.http.post_json(response_url, None, &body, self.timeout).await?;
        // The answer is `ok` in plain text, or JSON.
        succeeded("response_url", &answer)?;
        serde_json::from_slice(&answer.body).map_or(Ok(()), |json| accepted("response_url", &json))
    }

    async fn call(&self, method: Method, body: &Value) -> Result<Value, Failure> {
        let answer = self
            .http
            .post_json(&format!("{}{}", self.base, method.name), Some(&self.token), body, self.timeout)
            .await?;
        understood(method.name, &answer)
    }

    /// A method that only reads: unlike those that write, it takes no JSON.
    async fn ask(&self, method: Method, arguments: &[(&str, &str)]) -> Result<Value, Failure> {
        let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(arguments).finish();
        let url = format!("{}{}", self.base, method.name);
        let headers = [
            ("content-type", "application/x-www-form-urlencoded".to_owned()),
            ("authorization", format!("Bearer {}", self.token)),
        ];
        let call = Call { method: reqwest::Method::POST, url: &url, headers: &headers, body: Some(form.into_bytes()) };
        understood(method.name, &self.http.call(call, self.timeout).await?)
    }
}

fn understood(method: &str, answer: &HttpAnswer) -> Result<Value, Failure> {
    succeeded(method, answer)?;
    let unread = |_| Failure::transient(format!("{method}: the answer is not JSON"), Some(answer.status));
    let json: Value = serde_json::from_slice(&answer.body).map_err(unread)?;
    accepted(method, &json).map(|()| json)
}

/// Without the token.
impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("base", &self.base).finish_non_exhaustive()
    }
}

/// By the HTTP status.
fn succeeded(method: &str, answer: &HttpAnswer) -> Result<(), Failure> {
    let (status, retry_after) = (Some(answer.status), answer.retry_after);
    match answer.status {
        200..=299 => Ok(()),
        408 | 429 | 500..=599 => {
            Err(Failure::Transient { reason: format!("{method}: HTTP {}", answer.status), status, retry_after })
        }
        code => Err(Failure::permanent(format!("{method}: HTTP {code}"), status)),
    }
}

/// Whether a method was refused for one of these errors: the reason begins with both.
fn refused_for(why: &Failure, method: Method, errors: &[&str]) -> bool {
    let Failure::Permanent { reason, .. } = why else { return false };
    let said = reason.strip_prefix(method.name).and_then(|rest| rest.strip_prefix(": "));
    said.and_then(|said| said.split(' ').next()).is_some_and(|error| errors.contains(&error))
}

/// By `ok` in the body.
fn accepted(method: &str, answer: &Value) -> Result<(), Failure> {
    let error = match (answer.get("ok").and_then(Value::as_bool), answer.get("error").and_then(Value::as_str)) {
        (Some(true), _) => return Ok(()),
        (Some(false), Some(error)) => error,
        (Some(false), None) => "unknown_error",
        (None, _) => {
            return Err(Failure::transient(format!("{method}: the answer says neither yes nor no"), Some(200)));
        }
    };
    let said = answer.pointer("/response_metadata/messages/0").and_then(Value::as_str).map(|m| format!(" ({m:.300})"));
    let reason = format!("{method}: {error:.100}{}", said.unwrap_or_default());
    match TRANSIENT.contains(&error) {
        // Too many all the same, where Slack says so in a 200.
        true => Err(Failure::transient(reason, Some(if error.starts_with("rate") { 429 } else { 200 }))),
        false => Err(Failure::permanent(reason, Some(200))),
    }
}
