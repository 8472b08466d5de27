//! Machines are distinguished from people, however their claims are spelled.

use super::{extended, held, with};
use domain::Role;
use serde_json::{Value, json};

/// Agents known by a claim, and no people.
fn by(agents: Value) -> Value {
    let mut configured = with("/agents", agents);
    configured.as_object_mut().unwrap().remove("people");
    configured
}

#[test]
fn a_claim_is_the_same_by_its_name_and_by_a_pointer_of_one_step() {
    let by = |claim: &str, names: Value| by(json!({ "claim": claim, "names": names }));
    assert!(held(&by("/username", Value::Null), json!({ "username": "bot" })).is_ok());
    assert!(held(&by("/preferred_username", Value::Null), json!({ "preferred_username": "bot" })).is_ok());
    assert!(held(&by("/cognito:username", Value::Null), json!({ "cognito:username": "bot" })).is_ok());
    // A client is not yet a machine, however its claim is spelled.
    for client in ["azp", "/azp", "/client_id"] {
        let claims = json!({ client.trim_start_matches('/'): "bot", "sid": "x" });
        let held = held(&by(client, json!({ "bot": "bot" })), claims);
        assert_eq!(held, Err("a person signed in to its client"), "{client}");
    }
    let deep = by("/https:~1~1acme.com~1~0bot", Value::Null);
    assert!(held(&deep, json!({ "https://acme.com/~bot": "bot" })).is_ok());
    let slash = by("/~1bot", Value::Null);
    assert!(held(&slash, json!({ "/bot": "bot" })).is_ok(), "a name that would be a pointer stays one");
    let scoped = with("/people/roles", json!({ "claim": "/scope", "names": { "decide": "approver" } }));
    let jane = json!({ "email": "jane@acme.com", "email_verified": true, "scope": "openid decide" });
    assert_eq!(held(&scoped, jane).unwrap().roles, [Role::Approver]);
}

#[test]
fn a_sign_in_is_no_persons_where_a_claim_says_that_a_client_got_the_token_for_itself() {
    let when = |claim: &str, value: &str| by(json!({ "claim": "client_id", "when": { claim: value } }));
    let token = |claim: &str, value: &str, more: Value| {
        extended(json!({ "client_id": "bot", claim: value, "auth_time": 1, "sid": "x" }), &more)
    };
    for (claim, value) in [
        ("gty", "client-credentials"),
        ("/gty", "client_credentials"),
        ("grant_type", "client_credentials"),
        ("idtyp", "app"),
    ] {
        let own = token(claim.trim_start_matches('/'), value, json!({}));
        assert!(held(&when(claim, value), own.clone()).is_ok(), "{claim}");
        let named = extended(own, &json!({ "username": "jane" }));
        assert_eq!(held(&when(claim, value), named), Err("a person signed in to its client"), "{claim}");
        let other = token(claim.trim_start_matches('/'), "password", json!({}));
        assert_eq!(held(&when(claim, value), other), Err("it lacks what tells an agent's token from a person's"));
    }
    for (claim, value) in [("scope", "ask"), ("azp", "bot"), ("gty", "password"), ("idtyp", "user"), ("tier", "app")] {
        let held = held(&when(claim, value), token(claim, value, json!({})));
        assert_eq!(held, Err("a person signed in to its client"), "{claim} of {value} proves no machine");
    }
}
