//! `GET` and `PUT /api/settings/policy`.

use crate::harness::{POLICY, Start, System, body};
use crate::routes::{bearer, clock, error, everything, header, key_in, refused, send};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

const SMALL: &str = "actions: { a.b: { approvers: { anyOf: [\"user:jane@acme.com\"] } } }\n";

/// Puts a document; the status, the ETag and the answer.
async fn put(system: &System, document: &str, kind: &str, condition: Option<(&str, &str)>) -> (u16, String, Value) {
    let auth = bearer(&system.keys.admin);
    let mut headers = vec![("authorization", auth.as_str()), ("content-type", kind)];
    headers.extend(condition);
    let (status, headers, text) = send(system, ("PUT", "/api/settings/policy"), &headers, document).await;
    (status, header(&headers, "etag"), serde_json::from_str(&text).unwrap_or(Value::Null))
}

/// The ETag, the content type and the text in force.
async fn get(system: &System) -> (String, String, String) {
    let auth = bearer(&system.keys.admin);
    let (status, headers, text) = send(system, ("GET", "/api/settings/policy"), &[("authorization", &auth)], "").await;
    assert_eq!(status, 200, "{text}");
    (header(&headers, "etag"), header(&headers, "content-type"), text)
}

/// Refused with these faults.
async fn faults(system: &System, document: &str) -> String {
    let before = everything(system).await;
    let (status, etag, answer) = put(system, document, "application/yaml", None).await;
    assert_eq!((status, &answer["code"], etag.as_str()), (400, &json!("INVALID_PAYLOAD"), ""), "{answer}");
    assert_eq!(everything(system).await, before, "a bad document is refused whole");
    let details = answer["details"].as_array().unwrap();
    let lines = details.iter().map(|d| {
        let place = if d["line"].is_u64() { format!("{}:{} ", d["line"], d["column"]) } else { String::new() };
        format!("{place}{}: {}", d["field"].as_str().unwrap(), d["problem"].as_str().unwrap())
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_document_comes_back_as_it_was_written_with_its_hash_as_etag() {
    let system = System::start().await;
    let hash = data_encoding::HEXLOWER.encode(&Sha256::digest(POLICY.as_bytes()));
    assert_eq!(get(&system).await, (format!("\"{hash}\""), "application/yaml".into(), POLICY.into()));
    let (status, v1) = system.get(&system.keys.admin, "/v1/api/settings/policy").await;
    assert_eq!((status, v1), (200, Value::Null), "YAML is no JSON");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_put_answers_what_is_now_in_force_and_counts_the_versions() {
    let system = Start::fresh().at(clock()).start().await;
    let (status, etag, answer) = put(&system, &format!("\u{feff}{SMALL}"), "application/yaml", None).await;
    let hash = data_encoding::HEXLOWER.encode(&Sha256::digest(SMALL.as_bytes()));
    let expected = json!({ "hash": hash, "version": 2, "by": "user:admin@localhost", "at": "2026-04-21T10:05:00Z" });
    assert_eq!((status, etag, answer), (200, format!("\"{hash}\""), expected));
    assert_eq!(get(&system).await.2, SMALL);
    system.ask("a.b", json!({})).await;
    let gone = system.call(&system.keys.agent, "POST", "/api/guard/request", body("gmail.send", json!({}))).await;
    assert_eq!(refused(gone), error(403, "POLICY_NOT_FOUND"), "the old one is no longer in force");
}

#[tokio::test(flavor = "multi_thread")]
async fn json_is_a_policy_too_and_comes_back_as_json() {
    let system = System::start().await;
    let document = "{\n\t\"actions\": {\"a.b\": {\"approvers\": {\"anyOf\": [\"user:jane@acme.com\"]}}}}";
    for kind in ["application/json", "application/yaml", "text/yaml", "application/x-yaml; charset=utf-8", "text/plain"]
    {
        assert_eq!(put(&system, document, kind, None).await.0, 200, "{kind}");
    }
    let (_, kind, text) = get(&system).await;
    assert_eq!((kind.as_str(), text.as_str()), ("application/json", document));
    assert_eq!(put(&system, document, "image/png", None).await.0, 415);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replacement_may_say_what_it_expects_to_replace() {
    let system = System::start().await;
    let (etag, ..) = get(&system).await;
    let before = everything(&system).await;
    let weak = format!("W/{etag}");
    for condition in [("if-match", "\"0000\""), ("if-match", "nonsense"), ("if-none-match", "*")] {
        let (status, _, answer) = put(&system, SMALL, "application/yaml", Some(condition)).await;
        assert_eq!(refused((status, answer)), error(409, "CONFLICT"), "{condition:?}");
    }
    assert_eq!(everything(&system).await, before);
    let (status, next, _) = put(&system, SMALL, "application/yaml", Some(("if-match", &etag))).await;
    assert_eq!(status, 200);
    let (status, _, answer) = put(&system, POLICY, "application/yaml", Some(("if-match", &weak))).await;
    assert_eq!(refused((status, answer)), error(409, "CONFLICT"), "it was replaced meanwhile");
    assert_eq!(put(&system, POLICY, "application/yaml", Some(("if-match", &next))).await.0, 200);
    assert_eq!(put(&system, SMALL, "application/yaml", Some(("if-match", "*"))).await.0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workspaces_first_policy_can_be_put_only_if_there_is_none() {
    let system = Start::fresh().lawless().start().await;
    assert_eq!(refused(system.get(&system.keys.admin, "/api/settings/policy").await), error(404, "NOT_FOUND"));
    assert_eq!(put(&system, SMALL, "application/yaml", Some(("if-match", "*"))).await.0, 409);
    let (status, _, answer) = put(&system, SMALL, "application/yaml", Some(("if-none-match", "*"))).await;
    assert_eq!((status, &answer["version"]), (200, &json!(1)));
    assert_eq!(put(&system, SMALL, "application/yaml", Some(("if-none-match", "*"))).await.0, 409);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_admins_who_replace_the_same_document_one_is_told() {
    let system = System::start().await;
    let (etag, ..) = get(&system).await;
    let documents: Vec<String> = (0..6).map(|n| format!("# {n}\n{SMALL}")).collect();
    let puts = documents.iter().map(|d| put(&system, d, "application/yaml", Some(("if-match", &etag))));
    let answers = futures::future::join_all(puts).await;
    let of = |status: u16| answers.iter().filter(|a| a.0 == status).count();
    assert_eq!((of(200), of(409)), (1, 5), "{answers:?}");
    let winner = answers.iter().position(|a| a.0 == 200).unwrap();
    assert_eq!(get(&system).await.2, documents[winner]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workspaces_policy_is_its_own() {
    let system = System::start().await;
    let away = bearer(&key_in(&system, "away", "user:admin@acme.com", &["admin"]).await);
    let headers = [("authorization", away.as_str()), ("x-workspace-namespace", "away")];
    assert_eq!(send(&system, ("GET", "/api/settings/policy"), &headers, "").await.0, 404);
    assert_eq!(send(&system, ("PUT", "/api/settings/policy"), &headers, SMALL).await.0, 200);
    assert_eq!(get(&system).await.2, POLICY);
    assert_eq!(send(&system, ("PUT", "/api/settings/policy"), &headers[..1], SMALL).await.0, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_request_takes_the_quorum_in_force_where_that_is_higher() {
    let system = System::start().await;
    let asked = system.ask("plain.post", json!({})).await;
    let raised = POLICY.replace(
        r#"["user:approver@localhost", "slack:UJANE", "user:jane@acme.com"] }"#,
        r#"["user:omar@acme.com", "user:jane@acme.com", "user:root@acme.com"], minApprovals: 2 }"#,
    );
    assert_ne!(raised, POLICY);
    system.put_policy(&raised).await;
    let jane = system.key("user:jane@acme.com", &["approver"]).await;
    let (_, answer) = system.resolve(&jane, &asked.id, json!({ "decision": "approved" })).await;
    assert_eq!((&answer["status"], &answer["required"]), (&json!("pending"), &json!(2)));
    let root = system.key("user:root@acme.com", &["approver"]).await;
    let (_, answer) = system.resolve(&root, &asked.id, json!({ "decision": "approved" })).await;
    assert_eq!(answer["status"], "approved");
    assert_eq!(system.ask("plain.post", json!({})).await.answer["policy"]["minApprovals"], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_of_a_document_is_named_by_its_path() {
    let system = System::start().await;
    insta::assert_snapshot!(faults(&system, include_str!("../faulty-policy.yaml")).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_cannot_be_is_a_fault_wherever_a_policy_names_people() {
    let system = System::start().await;
    let document = r#"
people:   { jane: ["slack:@jane", "user:jane@acme.com"], omar: ["github:@octocat", "user:mailto:omar@acme.com"] }
personas: { security: ["slack:S0123456789", "jira:jane@acme.com"] }
defaults: { superApprovers: ["pagerduty:jane", "slack:t012/U123"] }
actions:
  a.b: { approvers: { anyOf: ["slack:u0123456789", "slack:<@U0123456789>", "slack:C0123456789", "slack:jane.doe"] } }
  a.c: { approvers: { allowSlackIds: [U123, "@jane"] } }
"#;
    insta::assert_snapshot!(faults(&system, document).await);
    let document = r#"
personas: { security: ["jira:557058:f58131cb-b67d-43c7-b30d-6b58d40bd077", "jira:712020:0e5b2d1c-1111-2222-3333-444455556666"] }
actions:
  a.b: { approvers: { anyOf: ["slack:U0123456789", "slack:W0123456789", "slack:E012/U1", "github:jane_acme", "pagerduty:PLH1HKV"] } }
"#;
    assert_eq!(put(&system, document, "application/yaml", None).await.0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_from_before_is_still_in_force_where_it_names_whom_nobody_can_be_and_the_check_says_so() {
    let system = System::start().await;
    let text = SMALL.replace("[\"", "[\"slack:@jane\", \"");
    assert_ne!(text, SMALL);
    let (workspace, store) = (domain::Workspace::default_name(), &system.gate.store);
    let before = store.get_policy_head(&workspace, true).await.unwrap().unwrap();
    let hash = domain::digest::sha256_hex(text.as_bytes());
    store
        .put_policy_text(
            &workspace,
            &hash,
            &text,
            &serde_saphyr::from_str::<serde_json::Value>(&text).unwrap().to_string(),
        )
        .await
        .unwrap();
    let head = store::settings::policies::PolicyHead { hash, version: before.version + 1, ..before.clone() };
    store.replace_policy_head(&workspace, Some(&before), &head).await.unwrap();
    let (status, checked) = system.call(&system.keys.admin, "POST", "/api/settings/policy/check", json!({})).await;
    assert_eq!((status, &checked["valid"]), (200, &json!(false)), "{checked}");
    assert!(checked["faults"][0]["problem"].as_str().unwrap().contains("slack:@jane"), "{checked}");
    assert_eq!(put(&system, &text, "application/yaml", None).await.0, 400, "it cannot be entered again");
    let asked = system.ask("a.b", json!({})).await;
    let jane = system.key("user:jane@acme.com", &["approver"]).await;
    assert_eq!(system.resolve(&jane, &asked.id, json!({ "decision": "approved" })).await.1["status"], "approved");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_that_cannot_be_read_at_all_says_where() {
    let system = System::start().await;
    let bomb = format!(
        "a: &a [x, x, x, x, x, x, x, x, x, x]\n{}actions: *z\n",
        ('b'..='z')
            .map(|c| {
                let last = (c as u8 - 1) as char;
                format!("{c}: &{c} [{}]\n", vec![format!("*{last}"); 10].join(", "))
            })
            .collect::<String>()
    );
    let deep = format!("actions: {}1{}", "[".repeat(5_000), "]".repeat(5_000));
    let deep_json = format!("{{\"actions\": {}1{}}}", "[".repeat(5_000), "]".repeat(5_000));
    let mut told = String::new();
    for (what, document) in [
        ("nothing", ""),
        ("a comment", "# nothing\n"),
        ("a list", "- a\n"),
        ("a word", "deny"),
        ("no actions", "people: {}\n"),
        ("a key twice", "actions:\n  a.b: { effect: deny }\n  a.b: { effect: deny }\n"),
        ("a JSON key twice", r#"{"actions": {}, "actions": {}}"#),
        ("bad YAML", "actions: [\n"),
        ("bad JSON", "{\"actions\": \n"),
        ("an unknown alias", "actions: *nothing\n"),
        ("a merge key", "a: &a { effect: deny }\nactions:\n  b: { <<: *a }\n"),
        ("a tag", "actions: !policy {}\n"),
        ("YAML 1.1", "%YAML 1.1\n---\nactions: {}\n"),
        ("no number", "actions: { a: { timeoutSec: .inf } }\nactions: {}\n"),
        ("two documents", "actions: {}\n---\nactions: {}\n"),
        ("an alias bomb", bomb.as_str()),
        ("10,000 brackets", deep.as_str()),
        ("10,000 brackets of JSON", deep_json.as_str()),
    ] {
        let problem = faults(&system, document).await;
        assert!(problem.len() < 2_000, "{what}: {problem}");
        told += &format!("{what}\n  {}\n", problem.replace('\n', "\n  "));
    }
    insta::assert_snapshot!(told);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_that_is_not_text_or_too_long_is_refused() {
    let system = System::start().await;
    let auth = bearer(&system.keys.admin);
    let before = everything(&system).await;
    let headers = [("authorization", auth.as_str()), ("content-type", "application/yaml")];
    let (status, _, text) = send(&system, ("PUT", "/api/settings/policy"), &headers, vec![0xff, 0xfe]).await;
    assert_eq!(refused((status, serde_json::from_str(&text).unwrap())), error(400, "INVALID_PAYLOAD"));
    let long = format!("{SMALL}#{}", "x".repeat(256 * 1024));
    let (status, _, text) = send(&system, ("PUT", "/api/settings/policy"), &headers, long).await;
    assert_eq!(refused((status, serde_json::from_str(&text).unwrap())), error(413, "PAYLOAD_TOO_LARGE"));
    assert_eq!(everything(&system).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_spelling_that_semantics_accepts_is_accepted() {
    let system = System::start().await;
    let document = r#"
people:   { jane: ["slack:U123", "user:jane@acme.com"], omar: ["slack:U456"] }
personas: { security: ["slack:U777"] }
routing:  { defaultChannel: C0123, defaultTimeoutSec: 86400, callbackHosts: ["agents.acme.com"] }
defaults: { unknownAction: deny, superApprovers: ["slack:UADMIN1"] }
limits:   { createsPerMinute: 60, reRequestsPerHour: 5, retentionDays: 400 }
actions:
  gmail.send:
    description: Send an e-mail as the company
    title: Send an e-mail to {params.to}
    approvers: { anyOf: ["slack:U123", "slack:U456"], minApprovals: 1 }
    requiredPersonas: [security]
    timeoutSec: 900
    redactParams: { mode: denylist, keys: ["body.secret", "card"] }
    allowParamOverrides: true
    overrideKeys: ["subject", "body"]
    overrideSchema: { properties: { subject: { type: string, maxLength: 120 } } }
    delivery: { connectors: ["secops-slack"], mode: first_success, fallbackToUi: true }
    escalation: { escalateBeforeSec: 300, connectors: ["oncall"], escalateMinApprovals: 2 }
    onApproved: { connector: mailer, timeoutSec: 30 }
    severity: warning
    allowReRequest: true
    reRequestCooldownSec: 60
  old.spelling:
    approvers: { allowSlackIds: [U123] }
    personasRequired: [security]
"#;
    assert_eq!(put(&system, document, "application/yaml", None).await.2["version"], 2);
    let asked = system.ask("old.spelling", json!({})).await.answer;
    assert_eq!(asked["policy"]["requiredPersonas"], json!(["security"]));
    assert_eq!(system.ask("gmail.send", json!({})).await.answer["policy"]["executes"], "gate");
}

/// `pay` with what is given beside its approver.
fn pay(more: &str) -> String {
    format!(
        "actions:\n  pay:\n    approvers: {{ anyOf: [\"user:approver@localhost\"] }}\n    allowParamOverrides: true\n    {more}\n"
    )
}

/// What comes of an edit under an override schema.
async fn edited(system: &System, schema: &str, params: Value, patch: Value) -> (u16, Value) {
    let keys: Vec<&String> = params.as_object().unwrap().keys().collect();
    system.put_policy(&pay(&format!("overrideKeys: {keys:?}\n    overrideSchema: {schema}"))).await;
    system.clock.advance(jiff::SignedDuration::from_secs(6));
    let asked = system.ask("pay", params).await;
    let resolve = json!({ "decision": "approved", "modified_action": patch });
    let (status, answer) = system.resolve(&system.keys.approver, &asked.id, resolve).await;
    (status, answer["details"].clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn words_that_were_booleans_in_yaml_1_1_are_texts_everywhere() {
    let system = Start::fresh().at(clock()).start().await;
    for (schema, from, to, status) in [
        ("{ properties: { c: { enum: [NO, SE] } } }", "SE", "NO", 200),
        ("{ properties: { c: { type: string, enum: [on, off] } } }", "off", "on", 200),
        ("{ properties: { c: { not: { enum: [off] } } } }", "on", "off", 422),
        ("{ properties: { c: { const: n } }, required: [c] }", "y", "no", 422),
    ] {
        let (found, details) = edited(&system, schema, json!({ "c": from }), json!({ "c": to })).await;
        assert_eq!(found, status, "{schema}: {details}");
    }
    for more in
        ["overrideKeys: [x, y, n]", "overrideKeys: [no]\n    redactParams: { mode: denylist, keys: [y, no, off] }"]
    {
        assert_eq!(put(&system, &pay(more), "application/yaml", None).await.0, 200, "{more}");
    }
    let told = faults(&system, &pay("overrideKeys: [a]\n    allowSelfApproval: yes\n    timeoutSec: 1_000")).await;
    let expected = "6:5 actions.pay.allowSelfApproval: must be true or false\n\
                    7:5 actions.pay.timeoutSec: must be a whole number between 1 and 2592000";
    assert_eq!(told, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_of_json_has_its_line_too() {
    let system = System::start().await;
    let document = "{\n  \"actions\": {\n    \"db.*\": {\"effect\": 7},\n    \"x\": {\"approvers\": {\"anyOf\": [\"pigeon:1\"]}}\n  }\n}";
    let told = faults(&system, document).await;
    insta::assert_snapshot!(told);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_let_through_beside_people_who_may_be_asked() {
    let system = Start::fresh().at(clock()).start().await;
    let effect = |effect: &str| {
        pay("overrideKeys: [a]").replace("    allowParam", &format!("    effect: {effect}\n    allowParam"))
    };
    assert_eq!(
        faults(&system, &effect("allow")).await,
        "4:5 actions.pay.effect: is allow, beside approvers; write ask (the default) to have them asked"
    );
    assert_eq!(
        faults(
            &system,
            r#"{ personas: { sec: ["user:sec@acme.com"] }, defaults: { superApprovers: ["user:root@acme.com"] }, actions: { fs.read: { effect: allow, requiredPersonas: [sec] } } }"#
        )
        .await,
        "1:110 actions[\"fs.read\"].approvers: is required\n1:121 actions[\"fs.read\"].effect: is allow, beside requiredPersonas; write ask (the default) to have them asked"
    );
    assert_eq!(put(&system, &effect("ask"), "application/yaml", None).await.0, 200);
    system.clock.advance(jiff::SignedDuration::from_secs(6));
    assert_eq!(system.ask("pay", json!({})).await.answer["status"], "ready_for_approval");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_saved_when_allow_meant_ask_is_followed_and_not_saved_again() {
    let system = Start::fresh().at(clock()).start().await;
    // As an earlier version kept it: the text, and the JSON that it stood for.
    let text = pay("overrideKeys: [n]\n    effect: allow\n    allowReRequest: yes");
    let json = json!({ "actions": { "pay": { "approvers": { "anyOf": ["user:approver@localhost"] }, "allowParamOverrides": true,
        "overrideKeys": ["n"], "effect": "allow", "allowReRequest": true } } });
    let (store, workspace) = (&system.gate.store, domain::Workspace::default_name());
    let hash = data_encoding::HEXLOWER.encode(&Sha256::digest(text.as_bytes()));
    store.put_policy_text(&workspace, &hash, &text, &json.to_string()).await.unwrap();
    let before = store.get_policy_head(&workspace, true).await.unwrap();
    let head = store::settings::policies::PolicyHead {
        hash,
        version: 2,
        by: "user:admin@localhost".into(),
        at: system.clock.now(),
    };
    store.replace_policy_head(&workspace, before.as_ref(), &head).await.unwrap();
    system.clock.advance(jiff::SignedDuration::from_secs(6));
    let asked = system.ask("pay", json!({ "n": 1 })).await;
    assert_eq!(
        (&asked.answer["status"], &asked.answer["policy"]["minApprovals"]),
        (&json!("ready_for_approval"), &json!(1))
    );
    let (status, answer) = system
        .resolve(&system.keys.approver, &asked.id, json!({ "decision": "approved", "modified_action": { "n": 2 } }))
        .await;
    assert_eq!(status, 200, "{answer}");
    assert!(
        faults(&system, &text).await.contains("7:5 actions.pay.allowReRequest: must be true or false"),
        "what a save of it says"
    );
}

/// What a text that is read differently now than when it was saved is refused with.
const DIFFERENT: &str =
    "is read differently now than when this workspace saved it; change the text, a comment is enough, and save that";

/// A text whose `no` was a boolean as YAML 1.1 was read, and the hash that the workspace keeps it under with the reading of that time.
async fn saved_otherwise(system: &System, workspace: &domain::Workspace) -> (String, String) {
    let text = pay("overrideKeys: [n]\n    redactParams: { mode: denylist, keys: [no] }");
    let json = json!({ "actions": { "pay": { "approvers": { "anyOf": ["user:approver@localhost"] }, "allowParamOverrides": true,
        "overrideKeys": ["n"], "redactParams": { "mode": "denylist", "keys": ["false"] } } } });
    let hash = data_encoding::HEXLOWER.encode(&Sha256::digest(text.as_bytes()));
    system.gate.store.put_policy_text(workspace, &hash, &text, &json.to_string()).await.unwrap();
    (text, hash)
}

/// The faults that the check of a trial answers, and how `no` is shown under it.
async fn tried(system: &System, mut trial: Value) -> (Value, Value) {
    trial["action"] = json!("pay");
    trial["params"] = json!({ "no": 1 });
    let (status, checked) = system.call(&system.keys.admin, "POST", "/api/settings/policy/check", trial).await;
    assert_eq!(status, 200, "{checked}");
    (checked["faults"].clone(), checked["decision"]["params"]["no"].clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_that_is_read_differently_now_is_no_valid_one_until_another_text_is_saved() {
    let system = Start::fresh().at(clock()).start().await;
    let (store, workspace) = (&system.gate.store, domain::Workspace::default_name());
    let (text, hash) = saved_otherwise(&system, &workspace).await;
    let before = store.get_policy_head(&workspace, true).await.unwrap();
    let head = store::settings::policies::PolicyHead {
        hash: hash.clone(),
        version: 2,
        by: "user:admin@localhost".into(),
        at: system.clock.now(),
    };
    store.replace_policy_head(&workspace, before.as_ref(), &head).await.unwrap();
    let kept = store.get_policy_document(&workspace, &hash).await.unwrap();
    let (found, shown) = tried(&system, json!({})).await;
    assert_eq!((&found[0]["problem"], found.as_array().unwrap().len(), shown), (&json!(DIFFERENT), 1, json!(1)));
    assert_eq!(tried(&system, json!({ "policy": text })).await.0[0]["problem"], DIFFERENT);
    assert!(faults(&system, &text).await.contains(DIFFERENT), "functions that run would keep the reading of then");
    assert_eq!(store.get_policy_document(&workspace, &hash).await.unwrap(), kept, "open approvals are pinned to it");
    assert_eq!(tried(&system, json!({})).await.1, json!(1), "no process follows what was refused");
    assert_eq!(put(&system, &format!("{text}# Read anew.\n"), "application/yaml", None).await.0, 200);
    assert_eq!(tried(&system, json!({})).await, (json!([]), json!("«redacted»")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_replacement_changes_no_reading_and_no_other_workspace() {
    let system = Start::fresh().at(clock()).start().await;
    let sales = domain::Workspace::parse("sales").unwrap();
    let (text, hash) = saved_otherwise(&system, &sales).await;
    let kept = system.gate.store.get_policy_document(&sales, &hash).await.unwrap();
    assert_eq!(put(&system, &text, "application/yaml", Some(("if-match", "\"another\""))).await.0, 409);
    assert_eq!(put(&system, &text, "application/yaml", None).await.0, 200);
    assert_eq!(tried(&system, json!({})).await, (json!([]), json!("«redacted»")), "each workspace has its own reading");
    assert_eq!(system.gate.store.get_policy_document(&sales, &hash).await.unwrap(), kept);
    let head = store::settings::policies::PolicyHead {
        hash,
        version: 1,
        by: "user:admin@localhost".into(),
        at: system.clock.now(),
    };
    system.gate.store.replace_policy_head(&sales, None, &head).await.unwrap();
    let admin = key_in(&system, "sales", "user:admin@localhost", &["admin"]).await;
    let trial = json!({ "action": "pay", "params": { "no": 1 } });
    let request = system.request("POST", "/api/settings/policy/check").bearer_auth(&admin);
    let request = request.header("X-Workspace-Namespace", sales.as_str()).json(&trial);
    let checked: Value = serde_json::from_str(&request.send().await.unwrap().text().await.unwrap()).unwrap();
    assert_eq!(checked["decision"]["params"]["no"], json!(1), "{checked}");
    assert_eq!(checked["faults"][0]["problem"], DIFFERENT);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_word_of_an_override_schema_counts_or_is_a_fault() {
    let system = System::start().await;
    let schema = r#"
      $schema: http://json-schema.org/draft-07/schema#
      title: What people may change
      maxLenght: 3
      properties:
        to: { type: string, format: emial }
        "a.b": { min: 1, anyOf: [{ requried: [x] }, { x-note: 1 }] }
        bad: { pattern: "(" }
      $defs: { far: { $ref: "https://example.com/schema.json" } }
      nullable: true"#;
    insta::assert_snapshot!(faults(&system, &pay(&format!("overrideKeys: [to]\n    overrideSchema:{schema}"))).await);
    for (bad, told) in [
        ("{ properties: { a: { pattern: '(' } } }", "7:41 actions.pay.overrideSchema.properties.a"),
        (
            "{ properties: { a: { type: strange } } }",
            "actions.pay.overrideSchema.properties.a.type: is not JSON Schema",
        ),
        ("{ $ref: 'https://example.com/schema.json' }", "actions.pay.overrideSchema"),
        ("{ $ref: '#/$defs/none' }", "actions.pay.overrideSchema"),
        (
            "{ examples: [{ maxLenght: 3 }], $ref: '#/examples/0' }",
            "6:53 actions.pay.overrideSchema[\"$ref\"]: must be # or lead to a schema of this one",
        ),
        ("{ properties: { a: { pattern: '(\\w{1,300}){300}' } } }", "actions.pay.overrideSchema.properties.a"),
        ("7", "actions.pay.overrideSchema: is not JSON Schema"),
    ] {
        let found = faults(&system, &pay(&format!("overrideKeys: [a]\n    overrideSchema: {bad}"))).await;
        assert!(
            found.contains(told.split_once(' ').map_or(told, |(_, told)| told)) && found.lines().count() == 1,
            "{bad}: {found}"
        );
    }
    let many: Vec<String> = (0..101).map(|n| format!("p{n}: {{ pattern: 'a{n}' }}")).collect();
    let many = faults(
        &system,
        &pay(&format!("overrideKeys: [a]\n    overrideSchema: {{ properties: {{ {} }} }}", many.join(", "))),
    )
    .await;
    assert_eq!(many, "1:1 actions: may have 100 regular expressions in all, and has 101");
    let annotated = "{ $schema: 'https://json-schema.org/draft/2020-12/schema', $comment: c, examples: [1], deprecated: true, readOnly: true, \
                     contentEncoding: base64, $defs: { a: true }, properties: { a: { $ref: '#/$defs/a' } } }";
    for good in [annotated, "true", "null"] {
        let document = pay(&format!("overrideKeys: [a]\n    overrideSchema: {good}"));
        assert_eq!(put(&system, &document, "application/yaml", None).await.0, 200, "{good}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_format_is_enforced_on_edits() {
    let system = Start::fresh().at(clock()).start().await;
    let schema = "{ properties: { to: { format: email }, on: { items: { format: date } } } }";
    let params = json!({ "to": "jane@acme.com", "on": ["2026-04-21"] });
    let (status, details) =
        edited(&system, schema, params.clone(), json!({ "to": "jane", "on": ["2026-02-30"] })).await;
    let fields: Vec<&Value> = details.as_array().unwrap().iter().map(|fault| &fault["field"]).collect();
    assert_eq!((status, fields), (422, vec![&json!("modified_action.on[0]"), &json!("modified_action.to")]));
    let (status, details) = edited(&system, schema, params, json!({ "to": "omar@acme.com", "on": [] })).await;
    assert_eq!(status, 200, "{details}");
}
