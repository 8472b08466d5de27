//! Faulty requests and their answers, as one table for people to read. Nothing in it is ever stored.

use super::{bearer, everything, header, key_in, send};
use crate::harness::{Start, System, body};
use serde_json::{Value, json};
use std::fmt::Write as _;

const ASK: (&str, &str) = ("POST", "/api/guard/request");
const POLICY: &str = r#"
routing: { callbackHosts: ["agents.acme.com"] }
actions:
  plain.post: { approvers: { anyOf: ["user:approver@localhost"] } }
  never.do: { effect: deny }
"#;

/// The table so far, and the host that it is about.
struct Table {
    system: System,
    before: Vec<String>,
    text: String,
}

impl Table {
    async fn start() -> Self {
        let system = Start::fresh().under(POLICY).strictly().start().await;
        let before = everything(&system).await;
        Self { system, before, text: String::new() }
    }

    /// One row: sends, checks the form of the answer and that nothing was stored.
    async fn row(&mut self, what: &str, route: (&str, &str), headers: &[(&str, &str)], body: impl Into<Vec<u8>>) {
        let (status, answered, text) = send(&self.system, route, headers, body).await;
        let answer: Value = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{what}: {status} {text:?}"));
        assert!((400..500).contains(&status), "{what}: {status} {answer}");
        assert_eq!(header(&answered, "content-type"), "application/json", "{what}");
        assert_eq!(header(&answered, "cache-control"), "no-store", "{what}");
        let known = answer.as_object().unwrap().keys().all(|k| ["error", "code", "details"].contains(&k.as_str()));
        assert!(known, "{what}: {answer}");
        let (code, sentence) = (answer["code"].as_str().unwrap(), answer["error"].as_str().unwrap());
        writeln!(self.text, "{what}\n    {status} {code}: {sentence}").unwrap();
        for detail in answer["details"].as_array().into_iter().flatten() {
            let (field, problem) = (detail["field"].as_str().unwrap(), detail["problem"].as_str().unwrap());
            writeln!(self.text, "        {}: {problem}", if field.is_empty() { "(the whole)" } else { field }).unwrap();
        }
        assert_eq!(everything(&self.system).await, self.before, "{what} was stored");
    }

    /// One row of asking as `agent:demo`, to the byte.
    async fn bytes(&mut self, what: &str, body: impl Into<Vec<u8>>) {
        let auth = bearer(&self.system.keys.agent);
        self.row(what, ASK, &[("authorization", &auth), ("content-type", "application/json")], body).await;
    }

    /// One row of asking with one thing changed.
    async fn asking(&mut self, what: &str, change: impl FnOnce(&mut Value)) {
        let mut asking = body("plain.post", json!({}));
        change(&mut asking);
        self.bytes(what, asking.to_string()).await;
    }
}

