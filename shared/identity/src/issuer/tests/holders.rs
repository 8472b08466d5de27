//! Whom claims make of a token's holder.

use super::{NOW, claims, configured, extended, held, one, text, with};
use crate::issuer::{of, read};
use crate::jwt::Token;
use data_encoding::BASE64URL_NOPAD;
use domain::{Role, Timestamp};
use proptest::prelude::*;
use serde_json::{Value, json};

fn person(more: Value) -> Value {
    extended(json!({ "email": "jane@acme.com", "email_verified": true }), &more)
}

#[test]
fn claims_make_a_person_or_an_agent() {
    let jane = held(&configured(), person(json!({ "email": "Jane@ACME.com", "groups": ["x", "Gate Approvers", 7] })));
    assert_eq!(jane.as_ref().map(|j| j.subject.to_string()), Ok("user:jane@acme.com".into()));
    assert_eq!(jane.unwrap().roles, [], "a list with something else in it is no list of groups");
    let jane = held(&configured(), person(json!({ "groups": ["x", "Gate Approvers"], "azp": "portal" }))).unwrap();
    assert_eq!((jane.roles, jane.workspaces.len()), (vec![Role::Approver], 2));
    let scoped = with("/people/roles", json!({ "claim": "scope", "names": { "decide": "approver", "ask": "agent" } }));
    let jane = held(&scoped, person(json!({ "scope": "openid decide ask decide" }))).unwrap();
    assert_eq!(jane.roles, [Role::Agent, Role::Approver]);
    let bot = held(&configured(), json!({ "azp": "bot", "actor": "Octocat", "email": null })).unwrap();
    assert_eq!((bot.subject.to_string().as_str(), bot.roles.as_slice()), ("agent:bot", [Role::Agent].as_slice()));
    assert_eq!(bot.owner.unwrap().to_string(), "github:octocat");
    let pod = with("/agents", json!({ "claim": "/kubernetes.io/serviceaccount/name", "names": { "runner": "sales" } }));
    let deep = |name: &str| json!({ "kubernetes.io": { "serviceaccount": { "name": name } } });
    assert_eq!(held(&pod, deep("runner")).unwrap().subject.to_string(), "agent:sales");
    assert_eq!(held(&pod, deep("other")), Err("its agent is none that is known"));
}

#[test]
fn where_a_token_holds_its_claim_may_say() {
    let claimed = with("/workspaces", json!({ "claim": "https://acme.com/workspaces" }));
    for (value, holds) in [
        (json!(["sales", "No", "../etc"]), vec!["sales"]),
        (json!("sales"), vec!["sales"]),
        (json!([7]), vec![]),
        (json!(""), vec![]),
        (Value::Null, vec![]),
    ] {
        let bot =
            held(&claimed, json!({ "azp": "bot", "actor": "octocat", "https://acme.com/workspaces": value })).unwrap();
        assert_eq!(bot.workspaces.iter().map(|w| w.as_str()).collect::<Vec<_>>(), holds);
    }
}

#[test]
fn an_address_counts_only_where_it_is_verified_and_of_a_domain_of_the_issuers() {
    for more in [
        json!({ "email_verified": false }),
        json!({ "email_verified": "true" }),
        json!({ "email_verified": 1 }),
        json!({ "email_verified": null }),
        json!({ "email": "jane@evil.com" }),
        json!({ "email": "jane@mail.acme.com" }),
        json!({ "email": "jane@acme.com.evil.com" }),
        json!({ "email": "jane@evil.com@acme.com" }),
        json!({ "email": "jane@acme.com " }),
        json!({ "email": "ja\u{200b}ne@acme.com" }),
        // The Kelvin sign is k in lower case.
        json!({ "email": "\u{212a}im@acme.com" }),
        json!({ "email": "a/b@acme.com" }),
        json!({ "email": "@acme.com" }),
        json!({ "email": "acme.com" }),
        json!({ "email": "" }),
        json!({ "email": ["jane@acme.com"] }),
    ] {
        // And makes no agent of whom it does not make a person.
        let more = extended(person(json!({ "azp": "bot" })), &more);
        assert!(held(&configured(), more.clone()).is_err(), "{more}");
    }
}

