//! What an admin enters for a webhook, and every fault of it at once.

use super::{MAX_SECRETS, SECRET_BYTES};
use crate::connector::{Settings, header_fault};
use crate::wire::address::PublicOnly;
use data_encoding::BASE64;
use domain::Fault;
use reqwest::header::{HeaderName, HeaderValue};
use std::collections::BTreeSet;
use std::net::IpAddr;
use url::{Host, Url};

/// The header that holds the signing secret; two of them, separated by a space, while rotating.
pub const SECRET_HEADER: &str = "X-Webhook-Secret";
/// Others than the secret are sent along.
pub const HEADERS: Option<&[&str]> = None;
/// No header's value is known to be public: whatever is sent along may be a credential.
pub const PUBLIC_HEADERS: &[&str] = &[];
/// Before a secret (the specification, "Signature scheme").
const SECRET_PREFIX: &str = "whsec_";
/// Before the names that the specification has for itself ("Webhook headers").
const RESERVED_PREFIX: &str = "webhook-";
/// What frames a message or belongs to one connection (RFC 9110, sections 7.2, 7.6.1, 8.3 and 8.6; RFC 2616, section 13.5.1).
const RESERVED: &[&str] = &[
    "connection",
    "content-length",
    "content-type",
    "host",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Every fault of the settings. A missing secret is no fault, because the code that stores the settings makes one with [`new_secret`].
pub fn check(settings: &Settings, allow_insecure: bool) -> Vec<Fault> {
    let mut faults = Vec::new();
    if let Some(problem) = endpoint_problem(&settings.endpoint, allow_insecure) {
        faults.push(Fault::new("endpoint", problem));
    }
    let mut seen = BTreeSet::new();
    for (name, value) in &settings.headers {
        let problem = match seen.insert(name.to_ascii_lowercase()) {
            false => Some("is given twice, in another case"),
            true => header_problem(name, value),
        };
        faults.extend(problem.map(|problem| header_fault(name, problem)));
    }
    faults
}

/// The endpoint as it may be shown. A webhook's address is no secret: the signing secret is.
pub fn masked(endpoint: &str) -> String {
    endpoint.to_owned()
}

/// A secret of 32 random bytes, as it is entered on both sides.
pub fn new_secret(bytes: [u8; 32]) -> String {
    format!("{SECRET_PREFIX}{}", BASE64.encode(&bytes))
}

/// The bytes of a secret; `None` where it is not `whsec_` and base64 of 24 to 64 bytes.
pub fn read_secret(text: &str) -> Option<Vec<u8>> {
    let bytes = BASE64.decode(text.strip_prefix(SECRET_PREFIX)?.as_bytes()).ok()?;
    SECRET_BYTES.contains(&bytes.len()).then_some(bytes)
}

/// The secrets to sign with, in the order given; none where any of them is not one.
pub(super) fn secrets(settings: &Settings) -> Vec<Vec<u8>> {
    let given = settings.header(SECRET_HEADER).unwrap_or_default();
    let all: Option<Vec<Vec<u8>>> = given.split_ascii_whitespace().map(read_secret).collect();
    all.unwrap_or_default()
}

/// The headers sent along with each delivery.
pub(super) fn sent_along(settings: &Settings) -> Vec<(String, String)> {
    let ours = |name: &str| name.eq_ignore_ascii_case(SECRET_HEADER) || is_reserved(name);
    let others = settings.headers.iter().filter(|(name, _)| !ours(name));
    others.map(|(name, value)| (name.clone(), value.trim().to_owned())).collect()
}

fn endpoint_problem(endpoint: &str, allow_insecure: bool) -> Option<&'static str> {
    let Ok(url) = Url::parse(endpoint) else {
        return Some("must be an address such as https://approvals.example.com/hook");
    };
    match url.scheme() {
        "https" => {}
        "http" if allow_insecure => {}
        _ => return Some("must begin with https://"),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Some("must not hold a user name or a password: send an Authorization header");
    }
    (!reachable(&url, allow_insecure)).then_some("must be a host with a public address")
}

/// What can be known before the name is looked up; every address is judged again when it is connected to.
fn reachable(url: &Url, allow_insecure: bool) -> bool {
    let permits = |ip: IpAddr| PublicOnly { loopback: allow_insecure }.permits(ip);
    match url.host() {
        Some(Host::Ipv4(ip)) => permits(ip.into()),
        Some(Host::Ipv6(ip)) => permits(ip.into()),
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            allow_insecure || !(name == "localhost" || name.ends_with(".localhost"))
        }
        None => false,
    }
}

fn header_problem(name: &str, value: &str) -> Option<&'static str> {
    if name.eq_ignore_ascii_case(SECRET_HEADER) {
        return secret_problem(value);
    }
    // What is beyond ASCII has no agreed meaning in a value (RFC 9110, section 5.5).
    let sendable = value.is_ascii() && HeaderValue::from_str(value.trim()).is_ok();
    match HeaderName::from_bytes(name.as_bytes()) {
        _ if is_reserved(name) => Some("cannot be set: it is made for each delivery"),
        Err(_) => Some("is not the name of a header"),
        Ok(_) if !sendable => Some("must have a value of visible ASCII characters on one line"),
        Ok(_) => None,
    }
}

/// Whether a header is made for each delivery, or belongs to the connection.
pub(super) fn is_reserved(name: &str) -> bool {
    let name = name.trim().to_ascii_lowercase();
    name.starts_with(RESERVED_PREFIX) || RESERVED.contains(&name.as_str())
}

fn secret_problem(value: &str) -> Option<&'static str> {
    let given: Vec<&str> = value.split_ascii_whitespace().collect();
    if given.len() > MAX_SECRETS {
        return Some("must be one secret, or two while rotating");
    }
    let good = given.iter().all(|text| read_secret(text).is_some());
    (!good).then_some("must be whsec_ and base64 of 24 to 64 bytes")
}
