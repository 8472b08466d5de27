//! The methods of the Web API, each as the stand-in does it.

use super::super::blockkit::{self, Refused};
use super::messages::{Ephemeral, Message, Version, View};
use super::state::{Shared, State};
use hyper::http::request::Parts;
use serde_json::{Value, json};
use std::time::Instant;

/// The token that [`super::SlackStandin::bot_token`] returns.
const BEARER: &str = "Bearer xoxb-standin-0123456789";
/// 2026-01-01, where this Slack's messages begin.
const FIRST_TS: u64 = 1_767_225_600;

type Called = Result<Value, Value>;

/// Does one call: the status and the JSON of its answer.
pub(super) fn call(shared: &Shared, head: &Parts, body: &[u8]) -> (u16, Value) {
    let path = head.uri.path();
    if head.method != "POST" {
        return (405, error("method_not_allowed"));
    }
    let header = |name: &str| head.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default();
    if path == "/api/conversations.info" {
        return (200, channel_info(header("authorization"), header("content-type"), body));
    }
    let json: Result<Value, _> = serde_json::from_slice(body);
    let (true, Ok(json)) = (header("content-type").starts_with("application/json"), json) else {
        return (200, error("invalid_json"));
    };
    let mut state = shared.state();
    if path.starts_with("/response/") {
        return respond(&mut state, path, &json);
    }
    let done = match header("authorization") {
        BEARER => method(&mut state, path, &json),
        "" => Err(error("not_authed")),
        _ => Err(error("invalid_auth")),
    };
    (200, done.unwrap_or_else(|refusal| refusal))
}

/// This one takes no JSON; the only channels that there are not begin with `C0NO`.
fn channel_info(authorization: &str, content_type: &str, body: &[u8]) -> Value {
    let form: Vec<_> = url::form_urlencoded::parse(body).collect();
    let channel = form.iter().find(|(key, _)| key == "channel").map(|(_, value)| value.as_ref());
    match (authorization, content_type, channel) {
        ("", ..) => error("not_authed"),
        (BEARER, "application/x-www-form-urlencoded", Some(id)) if id.starts_with('C') && !id.starts_with("C0NO") => {
            json!({ "ok": true, "channel": { "id": id, "is_channel": true } })
        }
        (BEARER, "application/x-www-form-urlencoded", Some(_)) => error("channel_not_found"),
        (BEARER, ..) => error("invalid_arguments"),
        _ => error("invalid_auth"),
    }
}

fn method(state: &mut State, path: &str, body: &Value) -> Called {
    match path {
        "/api/auth.test" => Ok(json!({
            "ok": true, "url": "https://standin.slack.com/", "team": "Stand-in", "user": "countersign",
            "team_id": "T0STANDIN", "user_id": "U0BOT", "bot_id": "B0STANDIN", "is_enterprise_install": false,
        })),
        "/api/chat.postMessage" => post(state, body),
        "/api/chat.update" => update(state, body),
        "/api/chat.postEphemeral" => post_ephemeral(state, body),
        "/api/views.open" => open_view(state, body),
        _ => Err(error("unknown_method")),
    }
}

fn error(error: &str) -> Value {
    json!({ "ok": false, "error": error })
}

fn refused(why: Refused) -> Value {
    json!({ "ok": false, "error": why.error, "response_metadata": { "messages": why.messages } })
}

fn text(body: &Value, key: &str) -> String {
    body.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn channel(body: &Value) -> Result<String, Value> {
    let channel = text(body, "channel");
    if channel.starts_with(['C', 'G', 'D']) { Ok(channel) } else { Err(error("channel_not_found")) }
}

fn version(body: &Value) -> Result<Version, Value> {
    let blocks = match body.get("blocks") {
        None => Vec::new(),
        Some(Value::Array(blocks)) => blocks.clone(),
        Some(_) => return Err(error("invalid_blocks_format")),
    };
    let text = text(body, "text");
    if text.is_empty() && blocks.is_empty() {
        return Err(error("no_text"));
    }
    blockkit::message(&blocks).map_err(refused)?;
    Ok(Version { text, blocks })
}

fn post(state: &mut State, body: &Value) -> Called {
    let (channel, version) = (channel(body)?, version(body)?);
    state.count += 1;
    let ts = format!("{}.{:06}", FIRST_TS + state.count, state.count);
    let message = json!({
        "type": "message", "user": "U0BOT", "bot_id": "B0STANDIN", "app_id": "A0STANDIN", "ts": ts, "team": "T0STANDIN",
        "text": version.text, "blocks": version.blocks,
    });
    state.messages.push(Message { channel: channel.clone(), ts: ts.clone(), versions: vec![version] });
    Ok(json!({ "ok": true, "channel": channel, "ts": ts, "message": message }))
}

fn update(state: &mut State, body: &Value) -> Called {
    let (channel, ts, version) = (channel(body)?, text(body, "ts"), version(body)?);
    let found = state.messages.iter_mut().find(|m| m.channel == channel && m.ts == ts);
    found.ok_or_else(|| error("message_not_found"))?.versions.push(version);
    Ok(json!({ "ok": true, "channel": channel, "ts": ts, "text": text(body, "text") }))
}

fn post_ephemeral(state: &mut State, body: &Value) -> Called {
    let (channel, version, user) = (channel(body)?, version(body)?, text(body, "user"));
    if !user.starts_with(['U', 'W']) {
        return Err(error("user_not_in_channel"));
    }
    state.ephemerals.push(Ephemeral { channel, user, text: version.text });
    state.count += 1;
    Ok(json!({ "ok": true, "message_ts": format!("{}.{:06}", FIRST_TS + state.count, state.count) }))
}

fn open_view(state: &mut State, body: &Value) -> Called {
    let trigger = text(body, "trigger_id");
    let view = body.get("view").ok_or_else(|| error("invalid_arguments"))?;
    let pass = state.passes.get_mut(&trigger).ok_or_else(|| error("invalid_trigger_id"))?;
    if Instant::now() > pass.until {
        return Err(error("expired_trigger_id"));
    }
    if pass.uses == 0 {
        return Err(error("exchanged_trigger_id"));
    }
    blockkit::view(view).map_err(refused)?;
    pass.uses -= 1;
    state.views.push(View { user: pass.user.clone(), view: view.clone() });
    Ok(json!({ "ok": true, "view": { "id": format!("V{}", state.views.len()) } }))
}

/// A message to a response URL: five of them, within half an hour.
fn respond(state: &mut State, path: &str, body: &Value) -> (u16, Value) {
    let Some(pass) = state.passes.get_mut(path).filter(|p| p.uses > 0 && Instant::now() <= p.until) else {
        return (404, error("used_url"));
    };
    // To replace the card this way would leave a version that nobody recorded.
    if body.get("replace_original") != Some(&Value::Bool(false)) {
        return (200, error("invalid_payload"));
    }
    pass.uses -= 1;
    state.ephemerals.push(Ephemeral {
        channel: pass.channel.clone(),
        user: pass.user.clone(),
        text: text(body, "text"),
    });
    (200, json!({ "ok": true }))
}