#[test]
fn a_persons_token_in_an_agents_hands_is_nobodys() {
    let named = with("/agents/names", json!({ "bot": "outreach" }));
    let (mut people, mut machines) = (named.clone(), with("/audience", json!("machines")));
    people.as_object_mut().unwrap().remove("agents");
    machines.as_object_mut().unwrap().remove("people");
    let apart = read(&json!([people, machines]).to_string(), false).unwrap().remove(0);
    let text = text(&json!({ "alg": "EdDSA" }), &claims(&person(json!({ "azp": "bot" }))));
    let now = Timestamp::from_second(NOW).unwrap();
    assert_eq!(apart.holder(&Token::read(&text).unwrap(), now), Err("it was issued to an agent"));
    assert_eq!(held(&named, person(json!({ "azp": "bot" }))), Err("it was issued to an agent"));
    assert_eq!(held(&named, person(json!({ "azp": "portal" }))).unwrap().subject.to_string(), "user:jane@acme.com");
    let act = json!({ "act": { "sub": "bot" } });
    assert_eq!(held(&configured(), person(act)), Err("somebody else acts with it"));
}

#[test]
fn what_is_verified_of_one_claim_is_not_of_another() {
    let mut named = with("/people/claim", json!("preferred_username"));
    named.as_object_mut().unwrap().remove("agents");
    let chief = person(json!({ "preferred_username": "chief@acme.com" }));
    assert_eq!(held(&named, chief.clone()), Err("its e-mail is not verified"));
    let chief = extended(chief, &json!({ "preferred_username_verified": true }));
    assert_eq!(held(&named, chief).unwrap().subject.to_string(), "user:chief@acme.com");
}

#[test]
fn a_machine_that_cannot_be_named_or_whose_owner_cannot_be_read_is_nobody() {
    let mut unnamed = with("/agents/names", Value::Null);
    unnamed.as_object_mut().unwrap().remove("people");
    let free = held(&unnamed, json!({ "azp": "any", "actor": "octocat" })).unwrap();
    assert_eq!(free.subject.to_string(), "agent:any");
    for more in [
        json!({}),
        json!({ "azp": "" }),
        json!({ "azp": "a b" }),
        json!({ "azp": "a/b" }),
        json!({ "azp": "b\u{f6}t" }),
        json!({ "azp": ["bot"] }),
        json!({ "azp": "bot", "actor": ["octocat"] }),
        json!({ "azp": "bot", "actor": "" }),
        json!({ "azp": "bot", "cnf": { "jkt": "x" } }),
    ] {
        let more = extended(json!({ "actor": "octocat" }), &more);
        assert!(held(&unnamed, more.clone()).is_err(), "{more}");
    }
    assert_eq!(held(&configured(), json!({ "azp": "x", "actor": "octocat" })), Err("its agent is none that is known"));
    assert_eq!(held(&configured(), json!({ "azp": "bot" })), Err("it names no owner"));
    assert_eq!(held(&with("/agents", Value::Null), json!({ "azp": "bot" })), Err("it names no person"));
}

#[test]
fn clocks_may_differ_by_a_minute_and_no_more() {
    let agent = |more: Value| held(&configured(), extended(json!({ "azp": "bot", "actor": "octocat" }), &more)).is_ok();
    for (good, more) in [
        (true, json!({ "exp": NOW - 59 })),
        (true, json!({ "exp": NOW as f64 - 59.999 })),
        (false, json!({ "exp": NOW - 60 })),
        (false, json!({ "exp": 0 })),
        (false, json!({ "exp": null })),
        (false, json!({ "exp": (NOW + 60).to_string() })),
        (true, json!({ "nbf": NOW + 60, "iat": NOW + 60 })),
        (false, json!({ "nbf": NOW + 61 })),
        (false, json!({ "iat": NOW + 61 })),
        (false, json!({ "iat": true })),
        (false, json!({ "nbf": "0" })),
        (true, json!({ "nbf": -1, "iat": 0 })),
    ] {
        assert_eq!(agent(more.clone()), good, "{more}");
    }
    let mut endless = claims(&json!({}));
    endless.as_object_mut().unwrap().remove("exp");
    let text = text(&json!({ "alg": "EdDSA" }), &endless);
    let token = Token::read(&text).unwrap();
    assert_eq!(one(&configured()).holder(&token, Timestamp::from_second(NOW).unwrap()), Err("it says no end"));
}

#[test]
fn a_token_is_for_us_by_its_issuer_and_audience_to_the_letter() {
    let claimed = |more: Value| {
        let text = text(&json!({ "alg": "EdDSA" }), &claims(&more));
        let issuers = [one(&with("/issuer", json!("https://other.acme.com"))), one(&configured())];
        of(&issuers, &Token::read(&text).unwrap()).map(|found| found.issuer.clone())
    };
    assert_eq!(claimed(json!({})), Ok("https://id.acme.com".into()));
    assert!(claimed(json!({ "aud": ["other", "countersign"] })).is_ok());
    for (why, more) in [
        ("it names no issuer", json!({ "iss": null })),
        ("its issuer is none that is configured", json!({ "iss": "https://id.acme.com/" })),
        ("its issuer is none that is configured", json!({ "iss": "https://ID.acme.com" })),
        ("its issuer cannot be read", json!({ "iss": ["https://id.acme.com"] })),
        ("its audience is another", json!({ "aud": "Gate" })),
        ("its audience is another", json!({ "aud": [] })),
        ("its audience cannot be read", json!({ "aud": ["gate", 7] })),
        ("its audience cannot be read", json!({ "aud": { "gate": true } })),
        ("it names no audience", json!({ "aud": null })),
        ("it names no audience", json!({ "aud": null, "client_id": "gate" })),
    ] {
        assert_eq!(claimed(more.clone()), Err(why), "{more}");
    }
}

