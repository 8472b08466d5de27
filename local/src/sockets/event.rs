//! What happens on a connection, as the event a WebSocket API hands to a function.

use http::HeaderMap;
use http::request::Parts;
use serde_json::{Map, Value, json};
use url::form_urlencoded;

use super::connection::Connection;
use super::farewell::Ending;
use crate::common_log_time;

/// An event of a connection, and the function that gets it.
pub(super) struct Occasion<'a> {
    pub(super) connection: &'a Connection,
    pub(super) route: &'a str,
    pub(super) stage: String,
    pub(super) request_id: String,
    pub(super) now: i64,
}

impl Occasion<'_> {
    /// A client asks to be let in.
    pub(super) fn connect(&self, request: &Parts) -> Value {
        let mut event = self.event("CONNECT", Map::new());
        let headers = headers(&request.headers, self.connection);
        add(&mut event, "headers", "multiValueHeaders", headers);
        let query = request.uri.query().unwrap_or_default();
        let parameters: Pairs = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        if !parameters.is_empty() {
            add(&mut event, "queryStringParameters", "multiValueQueryStringParameters", parameters);
        }
        event
    }

    /// A client says something.
    pub(super) fn message(&self, id: &str, body: &str) -> Value {
        let mut event = self.event("MESSAGE", Map::from_iter([("messageId".to_owned(), json!(id))]));
        if let Some(fields) = event.as_object_mut() {
            fields.insert("body".to_owned(), json!(body));
        }
        event
    }

    /// A connection is over.
    pub(super) fn disconnect(&self, ending: &Ending) -> Value {
        let how = [("disconnectStatusCode", json!(ending.code)), ("disconnectReason", json!(ending.reason))];
        let mut event =
            self.event("DISCONNECT", how.map(|(name, value)| (name.to_owned(), value)).into_iter().collect());
        let host = &self.connection.domain;
        let headers = [("Host", host.as_str()), ("x-api-key", ""), ("X-Forwarded-For", ""), ("x-restapi", "")];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        add(&mut event, "headers", "multiValueHeaders", headers);
        event
    }

    /// What the client reads instead of an answer.
    pub(super) fn complaint(&self, sentence: &str) -> Value {
        json!({ "message": sentence, "connectionId": self.connection.id, "requestId": self.request_id })
    }

    fn event(&self, kind: &str, more: Map<String, Value>) -> Value {
        let mut context = json!({
            "routeKey": self.route,
            "eventType": kind,
            "extendedRequestId": self.request_id,
            "requestTime": common_log_time(self.now),
            "messageDirection": "IN",
            "stage": self.stage,
            "connectedAt": self.connection.connected_at,
            "requestTimeEpoch": self.now,
            "identity": self.connection.identity(),
            "requestId": self.request_id,
            "domainName": self.connection.domain,
            "connectionId": self.connection.id,
            "apiId": "local",
        });
        if let Some(fields) = context.as_object_mut() {
            fields.extend(more);
        }
        json!({ "requestContext": context, "isBase64Encoded": false })
    }
}

type Pairs = Vec<(String, String)>;

/// Puts pairs in twice: each name with its last value, and with all its values.
fn add(event: &mut Value, single: &str, multiple: &str, pairs: Pairs) {
    let (mut last, mut all) = (Map::new(), Map::new());
    for (name, value) in pairs {
        last.insert(name.clone(), json!(value));
        if let Value::Array(values) = all.entry(name).or_insert_with(|| json!([])) {
            values.push(json!(value));
        }
    }
    if let Some(fields) = event.as_object_mut() {
        fields.extend([(single.to_owned(), Value::Object(last)), (multiple.to_owned(), Value::Object(all))]);
    }
}

/// The headers as clients spell them (a function must not count on it), and what a gateway adds.
fn headers(headers: &HeaderMap, connection: &Connection) -> Pairs {
    let kept = headers.iter().filter(|(name, _)| !matches!(name.as_str(), "connection" | "upgrade"));
    let mut pairs: Pairs = kept
        .map(|(name, value)| (spelled(name.as_str()), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .collect();
    let added = [("For", connection.source_ip.as_str()), ("Port", connection.port.as_str()), ("Proto", "http")];
    pairs.extend(added.map(|(name, value)| (format!("X-Forwarded-{name}"), value.to_owned())));
    pairs
}

/// `sec-websocket-key` as `Sec-WebSocket-Key`.
fn spelled(name: &str) -> String {
    let words = name.split('-').map(|word| {
        let mut letters = word.chars();
        match letters.next() {
            _ if word == "websocket" => "WebSocket".to_owned(),
            Some(first) => format!("{}{}", first.to_ascii_uppercase(), letters.as_str()),
            None => String::new(),
        }
    });
    words.collect::<Vec<_>>().join("-")
}
