//! docs/run/issuers.md, tried: its configurations believe tokens as each issuer's documentation shows them, and tell machines from people.

use crate::harness::Start;
use crate::journeys::connectors::guides::blocks;
use app::Clock;
use identity::issuer::{of, read};
use identity::jwt::Token;
use serde_json::{Value, json};
use standins::issuer::{IssuerStandin, SigningKey, with};

const PAGE: &str = include_str!("../../../docs/run/issuers.md");
const NOON: &str = "2026-04-21T10:05:00Z";

fn clock() -> Clock {
    Clock::manual(NOON.parse().unwrap())
}

/// The configuration under a heading of the page, with its keys at an address of ours.
fn configured(heading: &str, jwks: &str) -> Vec<Value> {
    let section = PAGE.split(&format!("\n## {heading}\n")).nth(1).unwrap_or_else(|| panic!("no heading {heading}"));
    let section = section.split("\n## ").next().unwrap();
    let all = blocks(section, "json").into_iter().flat_map(|text| {
        assert!(read(&text, false).is_ok(), "{text}: {:?}", read(&text, false));
        serde_json::from_str::<Vec<Value>>(&text).unwrap()
    });
    all.map(|one| with(one, json!({ "jwks": jwks }))).collect()
}

/// What a token says in every case.
fn claims(issuer: &str, audience: Value, more: Value) -> Value {
    let now = clock().now().as_second();
    with(json!({ "iss": issuer, "iat": now, "exp": now + 300, "jti": "a-b-c", "aud": audience }), more)
}

/// Who holds a token: as whom it is believed, or why it is not.
type Held = Result<&'static str, &'static str>;

