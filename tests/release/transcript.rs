//! What was said to a host and what it answered, with what differs from run to run made the same: two hosts that behave alike have equal
//! transcripts.

use crate::harness::System;
use crate::harness::pages::Page;
use reqwest_middleware::RequestBuilder;
use serde_json::Value;

/// Names that are random or derived from something random, by how they begin.
const PREFIXES: [&str; 7] = ["ac_", "aca_", "appr_", "cwt_", "csk_", "key_", "sha256:"];

/// A transcript.
pub struct Transcript<'a> {
    pub system: &'a System,
    lines: Vec<String>,
}

impl<'a> Transcript<'a> {
    pub fn of(system: &'a System) -> Self {
        Self { system, lines: Vec::new() }
    }

    /// Says something to the API with a key; what it answered.
    pub async fn call(&mut self, key: &str, method: &str, path: &str, body: Value) -> Value {
        self.call_as(key, method, path, &[], body).await
    }

    /// The same with further headers.
    pub async fn call_as(&mut self, key: &str, method: &str, path: &str, more: &[(&str, &str)], body: Value) -> Value {
        let text = if body.is_null() { String::new() } else { body.to_string() };
        let mut request = self.system.request(method, path).header("content-type", "application/json").body(text);
        if !key.is_empty() {
            request = request.bearer_auth(key);
        }
        for (name, value) in more {
            request = request.header(*name, *value);
        }
        self.send(&format!("{method} {path}"), request).await
    }

    /// Asks for a list of what happened, some of it at once: in whatever order.
    pub async fn list(&mut self, key: &str, path: &str) {
        let (status, listed) = self.system.get(key, path).await;
        let rows = listed.as_array().or_else(|| listed.as_object()?.values().find_map(Value::as_array));
        let rows = rows.into_iter().flatten().map(|row| masked(&timeless(row.clone()).to_string()));
        let mut rows: Vec<String> = rows.collect();
        rows.sort();
        self.note(&format!("GET {path} → {status} {rows:?}"));
    }

    /// Sends any request; what it answered, as JSON or as text.
    pub async fn send(&mut self, name: &str, request: RequestBuilder) -> Value {
        let answer = request.send().await.unwrap();
        let (status, mut kept) = (answer.status().as_u16(), Vec::new());
        for name in ["content-type", "cache-control", "www-authenticate", "ratelimit-policy", "location"] {
            kept.extend(answer.headers().get(name).map(|value| format!("{name}: {}", value.to_str().unwrap())));
        }
        let text = answer.text().await.unwrap();
        let answer = serde_json::from_str(&text).unwrap_or(Value::String(text));
        // What follows has happened before anything else is said.
        self.system.settle().await;
        self.note(&format!("{name} → {status} {} {}", kept.join(", "), timeless(answer.clone())));
        answer
    }

    /// Keeps a page of the console.
    pub fn page(&mut self, name: &str, page: &Page) {
        self.note(&format!("{name} → {} {} {}", page.status, page.to, page.text));
    }

    /// Keeps anything.
    pub fn note(&mut self, text: &str) {
        let local = self.system.url.trim_start_matches("http://");
        self.lines.push(masked(&text.replace(local, "(host)")));
    }

    /// All of it.
    pub fn end(self) -> Vec<String> {
        self.lines
    }
}

/// That two hosts behaved alike, line by line.
#[track_caller]
pub fn must_be_alike(one: &[String], other: &[String]) {
    let differ: Vec<_> = one.iter().zip(other).filter(|(one, other)| one != other).collect();
    assert!(differ.is_empty() && one.len() == other.len(), "{differ:#?}");
}

/// Without how long something took.
fn timeless(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            fields.into_iter().filter(|(name, _)| name != "duration_ms").map(|(n, v)| (n, timeless(v))).collect()
        }
        Value::Array(all) => all.into_iter().map(timeless).collect(),
        other => other,
    }
}

/// Word by word: what is random, and what is a time.
fn masked(text: &str) -> String {
    let part_of_word = |c: char| c.is_ascii_alphanumeric() || "_-:.".contains(c);
    let mut masked = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(part_of_word) {
        let (between, from) = rest.split_at(start);
        let (word, after) = from.split_at(from.find(|c| !part_of_word(c)).unwrap_or(from.len()));
        masked.push_str(between);
        masked.push_str(&word_masked(word));
        rest = after;
    }
    masked + rest
}

fn word_masked(word: &str) -> String {
    if let Some(prefix) = PREFIXES.iter().find(|prefix| word.starts_with(**prefix)) {
        return format!("{prefix}…");
    }
    let hexadecimal = word.len() >= 24 && word.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
    let sealed = word.len() >= 40 && word.chars().any(|c| c.is_ascii_digit()) && !word.contains(['.', ':']);
    let time = word.len() >= 16 && word.starts_with("20") && word.contains('T') && word.contains(':');
    match (hexadecimal || sealed, time) {
        (true, _) => "(random)".to_owned(),
        (_, true) => "(time)".to_owned(),
        _ => word.to_owned(),
    }
}
