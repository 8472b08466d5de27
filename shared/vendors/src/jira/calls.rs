//! The calls to a site's REST API v3: <https://developer.atlassian.com/cloud/jira/platform/rest/v3/intro>.

use super::config;
use crate::wire::http::{Call, HttpAnswer, JSON};
use crate::{Failure, Http};
use data_encoding::BASE64;
use domain::params::visible;
use reqwest::Method;
use serde_json::Value;
use std::time::Duration;

/// The most of Jira's own words that a reason repeats.
const MAX_SAID: usize = 300;

/// One account at one site.
#[derive(Clone)]
pub(super) struct Site {
    http: Http,
    /// Without a slash at its end.
    pub base: String,
    authorization: String,
    /// What no reason repeats, though Jira may.
    hidden: Vec<String>,
    timeout: Duration,
}

impl Site {
    /// A site; an address that is none fails with the first call.
    pub fn new(http: &Http, endpoint: &str, email: &str, token: &str, timeout: Duration) -> Self {
        let base = config::endpoint(endpoint, http.allows_insecure()).unwrap_or_default();
        let basic = BASE64.encode(format!("{email}:{token}").as_bytes());
        let authorization = format!("Basic {basic}");
        let hidden = vec![basic, token.to_owned(), email.to_owned()];
        Self { http: http.clone(), base, authorization, hidden, timeout }
    }

    /// Reads.
    pub async fn get(&self, path: &str) -> Result<Value, Failure> {
        self.call(Method::GET, path, None).await
    }

    /// Writes, or asks with a body.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        self.call(Method::POST, path, Some(body)).await
    }

    /// Replaces.
    pub async fn put(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        self.call(Method::PUT, path, Some(body)).await
    }

    /// The answer's JSON; null where there is none.
    async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value, Failure> {
        let name = format!("{method} {}", path.split('?').next().unwrap_or_default());
        let headers = [
            ("authorization", self.authorization.clone()),
            ("accept", "application/json".to_owned()),
            ("content-type", JSON.to_owned()),
        ];
        let sent = if body.is_some() { 3 } else { 2 };
        let headers = headers.get(..sent).unwrap_or_default();
        let url = format!("{}/rest/api/3/{path}", self.base);
        let body = body.map(|b| b.to_string().into_bytes());
        let answer = self.http.call(Call { method, url: &url, headers, body }, self.timeout).await?;
        succeeded(&name, &answer, &self.hidden)?;
        if answer.body.is_empty() {
            return Ok(Value::Null);
        }
        let unread = |_| Failure::transient(format!("{name}: the answer is not JSON"), Some(answer.status));
        serde_json::from_slice(&answer.body).map_err(unread)
    }
}

/// By the HTTP status. 409 is a conflict with another update, and 425 a request too early: both pass.
fn succeeded(name: &str, answer: &HttpAnswer, hidden: &[String]) -> Result<(), Failure> {
    let (status, retry_after) = (Some(answer.status), answer.retry_after);
    let reason = || format!("{name}: HTTP {}{}", answer.status, said(&answer.body, hidden));
    match answer.status {
        200 | 201 | 204 => Ok(()),
        408 | 409 | 425 | 429 | 500..=599 => Err(Failure::Transient { reason: reason(), status, retry_after }),
        _ => Err(Failure::permanent(reason(), status)),
    }
}

/// What Jira says was wrong: `errorMessages`, and `errors` by field; without the credentials.
fn said(body: &[u8], hidden: &[String]) -> String {
    let json: Value = serde_json::from_slice(body).unwrap_or_default();
    let general = json.get("errorMessages").and_then(Value::as_array).into_iter().flatten();
    let mut all: Vec<String> = general.filter_map(Value::as_str).map(str::to_owned).collect();
    let by_field = json.get("errors").and_then(Value::as_object).into_iter().flatten();
    all.extend(by_field.map(|(field, e)| format!("{field}: {}", e.as_str().unwrap_or_default())));
    if all.is_empty() {
        return String::new();
    }
    let secrets = hidden.iter().filter(|secret| !secret.is_empty());
    let open = secrets.fold(all.join(" "), |said, secret| said.replace(secret.as_str(), "<credentials>"));
    format!(" ({})", visible::cut(&visible::line(&open), MAX_SAID))
}