/// Tokens under a heading, each with its holder.
fn tokens(heading: &str) -> Vec<(Held, Value)> {
    let jane = json!({ "email": "jane@acme.com", "email_verified": true });
    match heading {
        "Okta" => {
            let of = |more| claims("https://acme.okta.com/oauth2/default", json!("countersign"), more);
            let user = json!({ "ver": 1, "uid": "00u1", "cid": "0oaportal", "scp": ["openid"], "auth_time": 1, "sub": "jane@acme.com" });
            let person = with(with(user.clone(), jane), json!({ "groups": ["gate-approvers", "Everyone"] }));
            vec![
                (
                    Ok("agent:outreach"),
                    of(json!({ "ver": 1, "cid": "0oa1b2c3d4e5", "scp": ["gate"], "sub": "0oa1b2c3d4e5" })),
                ),
                (Ok("user:jane@acme.com"), of(person.clone())),
                (Err("it was issued to an agent"), of(with(person, json!({ "cid": "0oa1b2c3d4e5" })))),
                (Err("its agent is none that is known"), of(with(user, json!({ "cid": "0oa1b2c3d4e5" })))),
            ]
        }
        "Auth0" => {
            let of = |audience, more| claims("https://acme.eu.auth0.com/", audience, more);
            let user = json!({ "sub": "auth0|507f1f77bcf86cd799439020", "azp": "my_client_id", "scope": "openid profile", "permissions": ["gate:approve"] });
            let mail = json!({ "https://acme.com/email": "jane@acme.com", "https://acme.com/email_verified": true });
            let both = json!(["https://countersign.acme.com", "https://acme.eu.auth0.com/userinfo"]);
            let api = json!("https://countersign.acme.com");
            let machine = json!({ "sub": "AbCdEf123456@clients", "azp": "AbCdEf123456", "gty": "client-credentials" });
            vec![
                (Ok("agent:outreach"), of(api, machine)),
                (Ok("user:jane@acme.com"), of(both.clone(), with(user.clone(), mail.clone()))),
                (
                    Err("it was issued to an agent"),
                    of(both.clone(), with(with(user.clone(), mail), json!({ "azp": "AbCdEf123456" }))),
                ),
                (Err("its agent is none that is known"), of(both, with(user, json!({ "azp": "AbCdEf123456" })))),
            ]
        }
        "Keycloak" => {
            let of = |more| claims("https://sso.acme.com/realms/acme", json!(["countersign", "account"]), more);
            let user = json!({ "typ": "Bearer", "sub": "f1b7", "azp": "portal", "acr": "1", "scope": "email profile", "preferred_username": "jane",
                "realm_access": { "roles": ["offline_access", "gate-approver"] }, "name": "Jane Doe" });
            let person = with(user.clone(), jane);
            let service = json!({ "typ": "Bearer", "sub": "9c1d", "azp": "outreach", "client_id": "outreach", "clientHost": "10.0.0.7",
                "preferred_username": "service-account-outreach", "realm_access": { "roles": ["offline_access"] }, "email_verified": false });
            vec![
                (Ok("agent:outreach"), of(service)),
                (Ok("user:jane@acme.com"), of(person.clone())),
                (Err("it was issued to an agent"), of(with(person, json!({ "azp": "outreach" })))),
                (Err("its agent is none that is known"), of(with(user, json!({ "azp": "outreach" })))),
            ]
        }
        "Cognito" => {
            let pool = "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_EXAMPLE";
            let access = |client: &str, more| {
                let access = json!({ "token_use": "access", "version": 2, "auth_time": 1_676_313_851, "client_id": client, "aud": null });
                claims(pool, json!(null), with(with(access, more), json!({ "aud": null })))
            };
            let id = json!({ "sub": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee", "cognito:groups": ["gate-approvers"], "cognito:username": "jane",
                "token_use": "id", "auth_time": 1_676_312_777, "origin_jti": "x" });
            let user =
                json!({ "sub": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee", "username": "jane", "scope": "openid email" });
            vec![
                (
                    Ok("agent:outreach"),
                    access("1example23456789", json!({ "sub": "1example23456789", "scope": "gate/ask" })),
                ),
                (Ok("user:jane@acme.com"), claims(pool, json!("2example98765432"), with(id.clone(), jane.clone()))),
                (
                    Err("its e-mail is not verified"),
                    claims(
                        pool,
                        json!("2example98765432"),
                        with(with(id.clone(), jane.clone()), json!({ "email_verified": false })),
                    ),
                ),
                (Err("its agent is none that is known"), claims(pool, json!("1example23456789"), with(id, jane))),
                (Err("it names no person"), access("2example98765432", user.clone())),
                (Err("its agent is none that is known"), access("1example23456789", user.clone())),
                (Err("its audience is another"), access("3example", user)),
            ]
        }
        "Entra" => {
            let tenant = "aaaabbbb-0000-cccc-1111-dddd2222eeee";
            let v2 = |more| {
                claims(
                    &format!("https://login.microsoftonline.com/{tenant}/v2.0"),
                    json!("00001111-aaaa-2222-bbbb-3333cccc4444"),
                    more,
                )
            };
            let v1 = |more| claims(&format!("https://sts.windows.net/{tenant}/"), json!("api://countersign"), more);
            let app = "22223333-cccc-4444-dddd-5555eeee6666";
            let only = json!({ "aio": "x", "azpacr": "1", "azp": app, "idtyp": "app", "oid": "bbbbcccc-1111-dddd-2222-eeee3333ffff",
                "sub": "bbbbcccc-1111-dddd-2222-eeee3333ffff", "tid": tenant, "uti": "x", "ver": "2.0", "roles": ["Gate.Ask"] });
            let delegated = json!({ "azp": app, "idtyp": "user", "name": "Jane Doe", "oid": "ccccdddd-2222-eeee-3333-ffff4444aaaa",
                "scp": "access_as_user", "sub": "pairwise", "tid": tenant, "ver": "2.0", "roles": ["Gate.Approve"] });
            let mail = json!({ "email": "jane@acme.com", "xms_edov": true });
            let portal = json!({ "azp": "33334444-dddd-5555-eeee-6666ffff7777" });
            let old = json!({ "azp": null, "appid": app, "appidacr": "1", "idp": format!("https://sts.windows.net/{tenant}/"), "ver": "1.0" });
            vec![
                (Ok("agent:outreach"), v2(only.clone())),
                (
                    Err("it lacks what tells an agent's token from a person's"),
                    v2(with(only.clone(), json!({ "idtyp": null }))),
                ),
                (Err("it lacks what tells an agent's token from a person's"), v2(delegated.clone())),
                (
                    Err("it lacks what tells an agent's token from a person's"),
                    v2(with(delegated.clone(), json!({ "idtyp": null }))),
                ),
                (Ok("user:jane@acme.com"), v2(with(with(delegated.clone(), mail.clone()), portal.clone()))),
                (Err("it was issued to an agent"), v2(with(delegated.clone(), mail.clone()))),
                (
                    Err("its e-mail is not verified"),
                    v2(with(with(with(delegated.clone(), mail), portal), json!({ "xms_edov": null }))),
                ),
                (Ok("agent:outreach"), v1(with(only, old.clone()))),
                (
                    Err("its agent is none that is known"),
                    v1(with(with(delegated, old), json!({ "upn": "jane@acme.com" }))),
                ),
            ]
        }
        "Google" => {
            let of = |audience: &str, more| claims("https://accounts.google.com", json!(audience), more);
            let portal = "1234567890-portal.apps.googleusercontent.com";
            let user =
                with(json!({ "azp": portal, "sub": "110169484474386276334", "hd": "acme.com", "at_hash": "x" }), jane);
            let service = json!({ "azp": "109876543210987654321", "sub": "109876543210987654321", "email": "outreach@acme.iam.gserviceaccount.com", "email_verified": true });
            vec![
                (Ok("agent:outreach"), of("https://countersign.acme.com", service.clone())),
                (Ok("user:jane@acme.com"), of(portal, user.clone())),
                (
                    Err("its e-mail is of another domain"),
                    of(portal, with(user.clone(), json!({ "email": "jane@gmail.com", "hd": null }))),
                ),
                (Err("it was issued to an agent"), of(portal, service)),
                (Err("its agent is none that is known"), of("https://countersign.acme.com", user)),
            ]
        }
        "GitHub Actions" => {
            let of = |more| claims("https://token.actions.githubusercontent.com", json!("countersign.acme.com"), more);
            let run = json!({ "sub": "repo:acme/outreach:ref:refs/heads/main", "ref": "refs/heads/main", "repository": "acme/outreach",
                "repository_owner": "acme", "run_id": "6", "actor": "octocat", "actor_id": "12", "event_name": "push", "ref_type": "branch",
                "job_workflow_ref": "acme/outreach/.github/workflows/x.yml@refs/heads/main", "nbf": 1_632_492_967 });
            vec![
                (Ok("agent:outreach"), of(run.clone())),
                (Err("its agent is none that is known"), of(with(run, json!({ "repository": "evil/outreach" })))),
            ]
        }
        _ => {
            let of =
                |more| claims("https://oidc.eks.eu-central-1.amazonaws.com/id/EXAMPLE", json!(["countersign"]), more);
            let pod = json!({ "kubernetes.io": { "namespace": "agents", "node": { "name": "n", "uid": "u" }, "pod": { "name": "p", "uid": "u" },
                "serviceaccount": { "name": "outreach", "uid": "u" }, "warnafter": 1 }, "nbf": 1, "sub": "system:serviceaccount:agents:outreach" });
            vec![
                (Ok("agent:outreach"), of(pod.clone())),
                (
                    Err("its agent is none that is known"),
                    of(with(pod, json!({ "sub": "system:serviceaccount:evil:outreach" }))),
                ),
            ]
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_configuration_of_the_page_believes_its_issuers_tokens_and_tells_machines_from_people() {
    let key = SigningKey::new("one", "RS256");
    let issuer = IssuerStandin::start(&[&key]).await;
    let headings = ["Okta", "Auth0", "Keycloak", "Cognito", "Entra", "Google", "GitHub Actions", "Kubernetes"];
    let all: Vec<Value> = headings.iter().flat_map(|heading| configured(heading, &issuer.jwks())).collect();
    let system = Start::fresh().at(clock()).believing(json!(all)).start().await;
    let issuers = read(&json!(all).to_string(), true).unwrap();
    let now = system.clock.now();
    for heading in headings {
        for (held, claims) in tokens(heading) {
            let text = key.token("RS256", &claims);
            let token = Token::read(&text).unwrap();
            let found = of(&issuers, &token).and_then(|issuer| issuer.holder(&token, now));
            let found = found.map(|holder| holder.subject.to_string());
            assert_eq!(found.as_deref().map_err(|why| *why), held, "{heading}: {claims}");
            let (status, answer) = system.get(&text, "/approvals").await;
            assert_eq!(status, if held.is_ok() { 200 } else { 401 }, "{heading}: {claims}: {answer}");
        }
    }
}
