//! Configurations of issuers, good and bad.

use super::{configured, with};
use crate::issuer::read;
use serde_json::{Value, json};

#[test]
fn every_fault_of_an_issuer_is_named() {
    for (path, value, faults) in [
        ("/issuer", Value::Null, vec!["[0].issuer is required"]),
        ("/audience", json!([]), vec!["[0].audience must not be empty"]),
        ("/audience", json!([7]), vec!["[0].audience[0] must be a string that is not empty"]),
        ("/audience", Value::Null, vec!["[0].audience is required"]),
        (
            "/jwks",
            json!("http://id.acme.com/keys"),
            vec!["[0].jwks must be an https:// address without credentials or fragment"],
        ),
        (
            "/jwks",
            json!("https://a:b@id.acme.com"),
            vec!["[0].jwks must be an https:// address without credentials or fragment"],
        ),
        ("/jwks", json!("id.acme.com"), vec!["[0].jwks must be an https:// address without credentials or fragment"]),
        (
            "/algorithms",
            json!(["ES256", "none", "HS256", "es256"]),
            vec![
                "[0].algorithms[1] must be one of RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, EdDSA, Ed25519",
                "[0].algorithms[2] must be one of RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, EdDSA, Ed25519",
                "[0].algorithms[3] must be one of RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, EdDSA, Ed25519",
            ],
        ),
        ("/algorithms", Value::Null, vec!["[0].algorithms is required"]),
        ("/workspaces", json!(["Sales"]), vec!["[0].workspaces[0] must be 1 to 63 of a-z, 0-9 and -"]),
        (
            "/workspaces",
            json!({ "claims": "ws" }),
            vec!["[0].workspaces.claim is required", "[0].workspaces.claims is not a known field"],
        ),
        ("/people/domains", json!(["@acme.com"]), vec!["[0].people.domains[0] must be a domain such as acme.com"]),
        ("/people/domains", json!(["*"]), vec!["[0].people.domains[0] must be a domain such as acme.com"]),
        ("/people/domains", Value::Null, vec!["[0].people.domains is required"]),
        ("/people/roles", json!(["root"]), vec!["[0].people.roles[0] must be one of agent, approver, auditor, admin"]),
        (
            "/people/roles",
            json!({ "claim": "groups" }),
            vec!["[0].people.roles must have names: which of the claim's values stands for which role"],
        ),
        (
            "/people/roles",
            json!({ "claim": "groups", "names": { "a b": "root" } }),
            vec!["[0].people.roles.names[\"a b\"] must be one of agent, approver, auditor, admin"],
        ),
        ("/agents/names", json!({ "x": "a b" }), vec!["[0].agents.names.x \"agent:a b\" has no valid name"]),
        (
            "/agents/names",
            Value::Null,
            vec!["[0].agents.names is required: people come with tokens of the same issuer"],
        ),
        ("/agents/names", json!({}), vec!["[0].agents.names must not be empty"]),
        (
            "/agents/owner",
            json!({ "claim": "actor", "kind": "slack" }),
            vec!["[0].agents.owner.kind must be one of user, github"],
        ),
        (
            "/agents/when",
            json!({ "idtyp": "app", "/idtyp": "user" }),
            vec!["[0].agents.when.idtyp is another spelling of a claim that is there already; name the claim once"],
        ),
        ("/audiences", json!("x"), vec!["[0].audiences is not a known field"]),
    ] {
        let found = read(&json!([with(path, value)]).to_string(), false).unwrap_err();
        let found: Vec<String> = found.iter().map(|f| format!("{} {}", f.field, f.problem)).collect();
        assert_eq!(found, faults);
    }
    let nobody = with("/people", Value::Null);
    let nobody = json!([{ "agents": null, "issuer": nobody["issuer"] }, 7]).to_string();
    let fields: Vec<String> = read(&nobody, false).unwrap_err().into_iter().map(|f| f.field).collect();
    assert_eq!(
        fields,
        ["[0].algorithms", "[0].audience", "[0].jwks", "[0].people", "[0].workspaces", "[1]", "[1].people"]
    );
    for text in ["", "{}", "[", r#"[{"issuer":"a","issuer":"b"}]"#] {
        assert!(read(text, false).is_err(), "{text}");
    }
    assert_eq!(read("[]", false).unwrap(), []);
    assert!(read(&json!([with("/jwks", json!("http://localhost:1/keys"))]).to_string(), true).is_ok());
}

#[test]
fn an_issuer_may_be_there_twice_for_different_audiences() {
    let other = with("/audience", json!("machines"));
    assert_eq!(read(&json!([configured(), other]).to_string(), false).unwrap().len(), 2);
    let same = read(&json!([configured(), with("/audience", json!("gate"))]).to_string(), false).unwrap_err();
    assert_eq!(same[0].field, "[1].audience");
    let nameless = json!({ "issuer": "https://id.acme.com", "audience": "machines", "jwks": "https://id.acme.com/keys",
        "algorithms": ["ES256"], "workspaces": ["default"], "agents": { "claim": "azp" } });
    let faults = read(&json!([configured(), nameless]).to_string(), false).unwrap_err();
    assert_eq!(faults[0].field, "[1].agents.names", "people come with tokens of the first");
    assert!(read(&json!([nameless]).to_string(), false).is_ok());
}

#[test]
fn a_machine_that_cannot_be_told_from_who_signed_in_to_it_is_a_fault() {
    let faulty = |issuer: &str, agents: Value| {
        let issuer = json!({ "issuer": issuer, "audience": "x", "jwks": "https://id.acme.com/keys", "algorithms": ["RS256"],
            "workspaces": ["default"], "agents": agents });
        read(&json!([issuer]).to_string(), false).err().map(|faults| faults[0].to_string())
    };
    let names = json!({ "0oa1": "outreach" });
    let azp = json!({ "claim": "azp", "names": names });
    let when = |claim: &str, value: &str| json!({ "claim": "azp", "names": names, "when": { claim: value } });
    let by = |claim: &str| json!({ "claim": claim, "names": names });
    for (issuer, told, good) in [
        ("https://login.microsoftonline.com/t/v2.0", "use oid", vec![by("oid"), by("sub"), when("idtyp", "app")]),
        ("https://sts.windows.net/t/", "use oid", vec![by("oid"), when("idtyp", "app")]),
        ("https://acme.eu.auth0.com/", "use sub", vec![by("sub"), when("gty", "client-credentials")]),
        ("https://acme.okta.com/oauth2/default", "use sub", vec![by("sub"), when("machine", "yes")]),
    ] {
        let fault = faulty(issuer, azp.clone()).unwrap();
        assert!(fault.starts_with("[0].agents.claim cannot tell") && fault.contains(told), "{issuer}: {fault}");
        assert!(
            faulty(issuer, json!({ "claim": "sub" })).is_some(),
            "{issuer}: a person who signs in would be an agent"
        );
        for good in good {
            assert_eq!(faulty(issuer, good), None, "{issuer}");
        }
    }
    for pointer in [by("/oid"), json!({ "claim": "/azp", "names": names, "when": { "/idtyp": "app" } })] {
        assert_eq!(faulty("https://sts.windows.net/t/", pointer), None);
    }
    for other in ["https://id.acme.com", "https://cognito-idp.eu-west-1.amazonaws.com/p", "https://auth0.com.evil.com"]
    {
        assert_eq!(faulty(other, azp.clone()), None, "{other}");
    }
}
