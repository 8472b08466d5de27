//! Where an issuer publishes its keys: fetched as guardedly as any vendor is called.

use crate::wire::http::Call;
use crate::{Failure, Http};
use reqwest::Method;
use std::time::Duration;

/// Keys as they were published, which nobody has read yet, and for how many seconds the issuer calls them fresh.
#[derive(Debug)]
pub struct Published {
    /// The document.
    pub document: Vec<u8>,
    /// `max-age` of `Cache-Control`.
    pub max_age: Option<u64>,
}

/// Fetches the keys at an address, all within `timeout`.
///
/// # Errors
/// An address that may not be called, or no such document as an answer, without a word of it.
pub async fn fetch(http: &Http, url: &str, timeout: Duration) -> Result<Published, Failure> {
    let headers = [("accept", "application/jwk-set+json, application/json".to_owned())];
    let call = Call { method: Method::GET, url, headers: &headers, body: None };
    let answer = http.call(call, timeout).await?;
    let status = answer.status;
    if status != 200 {
        return Err(Failure::transient(format!("the issuer answered {status}"), Some(status)));
    }
    Ok(Published { document: answer.body, max_age: answer.max_age })
}
