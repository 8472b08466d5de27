//! `POST /api/guard/request`.

use crate::harness::{POLICY, Start, System, body};
use crate::routes::{approvals, at_noon, bearer, error, everything, header, key_in, mask, refused, send};
use jiff::SignedDuration;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

const PATH: (&str, &str) = ("POST", "/api/guard/request");

async fn ask_with_key(system: &System, idempotency_key: &str, body: &str) -> (u16, String) {
    let auth = bearer(&system.keys.agent);
    let headers =
        [("authorization", auth.as_str()), ("content-type", "application/json"), ("idempotency-key", idempotency_key)];
    let (status, _, text) = send(system, PATH, &headers, body).await;
    (status, text)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_answer_has_the_contracts_fields_and_what_the_policy_asks_for() {
    let system = at_noon().await;
    let asked = system.ask("gmail.send", json!({ "to": "jane@acme.com" })).await;
    let expected = json!({
        "token": "cwt_…",
        "requestId": "appr_…",
        "status": "ready_for_approval",
        "expiresAt": "2026-04-21T11:05:00Z",
        "policy": { "minApprovals": 1, "requiredPersonas": [], "timeoutSec": 3600, "executes": "agent" },
        "digest": "sha256:…",
        "nonce": "(nonce)",
        "links": {
            "stream": format!("{}/api/guard/wait", system.url),
            "websocket": format!("{}/ws", system.url.replacen("http", "ws", 1)),
        },
    });
    assert_eq!(mask(&asked.answer), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_with_personas_awaits_them_and_a_quorum_is_told() {
    let system = at_noon().await;
    let persona = system.ask("persona.first", json!({})).await.answer;
    assert_eq!(persona["status"], "awaiting_personas");
    assert_eq!(persona["policy"]["requiredPersonas"], json!(["security"]));
    let quorum = system.ask("quorum.two", json!({})).await.answer;
    assert_eq!((&quorum["status"], &quorum["policy"]["minApprovals"]), (&json!("ready_for_approval"), &json!(2)));
    let short = system.ask("short.lived", json!({})).await.answer;
    assert_eq!((&short["policy"]["timeoutSec"], &short["expiresAt"]), (&json!(60), &json!("2026-04-21T10:06:00Z")));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_any_time_limit_in_the_policy_a_request_stays_open_for_a_day() {
    let policy = "actions: { a.b: { approvers: { anyOf: [\"user:jane@acme.com\"] } } }";
    let system = Start::fresh().at(crate::routes::clock()).under(policy).start().await;
    let answer = system.ask("a.b", json!({})).await.answer;
    assert_eq!(
        (&answer["policy"]["timeoutSec"], &answer["expiresAt"]),
        (&json!(86_400), &json!("2026-04-22T10:05:00Z"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_optional_field_of_the_contract_is_taken_and_shows_in_the_inbox() {
    let system = at_noon().await;
    let mut full = body("plain.post", json!({ "n": 1.5, "list": [1, null, true], "nested": { "k": "v" } }));
    full["meta"] = json!({
        "origin": { "repo": "acme/outreach", "branch": "main", "pr": "42", "run_id": "run_7" },
        "requester": { "id": "U999", "source": "slack", "display": "Sam" },
        "justification": "abc",
        "links": [{ "label": "The ticket", "url": "https://acme.com/1" }, { "url": "http://acme.com/2" },
            { "label": "without an address" }, {}],
    });
    full["policyHints"] = json!({ "channel": "C999", "anything": [1] });
    let asked = system.ask_for(full).await;
    let (_, shown) = system.get(&system.keys.approver, &format!("/approvals/{}", asked.id)).await;
    assert_eq!(shown["requester"], json!({ "id": "U999", "source": "slack", "display": "Sam" }));
    let links = json!([{ "label": "The ticket", "url": "https://acme.com/1" },
        { "label": "http://acme.com/2", "url": "http://acme.com/2" }]);
    assert_eq!(shown["links"], links);
    assert_eq!(shown["params"], json!({ "n": 1.5, "list": [1, null, true], "nested": { "k": "v" } }));
    assert_eq!((&shown["task_id"], &shown["description"]), (&json!("run_7"), &json!("abc")));
    assert_eq!(shown["title"], "plain.post requested by “Sam”");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_source_of_the_contract_is_taken() {
    let system = System::start().await;
    for (id, source) in [("U0123456789", "slack"), ("octocat", "github"), ("someone", "agent")] {
        let mut asking = body("plain.post", json!({}));
        asking["meta"]["requester"] = json!({ "id": id, "source": source });
        system.ask_for(asking).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_requester_who_cannot_be_is_refused_and_a_mention_is_read_as_whom_it_names() {
    let system = System::start().await;
    let asking = |id: &str, source: &str| {
        let mut asking = body("plain.post", json!({}));
        asking["meta"]["requester"] = json!({ "id": id, "source": source });
        asking
    };
    for (id, source) in [("u0123456789", "slack"), ("@jane", "slack"), ("C0123456789", "slack"), ("a b", "github")] {
        let (status, answer) = system.call(&system.keys.agent, "POST", PATH.1, asking(id, source)).await;
        assert_eq!((status, &answer["details"][0]["field"]), (400, &json!("meta.requester.id")), "{id}: {answer}");
    }
    assert_eq!(approvals(&system).await, 0);
    let jane = system.key("user:jane@acme.com", &["approver"]).await;
    for (id, source, read) in [
        ("<@UJANE>", "slack", "UJANE"),
        ("<@UJANE|jane>", "slack", "UJANE"),
        ("@UJANE", "slack", "UJANE"),
        ("@jane", "github", "jane"),
    ] {
        let asked = system.ask_for(asking(id, source)).await;
        let (_, shown) = system.get(&system.keys.admin, &format!("/approvals/{}", asked.id)).await;
        assert_eq!(shown["requester"]["id"], read);
        if source == "slack" {
            let (status, answer) = system.resolve(&jane, &asked.id, json!({ "decision": "approved" })).await;
            assert_eq!(status, 403, "the claim names Jane: {answer}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_missing_field_is_named_at_once() {
    let system = System::start().await;
    let fields = |answer: &Value| -> Vec<String> {
        let details = answer["details"].as_array().unwrap_or_else(|| panic!("{answer}"));
        details.iter().map(|d| format!("{} {}", d["field"].as_str().unwrap(), d["problem"].as_str().unwrap())).collect()
    };
    let (status, answer) = system.call(&system.keys.agent, "POST", PATH.1, json!({})).await;
    assert_eq!((status, &answer["code"]), (400, &json!("INVALID_PAYLOAD")));
    assert_eq!(fields(&answer), ["action is required", "meta is required", "params is required"]);
    let (_, answer) = system.call(&system.keys.agent, "POST", PATH.1, json!({ "meta": {} })).await;
    let all = [
        "action is required",
        "meta.justification is required",
        "meta.origin is required",
        "meta.requester is required",
        "params is required",
    ];
    assert_eq!(fields(&answer), all);
    let hollow =
        json!({ "action": "a", "params": {}, "meta": { "origin": {}, "requester": {}, "justification": "ab" } });
    let (_, answer) = system.call(&system.keys.agent, "POST", PATH.1, hollow).await;
    let all = [
        "meta.justification must have at least 3 characters",
        "meta.origin.repo is required",
        "meta.requester.id is required",
        "meta.requester.source is required",
    ];
    assert_eq!(fields(&answer), all);
    assert_eq!(approvals(&system).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn v1_and_a_plus_json_content_type_and_none_at_all_are_the_same_route() {
    let system = System::start().await;
    let asking = body("plain.post", json!({})).to_string();
    let auth = bearer(&system.keys.agent);
    let auth = ("authorization", auth.as_str());
    for (path, kind) in [
        ("/api/guard/request", "application/json; charset=utf-8"),
        ("/v1/api/guard/request", "APPLICATION/JSON"),
        ("/v1/api/guard/request", "application/vnd.acme+json"),
    ] {
        let (status, _, text) = send(&system, ("POST", path), &[auth, ("content-type", kind)], asking.clone()).await;
        assert_eq!(status, 200, "{path} {kind} {text}");
    }
    let (status, _, text) = send(&system, PATH, &[auth], asking).await;
    assert_eq!(status, 200, "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_digest_is_the_hash_of_action_nonce_and_original_parameters() {
    let system = System::start().await;
    let params = json!({ "to": "jane@acme.com", "bcc": "hidden@acme.com", "body": { "secret": 1 } });
    let asked = system.ask("gmail.send", params.clone()).await;
    // A `Value` prints its keys sorted and without spaces, which for these values is RFC 8785.
    let bound = json!({ "action": "gmail.send", "nonce": asked.answer["nonce"], "params": params }).to_string();
    let hash = data_encoding::HEXLOWER.encode(&Sha256::digest(bound.as_bytes()));
    assert_eq!(asked.answer["digest"], format!("sha256:{hash}"));
    let (_, shown) = system.get(&system.keys.approver, &format!("/approvals/{}", asked.id)).await;
    assert_eq!(shown["digest"], asked.answer["digest"]);
    assert!(!shown.to_string().contains(asked.answer["nonce"].as_str().unwrap()), "the nonce is the agent's alone");
}

#[tokio::test(flavor = "multi_thread")]
async fn neither_token_nor_redacted_values_are_in_the_table() {
    let system = System::start().await;
    let asked =
        system.ask("gmail.send", json!({ "to": "a", "bcc": "hidden-blind-copy", "body.secret": "hidden-body" })).await;
    system.settle().await;
    let all = everything(&system).await.join("\n");
    assert!(all.contains(&asked.id) && all.contains("«redacted»"));
    for secret in [asked.token.as_str(), "hidden-blind-copy", "hidden-body", system.keys.agent.as_str()] {
        assert!(!all.contains(secret), "{secret} is in the table in the clear");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_denied_action_an_unknown_one_and_a_workspace_without_policy_are_forbidden() {
    let system = System::start().await;
    let before = everything(&system).await;
    let ask = |action: &str| system.call(&system.keys.agent, "POST", PATH.1, body(action, json!({})));
    assert_eq!(refused(ask("never.do").await), error(403, "POLICY_DENIED"));
    assert_eq!(refused(ask("nobody.knows").await), error(403, "POLICY_NOT_FOUND"));
    assert_eq!(refused(ask("GMAIL.SEND").await), error(403, "POLICY_NOT_FOUND"));
    assert_eq!(everything(&system).await, before);
    let lawless = Start::fresh().lawless().start().await;
    let asked = lawless.call(&lawless.keys.agent, "POST", PATH.1, body("gmail.send", json!({}))).await;
    assert_eq!(refused(asked), error(403, "POLICY_NOT_FOUND"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_action_under_manual_asks_the_super_approvers_for_one_approval() {
    let policy = "defaults: { unknownAction: manual, superApprovers: [\"user:root@acme.com\"] }\nactions: {}";
    let system = Start::fresh().under(policy).start().await;
    let asked = system.ask("nobody.knows", json!({})).await;
    assert_eq!(asked.answer["policy"]["minApprovals"], 1);
    let (approver, root) = (&system.keys.approver, system.key("user:root@acme.com", &["approver"]).await);
    let approve = json!({ "decision": "approved" });
    assert_eq!(refused(system.resolve(approver, &asked.id, approve.clone()).await), error(403, "NOT_AUTHORIZED"));
    assert_eq!(system.resolve(&root, &asked.id, approve).await.1["status"], "approved");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_exact_name_wins_over_globs_and_the_longest_glob_over_shorter_ones() {
    let action =
        |seconds: u32| format!("{{ timeoutSec: {seconds}, approvers: {{ anyOf: [\"user:jane@acme.com\"] }} }}");
    let policy = format!(
        "actions:\n  \"*\": {}\n  \"mail.*\": {}\n  \"mail.send*\": {}\n  mail.send: {}\n",
        action(1),
        action(2),
        action(3),
        action(4)
    );
    let system = Start::fresh().under(&policy).start().await;
    for (name, seconds) in [("x", 1), ("mail.read", 2), ("mail.send.now", 3), ("mail.send", 4)] {
        assert_eq!(system.ask(name, json!({})).await.answer["policy"]["timeoutSec"], seconds, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_callback_may_name_only_the_policys_hosts_over_https() {
    let policy = r#"
routing: { callbackHosts: ["agents.acme.com"] }
actions: { a.b: { approvers: { anyOf: ["user:jane@acme.com"] } } }"#;
    let system = Start::fresh().under(policy).strictly().start().await;
    let before = everything(&system).await;
    let ask = |url: Value| {
        let mut asking = body("a.b", json!({}));
        asking["callback"] = json!({ "url": url });
        system.call(&system.keys.agent, "POST", PATH.1, asking)
    };
    for foreign in ["https://evil.com/", "https://agents.acme.com.evil.com/", "https://agents.acme.com@evil.com/x"] {
        assert_eq!(refused(ask(json!(foreign)).await), error(403, "NOT_AUTHORIZED"), "{foreign}");
    }
    for bad in [json!("http://agents.acme.com/"), json!("nonsense"), json!(""), json!(7), Value::Null] {
        assert_eq!(refused(ask(bad.clone()).await), error(400, "INVALID_PAYLOAD"), "{bad}");
    }
    assert_eq!(everything(&system).await, before);
    assert_eq!(ask(json!("https://AGENTS.acme.com/done?x=1")).await.0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_idempotency_key_and_body_repeat_the_first_answer_to_the_byte() {
    let system = at_noon().await;
    let asking = body("gmail.send", json!({ "to": "a", "bcc": "b" })).to_string();
    let (status, first) = ask_with_key(&system, "once", &asking).await;
    assert_eq!(status, 200, "{first}");
    system.clock.advance(SignedDuration::from_secs(90));
    assert_eq!(ask_with_key(&system, "once", &asking).await, (200, first.clone()));
    let id = serde_json::from_str::<Value>(&first).unwrap()["requestId"].as_str().unwrap().to_owned();
    let edit = json!({ "decision": "approved", "modified_action": { "subject": "new" } });
    assert_eq!(system.resolve(&system.keys.approver, &id, edit).await.0, 200);
    assert_eq!(
        ask_with_key(&system, "once", &asking).await,
        (200, first.clone()),
        "a decision changes nothing about it"
    );
    assert_eq!(approvals(&system).await, 1);
    assert_ne!(ask_with_key(&system, "twice", &asking).await.1, first);
    assert_eq!(approvals(&system).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_at_the_same_moment_make_one_approval_and_get_one_answer() {
    let system = System::start().await;
    let asking = body("plain.post", json!({})).to_string();
    // More than the rate allows: a request that finds the rate used up by the same request gets that request's answer.
    let twins = (0..200).map(|_| ask_with_key(&system, "twins", &asking));
    let answers = futures::future::join_all(twins).await;
    assert!(answers.iter().all(|a| a.0 == 200 && *a == answers[0]), "{answers:?}");
    assert_eq!(approvals(&system).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_byte_order_mark_is_no_part_of_the_text_but_one_of_the_body() {
    let system = System::start().await;
    let plain = body("plain.post", json!({ "n": "\u{feff}1" })).to_string();
    let marked = format!("\u{feff}{plain}");
    let (status, answer) = ask_with_key(&system, "k", &marked).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(ask_with_key(&system, "k", &marked).await, (200, answer.clone()));
    assert_eq!(ask_with_key(&system, "k", &plain).await.0, 422, "it is another body");
    let answer: Value = serde_json::from_str(&answer).unwrap();
    let id = answer["requestId"].as_str().unwrap();
    let (_, shown) = system.get(&system.keys.approver, &format!("/approvals/{id}")).await;
    assert_eq!(shown["params"], json!({ "n": "\u{feff}1" }), "a mark within a text stays");
    assert_eq!(ask_with_key(&system, "l", &format!("\u{feff}\u{feff}{plain}")).await.0, 400, "one, not two");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_body_under_the_same_idempotency_key_is_refused_and_stores_nothing() {
    let system = System::start().await;
    assert_eq!(ask_with_key(&system, "k", &body("plain.post", json!({ "n": 1 })).to_string()).await.0, 200);
    let before = everything(&system).await;
    let (status, text) = ask_with_key(&system, "k", &body("plain.post", json!({ "n": 2 })).to_string()).await;
    assert_eq!(refused((status, serde_json::from_str(&text).unwrap())), error(422, "IDEMPOTENCY_MISMATCH"));
    assert_eq!(everything(&system).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idempotency_key_belongs_to_its_subject_and_workspace() {
    let system = System::start().await;
    let other = system.key("agent:other", &["agent"]).await;
    let away = key_in(&system, "away", "agent:demo", &["agent"]).await;
    let admin = bearer(&key_in(&system, "away", "user:admin@acme.com", &["admin"]).await);
    let put = [("authorization", admin.as_str()), ("x-workspace-namespace", "away")];
    assert_eq!(send(&system, ("PUT", "/api/settings/policy"), &put, POLICY).await.0, 200);
    let asking = body("plain.post", json!({})).to_string();
    let mut answers = vec![ask_with_key(&system, "k", &asking).await.1];
    for (key, workspace) in [(&other, "default"), (&away, "away")] {
        let auth = bearer(key);
        let headers =
            [("authorization", auth.as_str()), ("idempotency-key", "k"), ("x-workspace-namespace", workspace)];
        let (status, _, text) = send(&system, PATH, &headers, asking.clone()).await;
        assert_eq!(status, 200, "{text}");
        answers.push(text);
    }
    answers.sort();
    answers.dedup();
    assert_eq!(answers.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idempotency_key_is_1_to_255_visible_characters_and_spaces() {
    let system = System::start().await;
    let asking = body("plain.post", json!({})).to_string();
    for key in ["".to_owned(), "  ".to_owned(), "a\tb".to_owned(), "k".repeat(256)] {
        let (status, text) = ask_with_key(&system, &key, &asking).await;
        assert_eq!((status, text.contains("Idempotency-Key")), (400, true), "{text}");
    }
    for key in ["k".repeat(255), "a  b".to_owned()] {
        assert_eq!(ask_with_key(&system, &key, &asking).await.0, 200);
    }
    assert_eq!(approvals(&system).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_61st_request_of_a_minute_is_told_when_to_come_back_while_replays_and_refusals_are_free() {
    let system = at_noon().await;
    let auth = bearer(&system.keys.agent);
    let headers = [("authorization", auth.as_str()), ("content-type", "application/json")];
    let asking = body("plain.post", json!({})).to_string();
    let (_, first) = ask_with_key(&system, "first", &asking).await;
    for _ in 0..5 {
        assert_eq!(ask_with_key(&system, "first", &asking).await.1, first);
        assert_eq!(send(&system, PATH, &headers, "{").await.0, 400);
        assert_eq!(send(&system, PATH, &headers, body("never.do", json!({})).to_string()).await.0, 403);
    }
    for nth in 2..=60 {
        let (status, answered, text) = send(&system, PATH, &headers, asking.clone()).await;
        assert_eq!((status, header(&answered, "ratelimit-policy")), (200, "\"creates\";q=60;w=60".into()), "{text}");
        assert_eq!(header(&answered, "ratelimit"), format!("\"creates\";r={};t=1", 60 - nth));
    }
    let (status, answered, text) = send(&system, PATH, &headers, asking.clone()).await;
    assert_eq!(refused((status, serde_json::from_str(&text).unwrap())), error(429, "RATE_LIMITED"));
    assert_eq!(header(&answered, "retry-after"), "1");
    assert_eq!(approvals(&system).await, 60);
    assert_eq!(ask_with_key(&system, "first", &asking).await, (200, first), "a replay is free");
    system.clock.advance(SignedDuration::from_secs(1));
    assert_eq!(send(&system, PATH, &headers, asking.clone()).await.0, 200);
    assert_eq!(send(&system, PATH, &headers, asking).await.0, 429);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rate_is_a_workspaces_own_and_the_policys_to_set() {
    let policy =
        "limits: { createsPerMinute: 2 }\nactions: { a.b: { approvers: { anyOf: [\"user:jane@acme.com\"] } } }";
    let system = Start::fresh().at(crate::routes::clock()).under(policy).start().await;
    let other = system.key("agent:other", &["agent"]).await;
    let asking = body("a.b", json!({}));
    system.ask_for(asking.clone()).await;
    assert_eq!(system.call(&other, "POST", PATH.1, asking.clone()).await.0, 200);
    assert_eq!(refused(system.call(&other, "POST", PATH.1, asking).await), error(429, "RATE_LIMITED"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_title_shows_parameters_but_never_redacted_ones_and_hidden_characters_are_made_visible() {
    let policy = r#"
actions:
  a.b:
    title: "Send {params.card} to {params.to.name} ({params.none})"
    approvers: { anyOf: ["user:approver@localhost"] }
    redactParams: { mode: denylist, keys: [card] }"#;
    let system = Start::fresh().under(policy).start().await;
    let asked = system.ask("a.b", json!({ "card": "4111", "to": { "name": "Ja\u{202e}ne\nX" } })).await;
    let (_, shown) = system.get(&system.keys.approver, &format!("/approvals/{}", asked.id)).await;
    assert_eq!(shown["title"], "Send «redacted» to “Ja⟨U+202E⟩ne⏎X” (—)");
}
