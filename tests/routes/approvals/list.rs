//! `GET /approvals`.

use crate::harness::{System, body};
use crate::routes::{at_noon, error, key_in, mask, refused};
use jiff::SignedDuration;
use serde_json::{Value, json};
use std::collections::BTreeSet;

async fn list(system: &System, query: &str) -> Value {
    let (status, answer) = system.get(&system.keys.approver, &format!("/approvals{query}")).await;
    assert_eq!(status, 200, "{answer}");
    answer
}

fn ids(answer: &Value) -> Vec<String> {
    let all = answer["approvals"].as_array().unwrap();
    all.iter().map(|a| a["approval_id"].as_str().unwrap().to_owned()).collect()
}

/// Every id of every page, in order.
async fn pages(system: &System, query: &str, limit: usize) -> Vec<String> {
    let mut all = Vec::new();
    let mut cursor = String::new();
    for _ in 0..50 {
        let page = list(system, &format!("{query}&limit={limit}{cursor}")).await;
        let found = ids(&page);
        assert!(found.len() <= limit, "{page}");
        all.extend(found);
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return all,
        }
    }
    panic!("the pages have no end");
}

/// So many requests, a second apart, oldest first.
async fn ask_many(system: &System, action: &str, count: usize) -> Vec<String> {
    let mut asked = Vec::new();
    for n in 0..count {
        asked.push(system.ask(action, json!({ "n": n })).await.id);
        system.clock.advance(SignedDuration::from_secs(1));
    }
    asked
}

