//! The calls to a workflow. It answers 202 before it posts; where it says more, a success can carry an error in its body.

use super::show::{PostedUpTo, due, test_message};
use crate::Failure;
use crate::connector::{Notice, Settings};
use crate::wire::http::{Http, HttpAnswer};
use domain::Timestamp;
use domain::delivery::Address;
use serde_json::Value;
use std::fmt;
use std::time::Duration;

/// The codes of errors that pass by themselves: Azure's names for 408, 429, 500, 502, 503 and 504
/// (<https://learn.microsoft.com/azure/logic-apps/handle-throttling-problems-429-errors>). All others will come again.
const TRANSIENT: &[&str] = &[
    "BadGateway",
    "GatewayTimeout",
    "InternalServerError",
    "RequestTimeout",
    "ServerTimeout",
    "ServiceUnavailable",
    "TooManyRequests",
];
/// The text before the status that Teams answered to the workflow that posts there for us
/// (<https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using>, "HTTP 429").
const TEAMS_STATUS: &str = "returned HTTP error ";
/// How such a body begins.
const TEAMS_FAILED: &str = "Webhook message delivery failed";

/// A workflow that posts to one chat or channel.
#[derive(Clone)]
pub struct Client {
    http: Http,
    url: String,
    timeout: Duration,
}

impl Client {
    /// The workflow of a connector.
    pub fn new(http: &Http, settings: &Settings) -> Self {
        Self { http: http.clone(), url: settings.endpoint.clone(), timeout: settings.timeout }
    }

    /// Posts what is due: the request, a card that replaces it where what is asked has changed, and one that says how it ended.
    ///
    /// # Errors
    /// A [`Failure`]. There is no idempotency key: after a transient one a card may have been posted all the same.
    pub async fn show(&self, notice: &Notice<'_>, before: Option<&Address>) -> Result<Address, Failure> {
        let seen = before.map(PostedUpTo::at);
        if let Some(message) = due(notice, seen) {
            self.post(&message).await?;
        }
        let now = PostedUpTo::of(notice.approval, notice.now);
        // An end that was posted stays the last message.
        Ok(seen.filter(|seen| seen.ended).unwrap_or(now).told())
    }

    /// Posts one card that is marked as a test: a workflow has no harmless call.
    ///
    /// # Errors
    /// A [`Failure`].
    pub async fn probe(&self, _suffix: &str, _now: Timestamp) -> Result<(), Failure> {
        self.post(&test_message()).await
    }

    async fn post(&self, message: &Value) -> Result<(), Failure> {
        let answer = self.http.post_json(&self.url, None, message, self.timeout).await?;
        match answer.status {
            200..=299 => accepted(&answer),
            _ => Err(refused(&answer)),
        }
    }
}

/// Without the address, which is a secret.
impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("timeout", &self.timeout).finish_non_exhaustive()
    }
}

/// By the HTTP status.
fn refused(answer: &HttpAnswer) -> Failure {
    let (status, retry_after) = (Some(answer.status), answer.retry_after);
    let code = error_code(&answer.body).map(|code| format!(" ({code})")).unwrap_or_default();
    let reason = format!("the workflow answered with HTTP {}{code}", answer.status);
    match answer.status {
        408 | 429 | 500..=599 => Failure::Transient { reason, status, retry_after },
        300..=399 => Failure::permanent(format!("{reason}, a redirect, which is not followed"), status),
        401 | 403 => Failure::permanent(format!("{reason}: the address, or its sig, is not valid any more"), status),
        404 | 410 => Failure::permanent(format!("{reason}: there is no such workflow any more"), status),
        _ => Failure::permanent(reason, status),
    }
}

/// By the body of a success: nothing, `1`, or whatever a workflow answers that is not an error.
fn accepted(answer: &HttpAnswer) -> Result<(), Failure> {
    let text = String::from_utf8_lossy(&answer.body);
    let inner = text.split_once(TEAMS_STATUS).and_then(|(_, rest)| rest.get(..3)?.parse::<u16>().ok());
    let code = error_code(&answer.body);
    let status = Some(answer.status);
    match (inner, code) {
        (Some(inner), _) => {
            let reason = format!("the workflow took it, but Teams answered with HTTP {inner}");
            match inner {
                408 | 429 | 500..=599 => {
                    Err(Failure::Transient { reason, status: Some(inner), retry_after: answer.retry_after })
                }
                _ => Err(Failure::permanent(reason, Some(inner))),
            }
        }
        (None, Some(code)) => {
            let reason = format!("the workflow answered with HTTP {} and the error {code}", answer.status);
            match TRANSIENT.contains(&code.as_str()) {
                true => Err(Failure::Transient { reason, status, retry_after: answer.retry_after }),
                false => Err(Failure::permanent(reason, status)),
            }
        }
        (None, None) if text.contains(TEAMS_FAILED) => {
            Err(Failure::transient("the workflow took it, but could not deliver it to Teams", status))
        }
        (None, None) => Ok(()),
    }
}

/// The code of Azure's `{"error": {"code", "message"}}`. The message is left out, because it may quote what was sent.
fn error_code(body: &[u8]) -> Option<String> {
    let answer: Value = serde_json::from_slice(body).ok()?;
    let error = answer.get("error").filter(|error| !error.is_null() && *error != &Value::Bool(false))?;
    let code = error.get("code").or(Some(error)).and_then(Value::as_str).unwrap_or_default();
    let plain = (1..=80).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    Some(if plain { code.to_owned() } else { "unknown".to_owned() })
}
