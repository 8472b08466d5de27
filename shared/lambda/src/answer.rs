//! Answers: a status, a few headers, a body.

use lambda_http::{Body, Response};
use serde::Serialize;
use serde_json::{Value, json};
use store::rates::Rate;

/// An answer on its way out.
#[derive(Debug)]
pub struct Answer {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: String,
}

impl Answer {
    /// JSON.
    pub fn json(status: u16, value: &impl Serialize) -> Self {
        // Our own types serialize; what does not would be an empty object, never half a document.
        let body = serde_json::to_string(value).unwrap_or_else(|_| "{}".into());
        Self { status, headers: vec![("content-type", "application/json".into())], body }
    }

    /// Text of another kind.
    pub fn text(status: u16, content_type: &str, body: String) -> Self {
        Self { status, headers: vec![("content-type", content_type.into())], body }
    }

    /// Nothing but a status.
    pub fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: String::new() }
    }

    /// With a further header.
    pub fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.headers.push((name, value.to_string()));
        self
    }

    /// With what is left of a rate, and when the next token comes back (draft-ietf-httpapi-ratelimit-headers); nothing where none
    /// was taken.
    pub fn with_rate(self, rate: Option<(Rate, u64)>) -> Self {
        match rate {
            None => self,
            Some((rate, left)) => self.with_limit(rate, left, rate.every_ms().unsigned_abs().div_ceil(1_000)),
        }
    }

    pub(crate) fn with_limit(self, rate: Rate, left: u64, seconds: u64) -> Self {
        let Rate { name, burst, window_sec } = rate;
        self.with("ratelimit-policy", format!("\"{name}\";q={burst};w={window_sec}"))
            .with("ratelimit", format!("\"{name}\";r={left};t={seconds}"))
    }

    /// An error as a message over a WebSocket: the same body, said to be an error.
    pub fn into_socket_message(mut self) -> Self {
        if let Ok(Value::Object(mut fields)) = serde_json::from_str(&self.body) {
            fields.insert("event".into(), "error".into());
            self.body = Value::Object(fields).to_string();
        }
        self.status = 200;
        self
    }

    /// As a WebSocket API wants it.
    pub fn into_socket_response(self) -> Value {
        match self.body.is_empty() {
            true => json!({ "statusCode": self.status }),
            false => json!({ "statusCode": self.status, "body": self.body }),
        }
    }

    /// That a cache may keep, as `Cache-Control` says.
    pub fn kept(self, how: &str) -> Self {
        self.with("cache-control", how)
    }

    /// As `lambda_http` wants it. No cache may keep it, unless it says so.
    pub fn into_response(mut self) -> Response<Body> {
        if self.headers.iter().all(|(name, _)| *name != "cache-control") {
            self = self.with("cache-control", "no-store");
        }
        let mut response = Response::builder().status(self.status);
        for (name, value) in self.headers {
            response = response.header(name, value);
        }
        let body = if self.body.is_empty() { Body::Empty } else { Body::Text(self.body) };
        response.body(body).unwrap_or_else(|_| Response::new(Body::Empty))
    }
}
