//! Issuers whose tokens say by which client they were got, and need more to say whether a person had signed in to it. An agent that gets
//! hold of its user's token must not become that user's equal, nor the user the agent.

use super::Agents;
use crate::jwt::Token;
use serde_json::Value;
use std::collections::BTreeMap;
use url::Url;

/// Claims that name the client a token was issued to: the machine itself, or the application that a person signed in to.
pub(super) const CLIENTS: [&str; 4] = ["azp", "appid", "cid", "client_id"];
/// Claims of names and addresses that only a person's token has: Okta's, Cognito's two, Entra's two, and what any issuer may add.
const NAMES: [&str; 6] = ["uid", "username", "cognito:username", "upn", "unique_name", "email"];
/// Claims that say that somebody signed in, as in Keycloak's lightweight access tokens, which have no name.
const SIGN_INS: [&str; 5] = ["sid", "session_state", "amr", "nonce", SIGNED_IN_AT];
/// When somebody signed in. Cognito has it in the tokens of machines too.
const SIGNED_IN_AT: &str = "auth_time";
/// Claims that say how a token was got, with the values that mean that a client got it for itself.
const GRANTS: [(&str, &str); 5] = [
    ("gty", "client-credentials"),
    ("gty", "client_credentials"),
    ("grant_type", "client-credentials"),
    ("grant_type", "client_credentials"),
    ("idtyp", "app"),
];

/// The issuers that are known by their addresses.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Provider {
    Auth0,
    Cognito,
    Entra,
    Okta,
}

/// By the end of the host's name.
const HOSTS: [(&str, Provider); 12] = [
    (".auth0.com", Provider::Auth0),
    (".amazoncognito.com", Provider::Cognito),
    ("login.microsoftonline.com", Provider::Entra),
    ("login.microsoftonline.us", Provider::Entra),
    (".partner.microsoftonline.cn", Provider::Entra),
    ("sts.windows.net", Provider::Entra),
    ("sts.chinacloudapi.cn", Provider::Entra),
    (".ciamlogin.com", Provider::Entra),
    (".b2clogin.com", Provider::Entra),
    (".okta.com", Provider::Okta),
    (".oktapreview.com", Provider::Okta),
    (".okta-emea.com", Provider::Okta),
];

fn known(issuer: &str) -> Option<Provider> {
    let url = Url::parse(issuer).ok()?;
    let host = url.host_str()?;
    if host.starts_with("cognito-idp.") && (host.ends_with(".amazonaws.com") || host.ends_with(".amazonaws.com.cn")) {
        return Some(Provider::Cognito);
    }
    HOSTS.iter().find(|(end, _)| host.ends_with(end)).map(|(_, known)| *known)
}

/// Whether an issuer's access tokens name their audience by `client_id` and have no `aud`.
pub(super) fn has_clients_for_audience(issuer: &str) -> bool {
    known(issuer) == Some(Provider::Cognito)
}

/// Why this issuer's tokens do not distinguish machines from people who sign in to them; none if they do.
pub(super) fn cannot_tell(issuer: &str, agents: &Agents) -> Option<&'static str> {
    let by = |claims: &[&str]| agents.names.is_some() && claims.contains(&agents.claim.as_str());
    let when = |claim: &str, value: &str| agents.when.iter().any(|(c, v)| c == claim && v == value);
    match known(issuer)? {
        Provider::Entra if !by(&["oid", "sub"]) && !when("idtyp", "app") => Some(
            "cannot tell an app from a person who signed in to it; use oid, with names, or add \"when\": {\"idtyp\": \"app\"}",
        ),
        Provider::Auth0 if !by(&["sub"]) && !when("gty", "client-credentials") => Some(
            "cannot tell an application from a person who signed in to it; use sub, with names, or add \"when\": {\"gty\": \
             \"client-credentials\"}",
        ),
        Provider::Okta if !by(&["sub"]) && agents.when.is_empty() => Some(
            "cannot tell a service from a person who signed in to it; use sub, with names, or say under \"when\" what only \
             services have",
        ),
        _ => None,
    }
}

/// Whether a token shows that a person had signed in, by another claim than the one that says which machine it is. Service accounts of
/// Keycloak and Google have names and addresses too. A sign-in counts unless `when`, which has matched, proves that the client got the
/// token for itself; a name counts always.
pub(super) fn is_personal(token: &Token<'_>, issuer: &str, agents: &Agents) -> bool {
    let machine = agents.claim.as_str();
    let text = |claim: &str| token.claim(claim).map(|value| value.as_str().unwrap_or_default());
    let service = |claim: &str, value: &str| claim == "email" && value.ends_with(".gserviceaccount.com");
    let named = || {
        let mut others = NAMES.iter().filter(|claim| **claim != machine);
        others.any(|claim| text(claim).is_some_and(|value| !service(claim, value)))
    };
    match text("preferred_username") {
        Some(name) if name.starts_with("service-account-") => false,
        Some(_) if machine != "preferred_username" => true,
        _ => named() || !proves_machine(&agents.when) && is_signed_in(token, issuer, machine),
    }
}

fn is_signed_in(token: &Token<'_>, issuer: &str, machine: &str) -> bool {
    let of_machines = |claim: &str| claim == SIGNED_IN_AT && known(issuer) == Some(Provider::Cognito);
    SIGN_INS.iter().any(|claim| *claim != machine && token.claim(claim).is_some() && !of_machines(claim))
}

/// Whether `when` asks for a claim that only a client's own token has. Any other claim may be in a person's token too: it must match, and
/// proves nothing.
fn proves_machine(when: &BTreeMap<String, String>) -> bool {
    GRANTS.iter().any(|(claim, value)| when.get(*claim).is_some_and(|asked| asked == value))
}

/// The clients that a token names, also as Auth0 and Keycloak spell them in a client's own tokens.
pub(super) fn clients<'t>(token: &'t Token<'_>) -> impl Iterator<Item = String> + 't {
    let client = |claim: &&str| token.claim(claim).and_then(Value::as_str);
    CLIENTS
        .iter()
        .filter_map(client)
        .flat_map(|client| [client.to_owned(), format!("{client}@clients"), format!("service-account-{client}")])
}
