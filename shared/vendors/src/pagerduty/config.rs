//! A PagerDuty connector's settings, and every fault of them at once.

use super::ROUTING_KEY;
use crate::connector::{Settings, header_fault};
use domain::Fault;
use url::{Host, Url};

/// Where events go; accounts of the EU use `events.eu.pagerduty.com` (<https://support.pagerduty.com/docs/service-regions>).
pub const DEFAULT_ENDPOINT: &str = "https://events.pagerduty.com/v2/enqueue";
/// The integration key of a service.
pub const ROUTING_KEY_HEADER: &str = "X-PagerDuty-Routing-Key";
/// The secret of the webhook subscription, for the way back.
pub const WEBHOOK_SECRET: &str = "X-PagerDuty-Webhook-Secret";
/// The headers whose values are not secret: none.
pub const PUBLIC_HEADERS: &[&str] = &[];
/// All there are.
pub const HEADERS: Option<&[&str]> = Some(&[ROUTING_KEY_HEADER, WEBHOOK_SECRET]);

/// Every fault of what is known.
pub fn check(settings: &Settings, allow_insecure: bool) -> Vec<Fault> {
    let fault = |problem: &str| Fault::new("endpoint", problem);
    let mut faults: Vec<Fault> = endpoint(&settings.endpoint, allow_insecure).err().map(fault).into_iter().collect();
    match settings.header(ROUTING_KEY_HEADER) {
        None => faults.push(header_fault(ROUTING_KEY_HEADER, "is required")),
        Some(key) if key.len() != ROUTING_KEY || !key.bytes().all(|b| b.is_ascii_alphanumeric()) => {
            let problem = "must be the 32 letters and digits of an integration of the Events API v2";
            faults.push(header_fault(ROUTING_KEY_HEADER, problem));
        }
        Some(_) => {}
    }
    let secret = settings.header(WEBHOOK_SECRET);
    if secret.is_some_and(|s| s.len() > 1_000 || !s.bytes().all(|b| b.is_ascii_graphic())) {
        faults.push(header_fault(WEBHOOK_SECRET, "must be the secret of a webhook subscription, without spaces"));
    }
    faults
}

/// The endpoint as it may be shown. PagerDuty's address is no secret: the integration key is.
pub fn masked(endpoint: &str) -> String {
    endpoint.to_owned()
}

/// The address of the Events API; the default where it is left empty.
///
/// # Errors
/// The end of a sentence about the endpoint.
pub(super) fn endpoint(text: &str, allow_insecure: bool) -> Result<String, &'static str> {
    let text = if text.trim().is_empty() { DEFAULT_ENDPOINT } else { text.trim() };
    let url = Url::parse(text).map_err(|_| "must be an address, such as https://events.pagerduty.com/v2/enqueue")?;
    let loopback = match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    };
    let theirs = url.host_str().is_some_and(|h| h.ends_with(".pagerduty.com")) && url.port().is_none();
    match () {
        () if !url.username().is_empty() || url.password().is_some() => Err("must have no credentials in it"),
        () if allow_insecure && loopback && matches!(url.scheme(), "http" | "https") => Ok(url.into()),
        () if url.scheme() != "https" => Err("must begin with https://"),
        () if !theirs => Err("must be PagerDuty's, such as https://events.pagerduty.com/v2/enqueue"),
        () => Ok(url.into()),
    }
}