#[test]
fn a_client_that_a_person_signed_in_to_is_no_agent() {
    let mut unnamed = with("/agents", json!({ "claim": "client_id" }));
    unnamed.as_object_mut().unwrap().remove("people");
    assert!(held(&unnamed, json!({ "client_id": "bot", "preferred_username": "service-account-bot" })).is_ok());
    assert!(held(&unnamed, json!({ "client_id": "bot", "email": "bot@acme.iam.gserviceaccount.com" })).is_ok());
    for personal in ["uid", "username", "cognito:username", "upn", "unique_name", "email", "preferred_username"] {
        for value in [json!("jane"), json!(["jane"])] {
            let held = held(&unnamed, json!({ "client_id": "bot", personal: value }));
            assert_eq!(held, Err("a person signed in to its client"), "{personal}");
        }
    }
    // As of Keycloak's lightweight access tokens.
    for signed_in in [
        json!({ "sid": "x" }),
        json!({ "session_state": "x" }),
        json!({ "auth_time": 1 }),
        json!({ "amr": ["pwd"] }),
        json!({ "nonce": "x" }),
    ] {
        let held = held(&unnamed, extended(json!({ "client_id": "bot" }), &signed_in));
        assert_eq!(held, Err("a person signed in to its client"), "{signed_in}");
    }
}

#[test]
fn without_names_whoever_signed_in_is_no_agent_whatever_claim_names_it() {
    let by = |claim: &str| {
        let mut unnamed = with("/agents", json!({ "claim": claim }));
        unnamed.as_object_mut().unwrap().remove("people");
        unnamed
    };
    assert!(held(&by("sub"), json!({ "sub": "bot" })).is_ok());
    assert!(held(&by("username"), json!({ "username": "bot" })).is_ok(), "the claim itself tells nothing");
    assert!(held(&by("preferred_username"), json!({ "preferred_username": "bot" })).is_ok());
    for personal in ["sid", "email", "username"] {
        assert_eq!(held(&by("sub"), json!({ "sub": "jane", personal: "x" })), Err("a person signed in to its client"));
    }
    let named = with("/agents", json!({ "claim": "sub", "names": { "bot": "bot" } }));
    assert!(held(&named, json!({ "sub": "bot", "sid": "x" })).is_ok(), "a name is a machine's");
}

#[test]
fn cognito_says_of_machines_too_when_they_signed_in() {
    let mut pool = with("/issuer", json!("https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_EXAMPLE"));
    pool["agents"] = json!({ "claim": "client_id" });
    pool.as_object_mut().unwrap().remove("people");
    let claimed = |more: Value| {
        held(&pool, extended(json!({ "iss": pool["issuer"], "client_id": "bot", "auth_time": 1 }), &more))
    };
    assert!(claimed(json!({})).is_ok());
    assert_eq!(claimed(json!({ "username": "jane" })), Err("a person signed in to its client"));
}

#[test]
fn an_agents_token_has_what_it_must_have() {
    let mut told = with("/agents", json!({ "claim": "azp", "when": { "idtyp": "app", "/a/b": "c" } }));
    told.as_object_mut().unwrap().remove("people");
    assert!(held(&told, json!({ "azp": "bot", "idtyp": "app", "a": { "b": "c" } })).is_ok());
    for lacking in
        [json!({}), json!({ "idtyp": "user", "a": { "b": "c" } }), json!({ "idtyp": ["app"], "a": { "b": "c" } })]
    {
        let lacking = extended(json!({ "azp": "bot" }), &lacking);
        assert_eq!(held(&told, lacking), Err("it lacks what tells an agent's token from a person's"));
    }
}

proptest! {
    #[test]
    fn whatever_is_sent_nobody_is_made_of_it_by_a_panic(header in ".*", claims in ".*", text in ".*") {
        let part = |value: &str| BASE64URL_NOPAD.encode(value.as_bytes());
        let made = format!("{}.{}.c2ln", part(&header), part(&claims));
        prop_assert!(Token::read(&made).is_err() && Token::read(&text).is_err());
    }
}