/// A whole body with this text as its parameters.
fn with_params(params: &str) -> String {
    body("plain.post", json!("here")).to_string().replace("\"here\"", params)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_json_as_we_read_it_is_refused() {
    let mut table = Table::start().await;
    table.bytes("an empty body", "").await;
    table.bytes("not JSON", "{nope}").await;
    table.bytes("half of it", r#"{"action": "plain.post""#).await;
    table.bytes("two documents", "{} {}").await;
    table.bytes("two byte-order marks", "\u{feff}\u{feff}{}").await;
    table.bytes("bytes that are not UTF-8", b"{\"action\": \"\xff\"}".to_vec()).await;
    table.bytes("a list", "[]").await;
    table.bytes("a word", "\"plain.post\"").await;
    table.bytes("null", "null").await;
    table.bytes("a key twice", with_params(r#"{"to": "jane", "to": "eve"}"#)).await;
    table.bytes("the action twice", r#"{"action": "never.do", "action": "plain.post"}"#).await;
    table.bytes("a key twice, once escaped", with_params(r#"{"to": 1, "\u0074o": 2}"#)).await;
    table.bytes("a lone surrogate", with_params(r#"{"to": "\ud800"}"#)).await;
    table.bytes("a lone surrogate in a key", with_params(r#"{"\udc00": 1}"#)).await;
    table.bytes("a NUL", with_params(r#"{"to": "a\u0000b"}"#)).await;
    table.bytes("a NUL in a key", with_params(r#"{"a\u0000b": 1}"#)).await;
    table.bytes("2^53 + 1", with_params(r#"{"n": 9007199254740993}"#)).await;
    table.bytes("-2^53 - 1", with_params(r#"{"n": -9007199254740993}"#)).await;
    table.bytes("2^64", with_params(r#"{"n": 18446744073709551616}"#)).await;
    table.bytes("1e400", with_params(r#"{"n": 1e400}"#)).await;
    table.bytes("1e300, a whole number", with_params(r#"{"n": 1e300}"#)).await;
    for lost in ["3526246938.98713386", "4503599627370497.75", "9007199254740993.0", "0.12345678901234567890", "1e-400"]
    {
        table.bytes(lost, with_params(&format!("{{\"n\": {lost}}}"))).await;
    }
    table.bytes("NaN", with_params(r#"{"n": NaN}"#)).await;
    let deep = format!("{}1{}", r#"{"a":"#.repeat(10_000), "}".repeat(10_000));
    table.bytes("an object 10,000 deep", with_params(&deep)).await;
    let deep = format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000));
    table.bytes("a list 10,000 deep", with_params(&format!("{{\"a\":{deep}}}"))).await;
    insta::assert_snapshot!(table.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_breaks_the_contracts_schema_is_refused_field_by_field() {
    let mut table = Table::start().await;
    table.bytes("an empty object", "{}").await;
    table
        .bytes(
            "everything of the wrong type",
            r#"{"action": 1, "params": [], "meta": "x", "policyHints": 1, "callback": []}"#,
        )
        .await;
    table
        .asking("parts of the wrong type", |b| {
            b["meta"] = json!({ "origin": { "repo": 1, "branch": 2, "pr": 42, "run_id": [] }, "taskId": 7, "links": {},
            "requester": { "id": 1, "source": 2, "display": 3 }, "justification": false });
        })
        .await;
    table.asking("an unknown source", |b| b["meta"]["requester"]["source"] = json!("email")).await;
    table.asking("a source in capitals", |b| b["meta"]["requester"]["source"] = json!("SLACK")).await;
    table.asking("an id that no source has", |b| b["meta"]["requester"]["id"] = json!("a b")).await;
    table.asking("an empty action", |b| b["action"] = json!("")).await;
    table.asking("an action of spaces", |b| b["action"] = json!("   ")).await;
    table.asking("null for parameters", |b| b["params"] = Value::Null).await;
    table.asking("a justification of two letters", |b| b["meta"]["justification"] = json!("ok")).await;
    table.asking("a justification of spaces", |b| b["meta"]["justification"] = json!("     ")).await;
    table
        .asking("texts that are too long", |b| {
            let long = "x".repeat(257);
            b["action"] = json!(long);
            b["meta"]["origin"] = json!({ "repo": long, "branch": long, "pr": long, "run_id": long });
            b["meta"]["requester"]["display"] = json!(long);
            b["meta"]["taskId"] = json!(long);
            b["meta"]["justification"] = json!("x".repeat(4_001));
            b["policyHints"] = json!({ "channel": long });
        })
        .await;
    table.asking("an id that is too long", |b| b["meta"]["requester"]["id"] = json!("x".repeat(257))).await;
    table.asking("too many links", |b| b["meta"]["links"] = json!(vec![json!({ "url": "https://a.com" }); 11])).await;
    table
        .asking("bad links", |b| {
            let urls = [
                "javascript:alert(1)",
                "data:text/html,x",
                "file:///etc/passwd",
                "//acme.com",
                "acme.com",
                "https://",
                "",
            ];
            b["meta"]["links"] = urls.iter().map(|u| json!({ "label": "x", "url": u })).collect();
        })
        .await;
    table.asking("links that are none", |b| b["meta"]["links"] = json!([1, {}, { "url": 2, "label": 3 }])).await;
    table
        .asking("a hidden value as a parameter", |b| {
            b["params"] = json!({ "to": "«redacted»", "list": [{ "k": ["«redacted»"] }] });
        })
        .await;
    table.asking("a callback that is no address", |b| b["callback"] = json!({ "url": "nonsense" })).await;
    table.asking("a callback in the clear", |b| b["callback"] = json!({ "url": "http://agents.acme.com/" })).await;
    table.asking("a callback without an address", |b| b["callback"] = json!({})).await;
    table.asking("a callback to another host", |b| b["callback"] = json!({ "url": "https://evil.com/" })).await;
    table.asking("an action that is denied", |b| b["action"] = json!("never.do")).await;
    table.asking("an action that nobody knows", |b| b["action"] = json!("plain.posts")).await;
    insta::assert_snapshot!(table.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_large_or_of_another_kind_is_refused() {
    let mut table = Table::start().await;
    table.bytes("5 MB", with_params(&format!("{{\"x\": \"{}\"}}", "x".repeat(5 * 1024 * 1024)))).await;
    let most = 256 * 1024 - with_params(r#"{"x":""}"#).len();
    table.bytes("256 KB and a byte", with_params(&format!(r#"{{"x":"{}"}}"#, "x".repeat(most + 1)))).await;
    let auth = bearer(&table.system.keys.agent);
    let asking = body("plain.post", json!({})).to_string();
    for kind in
        ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/jsonp"]
    {
        let headers = [("authorization", auth.as_str()), ("content-type", kind)];
        table.row(kind, ASK, &headers, asking.clone()).await;
    }
    insta::assert_snapshot!(table.text);
    let whole = with_params(&format!(r#"{{"x":"{}"}}"#, "x".repeat(most)));
    let headers = [("authorization", auth.as_str()), ("content-type", "application/json")];
    assert_eq!(send(&table.system, ASK, &headers, whole).await.0, 200, "256 KB is not too large");
    let form = ("POST", "/api/slack/interactions");
    let (status, _, told) = send(&table.system, form, &[], "x".repeat(1024 * 1024 + 1)).await;
    assert_eq!(status, 413);
    assert!(told.contains("The body is over 1 MB."), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_call_is_told_so_before_anything_else() {
    let mut table = Table::start().await;
    let system = &table.system;
    let (_, made) = system
        .call(
            &system.keys.admin,
            "POST",
            "/api/settings/keys",
            json!({ "name": "old", "subject": "agent:old", "roles": ["agent"] }),
        )
        .await;
    let (revoked, id) = (bearer(made["key"].as_str().unwrap()), made["id"].as_str().unwrap());
    system.call(&system.keys.admin, "DELETE", &format!("/api/settings/keys/{id}"), Value::Null).await;
    let foreign = bearer(&key_in(system, "away", "agent:demo", &["agent"]).await);
    let auditor = bearer(&system.key("user:audit@acme.com", &["auditor"]).await);
    let (agent, approver, admin) =
        (bearer(&system.keys.agent), bearer(&system.keys.approver), bearer(&system.keys.admin));
    let basic = agent.replace("Bearer", "Basic");
    table.before = everything(system).await;
    let asking = body("plain.post", json!({})).to_string();
    let auth = |value: &'_ str| vec![("authorization".to_owned(), value.to_owned())];
    for (what, headers, body) in [
        ("no key", vec![], asking.clone()),
        ("no key and no JSON", vec![], "{".to_owned()),
        ("an unknown key", auth("Bearer csk_unknown"), asking.clone()),
        ("an empty key", auth("Bearer "), asking.clone()),
        ("a key of another scheme", auth(&basic), asking.clone()),
        ("a revoked key", auth(&revoked), asking.clone()),
        ("a key of another workspace", auth(&foreign), asking.clone()),
        ("an approver's key", auth(&approver), asking.clone()),
        ("an auditor's key", auth(&auditor), asking.clone()),
        ("an admin's key", auth(&admin), asking.clone()),
        (
            "another workspace than the key's",
            [auth(&agent), vec![("x-workspace-namespace".to_owned(), "away".to_owned())]].concat(),
            asking.clone(),
        ),
        (
            "a workspace that cannot be",
            [auth(&agent), vec![("x-workspace-namespace".to_owned(), "../etc".to_owned())]].concat(),
            asking.clone(),
        ),
        (
            "an endless idempotency key",
            [auth(&agent), vec![("idempotency-key".to_owned(), "k".repeat(256))]].concat(),
            asking.clone(),
        ),
    ] {
        let headers: Vec<(&str, &str)> = headers.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        table.row(what, ASK, &headers, body).await;
    }
    insta::assert_snapshot!(table.text);
    let (_, answered, _) = send(&table.system, ASK, &[], "").await;
    assert_eq!(header(&answered, "www-authenticate"), "Bearer");
    for other in ["Basic amFuZTpzZWNyZXQ=", "Bearer", "csk_x"] {
        let (status, answered, _) = send(&table.system, ASK, &[("authorization", other)], "").await;
        assert_eq!((status, header(&answered, "www-authenticate").as_str()), (401, "Bearer"), "{other}");
    }
    for wrong in ["Bearer csk_unknown", "bearer a.b.c"] {
        let (status, answered, _) = send(&table.system, ASK, &[("authorization", wrong)], "").await;
        let challenge = header(&answered, "www-authenticate");
        assert_eq!((status, challenge.as_str()), (401, "Bearer error=\"invalid_token\""), "{wrong}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_asking_again_taking_back_and_agents_settings_is_named_at_once() {
    let mut table = Table::start().await;
    let (agent, admin) = (bearer(&table.system.keys.agent), bearer(&table.system.keys.admin));
    let json = ("content-type", "application/json");
    let again = ("POST", "/api/guard/rerequest");
    let nobody = r#"{"originalRequestId": "appr_00000000000000000000000000", "actor": "#;
    for (what, body) in [
        ("asking again with an empty body", String::new()),
        ("asking again with a list", "[]".into()),
        ("asking again with nothing", "{}".into()),
        ("asking again with nulls", r#"{"originalRequestId": null, "actor": null}"#.into()),
        ("asking again, all of the wrong type", r#"{"originalRequestId": 1, "actor": []}"#.into()),
        (
            "asking again, parts of the wrong type",
            r#"{"originalRequestId": ["x"], "actor": {"id": 1, "source": 2}}"#.into(),
        ),
        ("asking again with empty texts", r#"{"originalRequestId": "", "actor": {"id": "", "source": ""}}"#.into()),
        (
            "asking again for what is no id",
            r#"{"originalRequestId": "req_1", "actor": {"id": "a b", "source": "email"}}"#.into(),
        ),
        ("asking again, an actor of nothing", format!("{nobody}{{}}}}")),
        ("asking again, an actor no source has", format!(r#"{nobody}{{"id": "a b", "source": "slack"}}}}"#)),
        ("asking again, an endless actor", format!(r#"{nobody}{{"id": "{}", "source": "slack"}}}}"#, "x".repeat(300))),
        ("asking again for nothing", format!(r#"{nobody}{{"id": "demo", "source": "agent"}}}}"#)),
    ] {
        table.row(what, again, &[("authorization", &agent), json], body).await;
    }
    let form = ("content-type", "application/x-www-form-urlencoded");
    table.row("asking again by a form", again, &[("authorization", &agent), form], "{}").await;
    table.row("asking again without a key", again, &[json], "{}").await;
    table.row("asking again by an admin", again, &[("authorization", &admin), json], "{}").await;
    let nothing = ("POST", "/approvals/appr_00000000000000000000000000/cancel");
    table.row("taking back what is not there", nothing, &[("authorization", &agent)], "").await;
    table.row("taking back for no reason", nothing, &[("authorization", &agent)], r#"{"reason": 7}"#).await;
    table.row("taking back with a list", nothing, &[("authorization", &agent)], "[]").await;
    table.row("taking back without a key", nothing, &[], "").await;
    table.row("taking back by no token", ("POST", "/api/guard/cancel"), &[], "{}").await;
    table.row("taking back by a false token", ("POST", "/api/guard/cancel"), &[], r#"{"token": "cwt_1_x_y"}"#).await;
    let config = ("PATCH", "/agents/sales/config");
    for (what, body) in [
        ("a setting that is no JSON", "approval_ttl_hours=48"),
        ("a setting out of bounds", r#"{"approval_ttl_hours": 720.1}"#),
        ("a setting of the wrong type, and an unknown one", r#"{"approval_ttl_hours": "48", "ttl": 1}"#),
    ] {
        table.row(what, config, &[("authorization", &admin), form], body).await;
    }
    let strange = ("PATCH", "/agents/a%20b/config");
    table.row("a setting of no agent", strange, &[("authorization", &admin)], r#"{"approval_ttl_hours": 1}"#).await;
    insta::assert_snapshot!(table.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_exist_is_said_not_to() {
    let mut table = Table::start().await;
    let approver = bearer(&table.system.keys.approver);
    let auth = [("authorization", approver.as_str())];
    let resolve = "/approvals/appr_00000000000000000000000000/resolve";
    table.row("an approval that is not there", ("GET", "/approvals/appr_00000000000000000000000000"), &auth, "").await;
    table.row("an id that cannot be", ("GET", "/approvals/nonsense"), &auth, "").await;
    table.row("a decision on nothing", ("POST", resolve), &auth, r#"{"decision": "approved"}"#).await;
    table.row("a token of nothing", ("POST", "/api/guard/wait"), &[], r#"{"token": "cwt_1_x_y"}"#).await;
    table.row("a stream without a token", ("GET", "/api/guard/wait"), &[], "").await;
    table.row("a stream of nothing", ("GET", "/api/guard/wait?token=x"), &[], "").await;
    insta::assert_snapshot!(table.text);
    // These end at the gateway, which has no route for them and speaks for itself.
    for (method, path) in
        [("POST", "/"), ("GET", "/v2/approvals"), ("DELETE", "/approvals"), ("PUT", "/api/guard/request")]
    {
        let (status, _, text) = send(&table.system, (method, path), &auth, "").await;
        assert_eq!((status, text.as_str()), (404, r#"{"message":"Not Found"}"#), "{method} {path}");
    }
}
