//! An issuer as it is usually configured, and tokens of it.

mod configs;
mod holders;
mod machines;

use super::{Holder, Issuer, of, read};
use crate::jwt::Token;
use data_encoding::BASE64URL_NOPAD;
use domain::Timestamp;
use serde_json::{Value, json};

const NOW: i64 = 1_776_765_900;

fn configured() -> Value {
    json!({
        "issuer": "https://id.acme.com",
        "audience": ["countersign", "gate"],
        "jwks": "https://id.acme.com/keys",
        "algorithms": ["ES256", "EdDSA"],
        "workspaces": ["default", "sales"],
        "people": { "domains": ["Acme.com"], "roles": { "claim": "groups", "names": { "Gate Approvers": "approver" } } },
        "agents": { "claim": "azp", "names": { "bot": "bot" }, "owner": { "claim": "actor", "kind": "github" } },
    })
}

fn one(configured: &Value) -> Issuer {
    read(&json!([configured]).to_string(), false).unwrap().remove(0)
}

/// The usual claims, and these.
fn claims(more: &Value) -> Value {
    extended(json!({ "iss": "https://id.acme.com", "aud": "gate", "exp": NOW + 60 }), more)
}

fn extended(mut claims: Value, more: &Value) -> Value {
    claims.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    claims
}

fn text(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
    format!("{}.{}.c2ln", part(header), part(claims))
}

/// What a configured issuer makes of a token with these claims beside the usual ones.
fn held(configured: &Value, more: Value) -> Result<Holder, &'static str> {
    let text = text(&json!({ "alg": "EdDSA" }), &claims(&more));
    let (token, issuer) = (Token::read(&text).unwrap(), one(configured));
    assert!(of(std::slice::from_ref(&issuer), &token).is_ok());
    issuer.holder(&token, Timestamp::from_second(NOW).unwrap())
}

fn with(path: &str, value: Value) -> Value {
    let mut configured = configured();
    let (parent, key) = path.rsplit_once('/').unwrap();
    let place = if parent.is_empty() { &mut configured } else { configured.pointer_mut(parent).unwrap() };
    match value {
        Value::Null => drop(place.as_object_mut().unwrap().remove(key)),
        value => place[key] = value,
    }
    configured
}
