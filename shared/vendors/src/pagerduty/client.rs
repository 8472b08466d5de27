//! What is sent to PagerDuty: events to the Events API v2, <https://developer.pagerduty.com/docs/events-api-v2/overview>.

use super::{config, show};
use crate::Failure;
use crate::connector::{Notice, Settings};
use crate::wire::http::{Http, HttpAnswer};
use domain::Timestamp;
use domain::delivery::address::{Address, LastMessage};
use domain::params::visible;
use serde_json::Value;
use std::fmt;
use std::time::Duration;

/// The most of PagerDuty's own words that a reason repeats.
const MAX_SAID: usize = 300;

/// One integration of a service.
#[derive(Clone)]
pub struct Client {
    http: Http,
    endpoint: String,
    routing_key: String,
    timeout: Duration,
}

impl Client {
    /// An integration.
    pub fn new(http: &Http, settings: &Settings) -> Self {
        let endpoint = config::endpoint(&settings.endpoint, http.allows_insecure()).unwrap_or_default();
        let routing_key = settings.header(config::ROUTING_KEY_HEADER).unwrap_or_default().to_owned();
        Self { http: http.clone(), endpoint, routing_key, timeout: settings.timeout }
    }

    /// Triggers the approval's alert, or adds to it; resolves it once the approval has ended. To resolve what was never triggered does
    /// nothing, and closes an alert whose answer was lost.
    ///
    /// # Errors
    /// A [`Failure`].
    pub async fn show(&self, notice: &Notice<'_>, _before: Option<&Address>) -> Result<Address, Failure> {
        self.send(&show::event(notice, &self.routing_key)).await?;
        Ok(LastMessage(show::dedup_key(notice.approval)).into())
    }

    /// Triggers a test alert and resolves it at once, even where the answer to the trigger was lost. The suffix makes its key.
    ///
    /// # Errors
    /// A [`Failure`], the first.
    pub async fn probe(&self, suffix: &str, _now: Timestamp) -> Result<(), Failure> {
        let triggered = self.send(&show::test(&self.routing_key, suffix, "trigger")).await;
        if matches!(triggered, Err(Failure::Permanent { .. })) {
            return triggered;
        }
        let resolved = self.send(&show::test(&self.routing_key, suffix, "resolve")).await;
        triggered.and(resolved)
    }

    async fn send(&self, event: &Value) -> Result<(), Failure> {
        let answer = self.http.post_json(&self.endpoint, None, event, self.timeout).await?;
        let (status, retry_after) = (Some(answer.status), answer.retry_after);
        let reason = format!("HTTP {}{}", answer.status, self.said(&answer));
        match answer.status {
            202 => Ok(()),
            408 | 429 | 500..=599 => Err(Failure::Transient { reason, status, retry_after }),
            // Nothing but 202 says that an event was taken: another success is not PagerDuty's.
            200..=299 => Err(Failure::transient(format!("{reason}: PagerDuty answers 202"), status)),
            _ => Err(Failure::permanent(reason, status)),
        }
    }

    /// What PagerDuty says was wrong, without the key.
    fn said(&self, answer: &HttpAnswer) -> String {
        let json: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let errors = json.get("errors").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        let message = json.get("message").and_then(Value::as_str);
        let said = message.into_iter().chain(errors).collect::<Vec<_>>().join("; ");
        let open = if self.routing_key.is_empty() { said } else { said.replace(&self.routing_key, "<routing key>") };
        match open.is_empty() {
            true => String::new(),
            false => format!(" ({})", visible::cut(&visible::line(&open), MAX_SAID)),
        }
    }
}

/// Without the key.
impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}
