//! Whether a message is believed: its headers, its signatures and its shape, as a careful receiver checks them.

use super::state::{Delivery, State};
use data_encoding::BASE64;
use hmac::{Hmac, KeyInit as _, Mac as _};
use hyper::http::request::Parts;
use serde_json::Value;
use sha2::Sha256;

/// "Usually smaller than 20kb" (the specification, "Payload size").
const MAX_BODY: usize = 20_000;
/// How far a message's time may be off (the reference libraries).
const MAX_SKEW_SEC: u64 = 300;

/// Believes a message or not: the status and the body of the answer.
pub(super) fn take(state: &mut State, head: &Parts, body: &[u8]) -> (u16, String) {
    match believed(state, head, body) {
        Ok(delivery) if state.deliveries.iter().any(|known| known.id == delivery.id) => {
            state.repeats.push(delivery.id);
            (200, r#"{"repeated":true}"#.into())
        }
        Ok(delivery) => {
            state.deliveries.push(delivery);
            (200, r#"{"ok":true}"#.into())
        }
        Err((status, why)) => {
            state.refusals.push(why.to_owned());
            (status, format!(r#"{{"error":"{why}"}}"#))
        }
    }
}

fn believed(state: &State, head: &Parts, body: &[u8]) -> Result<Delivery, (u16, &'static str)> {
    let header = |name: &str| head.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default();
    if head.method != "POST" || head.uri.path() != "/hook" {
        return Err((404, "there is nothing here"));
    }
    let (id, stamp) = (header("webhook-id"), header("webhook-timestamp"));
    let timestamp: i64 = stamp.parse().map_err(|_| (400, "no webhook-timestamp"))?;
    if id.is_empty() || id.contains('.') {
        return Err((400, "no webhook-id"));
    }
    if state.now.is_some_and(|now| now.abs_diff(timestamp) > MAX_SKEW_SEC) {
        return Err((400, "the webhook-timestamp is too old or too new"));
    }
    let signatures: Vec<&str> = header("webhook-signature").split(' ').filter(|s| s.starts_with("v1,")).collect();
    let secret = state.secret.clone().unwrap_or_default();
    if !signatures.iter().any(|signature| verifies(&secret, id, stamp, body, signature)) {
        return Err((401, "no signature matches"));
    }
    if body.len() > MAX_BODY && !state.any_size {
        return Err((413, "the body is too long"));
    }
    let body = payload(header("content-type"), body)?;
    let value = |v: &hyper::header::HeaderValue| String::from_utf8_lossy(v.as_bytes()).into_owned();
    let headers = head.headers.iter().map(|(name, v)| (name.to_string(), value(v))).collect();
    Ok(Delivery { id: id.into(), timestamp, signatures: signatures.len(), headers, body })
}

fn verifies(secret: &[u8], id: &str, stamp: &str, body: &[u8], signature: &str) -> bool {
    let Ok(sent) = BASE64.decode(signature.trim_start_matches("v1,").as_bytes()) else { return false };
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret) else { return false };
    mac.update(format!("{id}.{stamp}.").as_bytes());
    mac.update(body);
    !secret.is_empty() && mac.verify_slice(&sent).is_ok()
}

fn payload(content_type: &str, body: &[u8]) -> Result<Value, (u16, &'static str)> {
    if !content_type.starts_with("application/json") {
        return Err((415, "not application/json"));
    }
    let json: Value = serde_json::from_slice(body).map_err(|_| (400, "the body is not JSON"))?;
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
    let kind = json.get("type").and_then(Value::as_str).unwrap_or_default();
    let time = json.get("timestamp").and_then(Value::as_str).unwrap_or_default();
    let good = !kind.is_empty() && kind.chars().all(word) && time.contains('T') && time.ends_with('Z');
    match good && json.get("data").is_some_and(Value::is_object) {
        true => Ok(json),
        false => Err((422, "not {type, timestamp, data}")),
    }
}
