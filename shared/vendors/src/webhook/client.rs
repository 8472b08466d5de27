//! The calls to a webhook's endpoint (Standard Webhooks 1.0, "Delivery success and failure").

use super::signature::sign;
use super::{MAX_ANSWER, config, show};
use crate::Failure;
use crate::connector::{Notice, Settings};
use crate::wire::http::{Call, Http, HttpAnswer, JSON};
use domain::delivery::address::{Address, LastMessage};
use domain::{Timestamp, Traceparent};
use reqwest::Method;
use serde_json::{Value, json};
use std::fmt;
use std::time::Duration;

/// The trace that a message belongs to (W3C Trace Context).
const TRACEPARENT: &str = "traceparent";
/// The most characters of a message's id that are sent.
const MAX_ID: usize = 200;

/// An endpoint, and what deliveries to it are signed with.
#[derive(Clone)]
pub struct Client {
    http: Http,
    url: String,
    secrets: Vec<Vec<u8>>,
    headers: Vec<(String, String)>,
    timeout: Duration,
}

/// What an endpoint answered to a delivery it took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// 200 to 299.
    pub status: u16,
    /// The beginning of the body, at most [`MAX_ANSWER`] bytes.
    pub body: Vec<u8>,
}

impl Client {
    /// The endpoint of a connector. Settings that [`config::check`] finds at fault make a client that delivers nothing.
    pub fn new(http: &Http, settings: &Settings) -> Self {
        Self {
            http: http.clone(),
            url: settings.endpoint.clone(),
            secrets: config::secrets(settings),
            headers: config::sent_along(settings),
            timeout: settings.timeout,
        }
    }

    /// An endpoint with a secret of any length, such as one derived from a wait token. Headers that frame a message are left out.
    pub fn with_secret(
        http: &Http,
        url: &str,
        secret: &[u8],
        headers: Vec<(String, String)>,
        timeout: Duration,
    ) -> Self {
        let headers = headers.into_iter().filter(|(name, _)| !config::is_reserved(name)).collect();
        Self { http: http.clone(), url: url.to_owned(), secrets: vec![secret.to_vec()], headers, timeout }
    }

    /// The same endpoint, with the trace that its messages belong to.
    pub fn traced(mut self, traceparent: Option<&Traceparent>) -> Self {
        if let Some(traceparent) = traceparent {
            self.headers.retain(|(name, _)| !name.eq_ignore_ascii_case(TRACEPARENT));
            self.headers.push((TRACEPARENT.to_owned(), traceparent.to_string()));
        }
        self
    }

    /// Sends the newest change of an approval, once: a change that was sent already is not sent again.
    ///
    /// # Errors
    /// A [`Failure`]; with status 410 the endpoint wants no more messages, ever.
    pub async fn show(&self, notice: &Notice<'_>, before: Option<&Address>) -> Result<Address, Failure> {
        let message = show::message(notice);
        let told = LastMessage(message.id);
        if before.and_then(LastMessage::at).as_ref() == Some(&told) {
            return Ok(told.into());
        }
        let traced = self.clone().traced(notice.approval.traceparent.as_ref());
        traced.deliver(&told.0, &message.body, notice.now).await?;
        Ok(told.into())
    }

    /// Delivers a test message, marked as one: nobody is asked anything.
    ///
    /// # Errors
    /// A [`Failure`].
    pub async fn probe(&self, _suffix: &str, now: Timestamp) -> Result<(), Failure> {
        let said = "This is a test of the connector. Nothing is asked and nothing was decided.";
        let data = json!({ "test": true, "message": said });
        self.send(&format!("test_{}", now.as_millisecond()), "connector.test", &data, now).await.map(drop)
    }

    /// Delivers anything, signed now. An attempt that repeats another gives the same id. The size of the data is the caller's affair.
    ///
    /// # Errors
    /// A [`Failure`].
    pub async fn send(&self, id: &str, kind: &str, data: &Value, now: Timestamp) -> Result<Answered, Failure> {
        self.deliver(id, &json!({ "type": kind, "timestamp": now, "data": data }), now).await
    }

    async fn deliver(&self, id: &str, body: &Value, now: Timestamp) -> Result<Answered, Failure> {
        let body = body.to_string().into_bytes();
        let signed = self.signed(id, now.as_second(), &body)?;
        let given = self.headers.iter().map(|(name, value)| (name.as_str(), value.clone()));
        let headers: Vec<(&str, String)> = given.chain(signed).collect();
        let call = Call { method: Method::POST, url: &self.url, headers: &headers, body: Some(body) };
        answered(self.http.call_for(call, MAX_ANSWER, self.timeout).await?)
    }

    fn signed(&self, id: &str, timestamp: i64, body: &[u8]) -> Result<[(&'static str, String); 4], Failure> {
        // A full stop would let an id run into the timestamp that is signed after it (the specification, "Signature scheme").
        if !(1..=MAX_ID).contains(&id.len()) || !id.bytes().all(|b| b.is_ascii_graphic() && b != b'.') {
            return Err(Failure::permanent("the message's id cannot be sent", None));
        }
        let signature = sign(&self.secrets, id, timestamp, body);
        let signature = signature.ok_or_else(|| Failure::permanent("there is no valid secret to sign with", None))?;
        Ok([
            ("content-type", JSON.to_owned()),
            ("webhook-id", id.to_owned()),
            ("webhook-timestamp", timestamp.to_string()),
            ("webhook-signature", signature),
        ])
    }
}

/// Without the secrets, the headers and the address, which may hold one.
impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("timeout", &self.timeout).finish_non_exhaustive()
    }
}

fn answered(answer: HttpAnswer) -> Result<Answered, Failure> {
    let HttpAnswer { status, retry_after, body, .. } = answer;
    let reason = match status {
        200..=299 => return Ok(Answered { status, body }),
        // 408 and 425 ask to be tried again by their definition (RFC 9110, section 15.5.9; RFC 8470, section 5.2).
        408 | 425 | 429 | 500..=599 => {
            return Err(Failure::Transient {
                reason: format!("the endpoint answered with HTTP {status}"),
                status: Some(status),
                retry_after,
            });
        }
        300..=399 => format!("the endpoint answered with a redirect (HTTP {status}), which is not followed"),
        410 => "the endpoint wants no more messages (HTTP 410)".to_owned(),
        _ => format!("the endpoint answered with HTTP {status}"),
    };
    Err(Failure::permanent(reason, Some(status)))
}
