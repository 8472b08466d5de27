//! What an admin enters for a Teams workflow, and every fault of it at once. The address is the secret: its `sig` lets anybody post.

use crate::connector::Settings;
use domain::Fault;
use url::{Host, Url};

/// A workflow takes no headers.
pub const HEADERS: Option<&[&str]> = Some(&[]);
/// Nor public ones.
pub const PUBLIC_HEADERS: &[&str] = &[];
/// The ends of the hosts of workflows, in the public cloud, in those of the US government and in China
/// (<https://learn.microsoft.com/power-automate/ip-address-configuration>, "When an HTTP request is received").
const HOSTS: &[&str] = &[
    ".environment.api.powerplatform.com",
    ".logic.azure.com",
    ".api.gov.powerplatform.microsoft.us",
    ".api.high.powerplatform.microsoft.us",
    ".api.appsplatform.us",
    ".logic.azure.us",
    ".api.powerplatform.partner.microsoftonline.cn",
    ".logic.azure.cn",
];
/// The hosts of Office 365 connectors, which Microsoft retires in 2026
/// (<https://devblogs.microsoft.com/microsoft365dev/retirement-of-office-365-connectors-within-microsoft-teams/>).
const RETIRED: &[&str] = &["webhook.office.com", "outlook.office.com", "outlook.office365.com"];
/// The parameter of the query that holds the workflow's secret.
const SECRET_PARAMETER: &str = "sig";
/// What stands for a secret.
const MASK: &str = "...";

/// Every fault of the settings.
pub fn check(settings: &Settings, allow_insecure: bool) -> Vec<Fault> {
    let Ok(url) = Url::parse(&settings.endpoint) else {
        return vec![fault("must be the address of a Teams workflow, which begins with https://")];
    };
    if is_retired(&url) {
        return vec![fault(
            "is an Office 365 connector, which Microsoft has retired: in Teams, make a workflow from “When a Teams webhook request is received” and enter its address",
        )];
    }
    let laptop = allow_insecure && is_loopback(&url);
    let found = [
        (url.scheme() != "https" && !laptop).then_some("must begin with https://"),
        (!laptop && !is_workflow(&url))
            .then_some("must be a host of Teams workflows: *.logic.azure.com or *.environment.api.powerplatform.com"),
        (!url.username().is_empty() || url.password().is_some()).then_some("must not hold a user name or a password"),
        (!has_secret(&url)).then_some("must have sig= in its query: copy the whole address of the workflow"),
    ];
    found.into_iter().flatten().map(fault).collect()
}

/// The address as it may be shown: with everything but its secret.
pub fn masked(endpoint: &str) -> String {
    let Ok(url) = Url::parse(endpoint) else { return MASK.into() };
    let place = format!("{}://{}", url.scheme(), url.authority().rsplit('@').next().unwrap_or_default());
    if is_retired(&url) {
        // The whole path of such an address is its secret.
        return format!("{place}/{MASK}");
    }
    let query = url.query().map(|query| query.split('&').map(masked_pair).collect::<Vec<_>>().join("&"));
    format!("{place}{}{}", url.path(), query.map(|q| format!("?{q}")).unwrap_or_default())
}

fn masked_pair(pair: &str) -> String {
    let name = pair.split('=').next().unwrap_or_default();
    match is_secret(pair) {
        true => format!("{name}={MASK}"),
        false => pair.to_owned(),
    }
}

/// By the name as it reads once it is decoded.
fn is_secret(pair: &str) -> bool {
    let name = url::form_urlencoded::parse(pair.as_bytes()).next().map(|(name, _)| name.into_owned());
    name.is_some_and(|name| name.trim().eq_ignore_ascii_case(SECRET_PARAMETER))
}

fn has_secret(url: &Url) -> bool {
    url.query_pairs().any(|(name, value)| name == SECRET_PARAMETER && !value.is_empty())
}

fn is_workflow(url: &Url) -> bool {
    // The usual port is none once it is read, though workflows spell out :443.
    let host = url.host_str().unwrap_or_default();
    url.port().is_none() && HOSTS.iter().any(|end| host.len() > end.len() && host.ends_with(end))
}

fn is_retired(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_end_matches('.');
    RETIRED.iter().any(|retired| host.strip_suffix(retired).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')))
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

fn fault(problem: &str) -> Fault {
    Fault::new("endpoint", problem)
}