async fn deny(system: &System, id: &str) {
    assert_eq!(system.resolve(&system.keys.approver, id, json!({ "decision": "denied" })).await.0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_item_has_the_contracts_fields_and_those_of_semantics() {
    let system = at_noon().await;
    let mut asking = body("gmail.send", json!({ "to": "jane@acme.com", "bcc": "x", "type": "urgent" }));
    asking["meta"]["taskId"] = json!("task_1");
    asking["meta"]["requester"]["display"] = json!("Demo");
    system.ask_for(asking).await;
    let expected = json!({
        "approvals": [{
            "approval_id": "appr_…",
            "task_id": "task_1",
            "agent": "demo",
            "title": "Send an e-mail to “jane@acme.com”",
            "description": "Because the test says so",
            "action": { "type": "gmail.send", "to": "jane@acme.com", "bcc": "«redacted»" },
            "params": { "type": "urgent", "to": "jane@acme.com", "bcc": "«redacted»" },
            "status": "pending",
            "digest": "sha256:…",
            "requester": { "id": "demo", "source": "agent", "display": "Demo" },
            "approvals": 0,
            "required": 1,
            "personas": [],
            "history": [{
                "seq": 1,
                "at": "2026-04-21T10:05:00Z",
                "event": "requested",
                "by": "agent:demo",
            }],
            "created_at": "2026-04-21T10:05:00Z",
            "expires_at": "2026-04-21T11:05:00Z",
        }],
        "next_cursor": null,
    });
    assert_eq!(mask(&list(&system, "").await), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn pending_is_the_default_and_covers_every_open_status_newest_first() {
    let system = at_noon().await;
    let first = ask_many(&system, "plain.post", 1).await.remove(0);
    let awaiting = ask_many(&system, "persona.first", 1).await.remove(0);
    let voted = ask_many(&system, "quorum.two", 1).await.remove(0);
    let jane = system.key("user:jane@acme.com", &["approver"]).await;
    system.resolve(&jane, &voted, json!({ "decision": "approved" })).await;
    let ended = ask_many(&system, "plain.post", 1).await.remove(0);
    deny(&system, &ended).await;
    let all = list(&system, "").await;
    assert_eq!(ids(&all), [voted, awaiting, first]);
    assert!(all["approvals"].as_array().unwrap().iter().all(|a| a["status"] == "pending"));
    assert_eq!(list(&system, "?status=pending").await, all);
    assert_eq!(system.get(&system.keys.approver, "/v1/approvals").await, (200, all));
}

#[tokio::test(flavor = "multi_thread")]
async fn approved_and_denied_are_where_their_statuses_say() {
    let system = at_noon().await;
    let asked = ask_many(&system, "plain.post", 3).await;
    system.resolve(&system.keys.approver, &asked[0], json!({ "decision": "approved" })).await;
    deny(&system, &asked[1]).await;
    assert_eq!(ids(&list(&system, "?status=approved").await), asked[0..1]);
    let denied = list(&system, "?status=denied").await;
    assert_eq!(ids(&denied), asked[1..2]);
    assert_eq!(denied["approvals"][0]["denial_reason"], "denied_by_human");
    assert_eq!(ids(&list(&system, "?status=expired").await), [""; 0]);
    assert_eq!(ids(&list(&system, "").await), asked[2..3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn denied_includes_expired_and_expired_gives_only_those() {
    let system = at_noon().await;
    let [denied, expired] = ask_many(&system, "short.lived", 2).await.try_into().unwrap();
    deny(&system, &denied).await;
    system.clock.advance(SignedDuration::from_secs(60));
    assert_eq!(ids(&list(&system, "").await), [""; 0], "never a wrong status, swept or not");
    system.sweep().await;
    assert_eq!(ids(&list(&system, "").await), [""; 0]);
    assert_eq!(ids(&list(&system, "?status=denied").await), [expired.clone(), denied]);
    let only = list(&system, "?status=expired").await;
    assert_eq!(ids(&only), [expired]);
    let item = &only["approvals"][0];
    assert_eq!((&item["status"], &item["denial_reason"]), (&json!("denied"), &json!("expired")));
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_mixed_denied_and_expired_show_each_once_and_miss_none() {
    let system = at_noon().await;
    let asked = ask_many(&system, "short.lived", 23).await;
    // At the same instant too: only the id differs.
    for id in asked.iter().step_by(2) {
        deny(&system, id).await;
    }
    system.clock.advance(SignedDuration::from_secs(60));
    system.sweep().await;
    let whole = ids(&list(&system, "?status=denied&limit=100").await);
    assert_eq!(whole.iter().collect::<BTreeSet<_>>(), asked.iter().collect::<BTreeSet<_>>());
    for limit in [1, 2, 5, 22, 23, 24] {
        assert_eq!(pages(&system, "?status=denied", limit).await, whole, "limit {limit}");
    }
    let expired: Vec<String> =
        whole.iter().filter(|id| asked.iter().position(|a| a == *id).unwrap() % 2 == 1).cloned().collect();
    assert_eq!(pages(&system, "?status=expired", 4).await, expired);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_has_20_where_nobody_says_otherwise_and_new_ones_do_not_shift_the_next() {
    let system = at_noon().await;
    let mut asked = ask_many(&system, "plain.post", 21).await;
    asked.reverse();
    let first = list(&system, "").await;
    assert_eq!(ids(&first), asked[..20]);
    ask_many(&system, "plain.post", 3).await;
    let rest = list(&system, &format!("?cursor={}", first["next_cursor"].as_str().unwrap())).await;
    assert_eq!((ids(&rest), &rest["next_cursor"]), (asked[20..].to_vec(), &Value::Null));
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_that_expire_between_two_reads_miss_nothing_that_is_still_open() {
    let system = at_noon().await;
    let mut open = Vec::new();
    for _ in 0..6 {
        ask_many(&system, "short.lived", 1).await;
        open.extend(ask_many(&system, "plain.post", 1).await);
    }
    open.reverse();
    system.clock.advance(SignedDuration::from_secs(60));
    assert_eq!(pages(&system, "?status=pending", 3).await, open, "expired ones are left out before the sweep");
    system.sweep().await;
    assert_eq!(pages(&system, "?status=pending", 3).await, open);
}

#[tokio::test(flavor = "multi_thread")]
async fn agent_and_task_narrow_the_list_together_and_apart() {
    let system = at_noon().await;
    let other = system.key("agent:other", &["agent"]).await;
    let mut made = Vec::new();
    for (key, task) in [
        (&system.keys.agent, Some("t1")),
        (&system.keys.agent, Some("t2")),
        (&other, Some("t1")),
        (&other, None),
        (&system.keys.agent, None),
    ] {
        let mut asking = body("plain.post", json!({}));
        asking["meta"]["taskId"] = json!(task);
        let (_, answer) = system.call(key, "POST", "/api/guard/request", asking).await;
        made.push(answer["requestId"].as_str().unwrap().to_owned());
        system.clock.advance(SignedDuration::from_secs(1));
    }
    let found = |query: &'static str| {
        let (system, made) = (&system, &made);
        async move {
            let found = ids(&list(system, query).await);
            found.iter().map(|id| made.iter().position(|m| m == id).unwrap()).collect::<Vec<_>>()
        }
    };
    assert_eq!(found("?agent=demo").await, [4, 1, 0]);
    assert_eq!(found("?agent=other").await, [3, 2]);
    assert_eq!(found("?task_id=t1").await, [2, 0]);
    assert_eq!(found("?agent=demo&task_id=t1").await, [0]);
    assert_eq!(found("?agent=nobody").await, [0; 0]);
    assert_eq!(found("?status=approved&agent=demo").await, [0; 0]);
    assert_eq!(found("?agent=&task_id=&cursor=").await, [4, 3, 2, 1, 0], "an empty filter filters nothing");
    assert_eq!(pages(&system, "?task_id=t1&agent=demo", 1).await, made[..1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_task_is_the_run_where_no_task_is_named() {
    let system = at_noon().await;
    let mut asking = body("plain.post", json!({}));
    asking["meta"]["origin"]["run_id"] = json!("run 1/ü");
    let run = system.ask_for(asking.clone()).await.id;
    asking["meta"]["taskId"] = json!("task");
    system.ask_for(asking).await;
    assert_eq!(ids(&list(&system, "?task_id=run%201%2F%C3%BC").await), [run]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_cannot_reach_into_another_index_partition() {
    let system = at_noon().await;
    let away = key_in(&system, "away", "user:spy@acme.com", &["approver"]).await;
    ask_many(&system, "plain.post", 1).await;
    for query in ["?agent=demo", "?agent=..%23default%23open%23demo", "?task_id=%23"] {
        let request = system.request("GET", &format!("/approvals{query}")).bearer_auth(&away);
        let answer = request.header("x-workspace-namespace", "away").send().await.unwrap();
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.text().await.unwrap(), r#"{"approvals":[],"next_cursor":null}"#, "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_queries_are_refused_with_every_fault() {
    let system = System::start().await;
    let get = |query: &str| {
        let path = format!("/approvals{query}");
        let system = &system;
        async move { system.get(&system.keys.approver, &path).await }
    };
    for limit in ["0", "101", "-1", "1.5", "ten", "", "18446744073709551616"] {
        assert_eq!(refused(get(&format!("?limit={limit}")).await), error(400, "INVALID_PAYLOAD"), "{limit}");
    }
    for limit in ["1", "100"] {
        assert_eq!(get(&format!("?limit={limit}")).await.0, 200);
    }
    for cursor in ["x", "%00", "YXBwcl8", "bm90aGluZyAjYXBwcl8x%FF"] {
        assert_eq!(refused(get(&format!("?cursor={cursor}")).await), error(400, "INVALID_PAYLOAD"), "{cursor}");
    }
    let (status, answer) = get("?status=open&limit=1000").await;
    let fields: Vec<&str> =
        answer["details"].as_array().unwrap().iter().map(|d| d["field"].as_str().unwrap()).collect();
    assert_eq!((status, fields), (400, vec!["limit", "status"]));
    assert_eq!(refused(get("?status=PENDING").await), error(400, "INVALID_PAYLOAD"));
    assert_eq!(refused(get("?status=").await), error(400, "INVALID_PAYLOAD"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_sees_its_own_only() {
    let system = at_noon().await;
    let other = system.key("agent:other", &["agent"]).await;
    let mine = ask_many(&system, "plain.post", 2).await;
    let (_, theirs) = system.call(&other, "POST", "/api/guard/request", body("plain.post", json!({}))).await;
    let (_, seen) = system.get(&other, "/approvals").await;
    assert_eq!(ids(&seen), [theirs["requestId"].as_str().unwrap()]);
    let (_, seen) = system.get(&system.keys.agent, "/approvals?agent=demo").await;
    assert_eq!(ids(&seen), [mine[1].clone(), mine[0].clone()]);
    assert_eq!(refused(system.get(&other, "/approvals?agent=demo").await), error(403, "NOT_AUTHORIZED"));
    assert_eq!(ids(&list(&system, "").await).len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn reading_the_list_writes_nothing_but_an_expiry_that_it_tells() {
    let system = at_noon().await;
    ask_many(&system, "short.lived", 2).await;
    system.clock.advance(SignedDuration::from_secs(60));
    let before = crate::routes::everything(&system).await;
    for query in ["", "?status=approved"] {
        list(&system, query).await;
        assert_eq!(crate::routes::everything(&system).await, before);
    }
    assert_eq!(ids(&list(&system, "?status=denied").await).len(), 2);
    let after = crate::routes::everything(&system).await;
    let changed: Vec<_> = after.iter().filter(|item| !before.contains(item)).collect();
    assert!(changed.len() == 2 && changed.iter().all(|item| item.contains("default#expired")), "{changed:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_or_a_task_is_looked_for_by_a_name_that_there_can_be() {
    let system = System::start().await;
    for filter in ["agent", "task_id"] {
        let of = |length: usize| format!("/approvals?{filter}={}", "é".repeat(length));
        assert_eq!(system.get(&system.keys.approver, &of(256)).await.0, 200, "{filter}");
        let long = system.get(&system.keys.approver, &of(257)).await;
        assert_eq!(refused(long), error(400, "INVALID_PAYLOAD"), "{filter}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_approval_is_in_the_lists_of_what_ended_from_its_deadline_on() {
    let system = at_noon().await;
    let denied = system.ask("short.lived", json!({ "n": 0 })).await.id;
    deny(&system, &denied).await;
    let mut asking = body("short.lived", json!({}));
    asking["meta"]["taskId"] = json!("task_1");
    let first = system.ask_for(asking).await.id;
    system.clock.advance(SignedDuration::from_secs(1));
    let second = system.ask("short.lived", json!({})).await.id;
    let open = system.ask("plain.open", json!({})).await.id;
    system.clock.advance(SignedDuration::from_millis(58_999));
    assert_eq!(pages(&system, "?status=expired", 20).await, Vec::<String>::new());
    system.clock.advance(SignedDuration::from_millis(1));
    assert_eq!(pages(&system, "?status=expired", 20).await, std::slice::from_ref(&first));
    system.clock.advance(SignedDuration::from_secs(1));
    // Nothing has swept, and what a reader wrote down is where it was before.
    for swept in [false, true] {
        for limit in [1, 2, 20] {
            assert_eq!(pages(&system, "?status=expired", limit).await, [second.clone(), first.clone()], "{swept}");
            assert_eq!(pages(&system, "?status=denied", limit).await, [&second, &first, &denied].map(String::clone));
            assert_eq!(pages(&system, "?status=pending", limit).await, std::slice::from_ref(&open));
            assert_eq!(pages(&system, "?status=expired&agent=demo", limit).await, [second.clone(), first.clone()]);
            assert_eq!(pages(&system, "?status=expired&task_id=task_1", limit).await, std::slice::from_ref(&first));
            assert_eq!(pages(&system, "?status=expired&agent=other", limit).await, Vec::<String>::new());
        }
        system.sweep().await;
    }
    system.clock.advance(SignedDuration::from_mins(5));
    system.sweep().await;
    assert_eq!(pages(&system, "?status=expired", 1).await, [second, first]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_what_expired_costs_no_more_for_what_others_have_due() {
    let ledger = local::ledger::Ledger::default();
    let system = crate::harness::Start::fresh().at(crate::routes::clock()).recording(&ledger).start().await;
    let mut units = Vec::new();
    for more in [0, 40] {
        // Due at the same time, in another workspace; and open ones here.
        let other = domain::Workspace::parse("other").unwrap();
        for n in 0..more {
            let id = domain::ApprovalId::from_bits([n; 16]);
            let at = system.clock.now() + SignedDuration::from_secs(30);
            let due = store::due::Due { kind: store::due::DueKind::Deadline, workspace: other.clone(), id, at };
            system.gate.store.put_due(&due).await.unwrap();
            system.ask("plain.open", json!({})).await;
        }
        system.ask("short.lived", json!({})).await;
        system.clock.advance(SignedDuration::from_secs(61));
        ledger.take();
        assert_eq!(ids(&list(&system, "?status=expired&limit=1").await).len(), 1);
        units.push(ledger.take().iter().map(|line| line.read_units).sum::<f64>());
    }
    assert!(units[1] <= units[0] + 1.0, "{units:?}");
}
