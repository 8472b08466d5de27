//! A request as the event an HTTP API hands to a function, payload format 2.0.

use data_encoding::BASE64;
use http::HeaderMap;
use http::header::{CONTENT_TYPE, COOKIE, HOST, USER_AGENT};
use http::request::Parts;
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::net::SocketAddr;
use url::form_urlencoded;

use crate::common_log_time;
use crate::place::ACCOUNT;

/// What the gateway knows of a request beside the request.
pub(super) struct Arrival<'a> {
    pub(super) route: &'a str,
    pub(super) parameters: &'a HashMap<String, String>,
    pub(super) peer: SocketAddr,
    pub(super) request_id: String,
    pub(super) now: i64,
}

/// The event.
pub(super) fn event(parts: &Parts, body: &[u8], arrival: &Arrival<'_>) -> Option<Value> {
    let host = text(&parts.headers, &HOST).unwrap_or("localhost");
    let path = parts.uri.path();
    let query = parts.uri.query().unwrap_or_default();
    let mut event = json!({
        "version": "2.0",
        "routeKey": arrival.route,
        "rawPath": path,
        "rawQueryString": query,
        "headers": headers(&parts.headers, host, arrival.peer),
        "requestContext": context(parts, host, arrival),
        "isBase64Encoded": false,
    });
    let fields = event.as_object_mut()?;
    let cookies = cookies(&parts.headers);
    let optional = [
        ("cookies", (!cookies.is_empty()).then(|| json!(cookies))),
        ("queryStringParameters", (!query.is_empty()).then(|| parameters(query))),
        ("pathParameters", (!arrival.parameters.is_empty()).then(|| json!(arrival.parameters))),
    ];
    fields.extend(optional.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    add_body(fields, &parts.headers, body);
    Some(event)
}

fn context(parts: &Parts, host: &str, arrival: &Arrival<'_>) -> Value {
    let domain = host.split(':').next().unwrap_or(host);
    json!({
        "accountId": ACCOUNT,
        "apiId": "local",
        "domainName": domain,
        "domainPrefix": domain.split('.').next(),
        "http": {
            "method": parts.method.as_str(),
            "path": parts.uri.path(),
            "protocol": format!("{:?}", parts.version),
            "sourceIp": arrival.peer.ip().to_string(),
            "userAgent": text(&parts.headers, &USER_AGENT).unwrap_or_default(),
        },
        "requestId": arrival.request_id,
        "routeKey": arrival.route,
        "stage": "$default",
        "time": common_log_time(arrival.now),
        "timeEpoch": arrival.now,
    })
}

/// The headers in lower case, repeated ones joined by commas, and what a gateway adds.
fn headers(headers: &HeaderMap, host: &str, peer: SocketAddr) -> Map<String, Value> {
    let mut joined: HashMap<&str, String> = HashMap::new();
    for (name, value) in headers.iter().filter(|(name, _)| *name != COOKIE && !of_the_hop(name.as_str())) {
        let value = String::from_utf8_lossy(value.as_bytes());
        let all = joined.entry(name.as_str()).or_default();
        if !all.is_empty() {
            all.push(',');
        }
        all.push_str(&value);
    }
    let caller = peer.ip().to_string();
    let forwarded = joined.remove("x-forwarded-for").map(|before| format!("{before}, {caller}"));
    joined.insert("x-forwarded-for", forwarded.unwrap_or(caller));
    joined.insert("x-forwarded-proto", "http".to_owned());
    joined.insert("x-forwarded-port", host.rsplit_once(':').map_or("80", |(_, port)| port).to_owned());
    joined.insert("host", host.to_owned());
    joined.into_iter().map(|(name, value)| (name.to_owned(), Value::String(value))).collect()
}

fn of_the_hop(name: &str) -> bool {
    matches!(name, "connection" | "keep-alive" | "transfer-encoding" | "te" | "trailer" | "upgrade")
}

fn cookies(headers: &HeaderMap) -> Vec<String> {
    let lines = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(';')).map(|cookie| cookie.trim().to_owned()).collect()
}

/// Decoded, repeated ones joined by commas.
fn parameters(query: &str) -> Value {
    let mut joined: Map<String, Value> = Map::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let all = match joined.get(name.as_ref()).and_then(Value::as_str) {
            Some(before) => format!("{before},{value}"),
            None => value.into_owned(),
        };
        joined.insert(name.into_owned(), Value::String(all));
    }
    Value::Object(joined)
}

fn add_body(event: &mut Map<String, Value>, headers: &HeaderMap, body: &[u8]) {
    if body.is_empty() {
        return;
    }
    let plain = std::str::from_utf8(body).ok().filter(|_| is_text(text(headers, &CONTENT_TYPE)));
    event.insert("isBase64Encoded".to_owned(), Value::Bool(plain.is_none()));
    event.insert("body".to_owned(), Value::String(plain.map_or_else(|| BASE64.encode(body), str::to_owned)));
}

/// The types an HTTP API leaves as they are; a form is not among them.
fn is_text(content_type: Option<&str>) -> bool {
    let kind = content_type.unwrap_or("text/plain").split(';').next().unwrap_or_default().trim().to_lowercase();
    kind.starts_with("text/")
        || kind.ends_with("+json")
        || kind.ends_with("+xml")
        || matches!(kind.as_str(), "application/json" | "application/xml" | "application/javascript")
}

fn text<'a>(headers: &'a HeaderMap, name: &http::HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}
