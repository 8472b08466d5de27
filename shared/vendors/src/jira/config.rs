//! A Jira connector's settings, and every fault of them at once.

use super::LABEL;
use crate::connector::{Settings, header_fault};
use crate::wire::address::PublicOnly;
use domain::Fault;
use url::{Host, Url};

/// Whose account calls Jira.
pub const EMAIL: &str = "X-Jira-Email";
/// That account's API token.
pub const API_TOKEN: &str = "X-Jira-Api-Token";
/// The key of the project that issues are made in.
pub const PROJECT: &str = "X-Jira-Project";
/// The name of their type.
pub const ISSUE_TYPE: &str = "X-Jira-Issue-Type";
/// The secret of the webhook, for the way back.
pub const WEBHOOK_SECRET: &str = "X-Jira-Webhook-Secret";
/// The headers whose values are not secret.
pub const PUBLIC_HEADERS: &[&str] = &[PROJECT, ISSUE_TYPE];
/// All there are.
pub const HEADERS: Option<&[&str]> = Some(&[EMAIL, API_TOKEN, PROJECT, ISSUE_TYPE, WEBHOOK_SECRET]);

/// Every fault of what is known.
pub fn check(settings: &Settings, allow_insecure: bool) -> Vec<Fault> {
    let mut faults: Vec<Fault> = endpoint(&settings.endpoint, allow_insecure)
        .err()
        .map(|problem| Fault::new("endpoint", problem))
        .into_iter()
        .collect();
    let values = [
        (EMAIL, true, is_email as fn(&str) -> bool, "must be the e-mail address of an Atlassian account"),
        (API_TOKEN, true, is_token, "must be an API token of that account"),
        (PROJECT, true, is_project, "must be a project's key, such as OPS"),
        (ISSUE_TYPE, false, is_name, "must be the name of an issue type, such as Task"),
        (WEBHOOK_SECRET, false, is_token, "must be the secret of the webhook, without spaces"),
    ];
    for (name, needed, good, problem) in values {
        match settings.header(name) {
            Some(value) if !good(value) => faults.push(header_fault(name, problem)),
            None if needed => faults.push(header_fault(name, "is required")),
            _ => {}
        }
    }
    faults
}

/// The endpoint as it may be shown. The site's address is no secret: the account's API token is.
pub fn masked(endpoint: &str) -> String {
    endpoint.to_owned()
}

/// The site without a slash at its end.
///
/// # Errors
/// The end of a sentence about the endpoint.
pub(super) fn endpoint(text: &str, allow_insecure: bool) -> Result<String, &'static str> {
    let url = Url::parse(text.trim()).map_err(|_| "must be the site's address, such as https://acme.atlassian.net")?;
    let (host, public) = (url.host(), PublicOnly { loopback: allow_insecure });
    let private = match host {
        Some(Host::Ipv4(ip)) => !public.permits(ip.into()),
        Some(Host::Ipv6(ip)) => !public.permits(ip.into()),
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            !allow_insecure && (name == "localhost" || name.ends_with(".localhost"))
        }
        None => true,
    };
    match () {
        () if url.scheme() != "https" && !(allow_insecure && url.scheme() == "http") => Err("must begin with https://"),
        () if !url.username().is_empty() || url.password().is_some() => Err("must have no credentials in it"),
        () if private => Err("must be a public host"),
        () if url.path() != "/" || url.query().is_some() || url.fragment().is_some() => {
            Err("must be the site alone, without a path: https://acme.atlassian.net")
        }
        () => Ok(url.as_str().trim_end_matches('/').to_owned()),
    }
}

/// An e-mail address with a colon in it would move the border between name and password.
fn is_email(text: &str) -> bool {
    let parts = text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && !host.is_empty());
    parts && text.len() <= 254 && !text.contains(|c: char| c == ':' || c.is_whitespace() || c.is_control())
}

fn is_token(text: &str) -> bool {
    text.len() <= 1_000 && text.chars().all(|c| c.is_ascii_graphic())
}

/// Jira's default pattern (<https://support.atlassian.com/jira-cloud-administration/docs/change-the-project-key-format>).
pub(super) fn is_project(text: &str) -> bool {
    let upper = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    (2..=LABEL).contains(&text.len()) && text.chars().all(upper) && text.starts_with(|c: char| c.is_ascii_uppercase())
}

fn is_name(text: &str) -> bool {
    text.chars().count() <= 60 && !text.contains(char::is_control)
}
