//! `/console` and `/console/approvals/{id}`: finding what waits, following it, and what is said of one.

use crate::harness::pages::Browser;
use crate::harness::{Asked, Start, System, body};
use crate::journeys::connectors::stage::webhook;
use crate::routes::at_noon;
use jiff::SignedDuration;
use serde_json::{Value, json};
use standins::webhook::WebhookStandin;

async fn approver(system: &System) -> Browser<'_> {
    let mut browser = Browser::open(system);
    browser.sign_in(&system.keys.approver, "/console").await;
    browser
}

async fn ask(system: &System, to: &str, task: &str) -> Asked {
    let mut asking = body("gmail.send", json!({ "to": to, "bcc": "boss@acme.com" }));
    asking["meta"]["origin"]["run_id"] = json!(task);
    system.ask_for(asking).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_is_found_by_status_agent_task_text_and_id() {
    let system = at_noon().await;
    let (one, two) = (ask(&system, "jane@acme.com", "run-1").await, ask(&system, "omar@acme.com", "run-2").await);
    let denied = json!({ "decision": "denied", "comment": "No." });
    assert_eq!(system.resolve(&system.keys.approver, &two.id, denied).await.0, 200);
    let mut browser = approver(&system).await;
    for (query, there, not) in [
        ("", &one, &two),
        ("?status=denied", &two, &one),
        ("?agent=demo&task=run-1", &one, &two),
        ("?status=denied&q=OMAR%40acme", &two, &one),
        ("?q=jane", &one, &two),
    ] {
        let page = browser.get(&format!("/console{query}")).await;
        page.must_say(200, &[&there.id]);
        page.must_not_say(&[&not.id]);
    }
    for nothing in ["?agent=nobody", "?task=run-9", "?q=boss%40acme", "?status=expired", "?status=nonsense&agent=x"] {
        let page = browser.get(&format!("/console{nothing}")).await;
        page.must_say(200, &["class=\"empty\""]);
        page.must_not_say(&[&one.id, &two.id]);
    }
    let found = browser.follow(&format!("/console?q={}", two.id)).await;
    found.must_say(200, &["Denied", "No."]);
    assert_eq!(browser.get("/console?cursor=nonsense").await.status, 400);
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_a_page_is_on_pages_and_none_is_missed_or_shown_twice() {
    let system = at_noon().await;
    let mut asked = Vec::new();
    for n in 0..45 {
        asked.push(ask(&system, &format!("jane{n}@acme.com"), "run").await.id);
        system.clock.advance(SignedDuration::from_secs(1));
    }
    let mut browser = approver(&system).await;
    for start in ["/console?status=pending", "/console?status=pending&q=jane"] {
        let (mut at, mut seen) = (Some(start.to_owned()), Vec::new());
        while let Some(path) = at {
            let page = browser.get(&path).await;
            let ids =
                page.text.split("id=\"appr_").skip(1).map(|rest| format!("appr_{}", rest.split('"').next().unwrap()));
            seen.extend(ids);
            let next =
                page.text.split("<a href=\"").map(|a| a.split('"').next().unwrap()).find(|to| to.contains("cursor="));
            at = next.map(|to| to.replace("&amp;", "&"));
        }
        seen.reverse();
        assert_eq!(seen, asked, "{start}");
    }
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_is_still_the_same_is_not_sent_again() {
    let system = at_noon().await;
    let asked = ask(&system, "jane@acme.com", "run").await;
    let mut browser = approver(&system).await;
    for path in ["/console".to_owned(), format!("/console/approvals/{}", asked.id)] {
        let page = browser.get(&path).await;
        let tag = page.headers["etag"].to_str().unwrap().to_owned();
        let same = browser.again(&path, &tag).await;
        assert_eq!((same.status, same.text.as_str()), (304, ""), "{path}");
    }
    let tags: Vec<String> = [
        browser.get("/console").await.headers["etag"].to_str().unwrap().to_owned(),
        browser.get(&format!("/console/approvals/{}", asked.id)).await.headers["etag"].to_str().unwrap().to_owned(),
    ]
    .into();
    let approved = json!({ "decision": "approved" });
    assert_eq!(system.resolve(&system.keys.approver, &asked.id, approved).await.0, 200);
    browser.again("/console", &tags[0]).await.must_say(200, &["Nothing waits for a decision."]);
    browser.again(&format!("/console/approvals/{}", asked.id), &tags[1]).await.must_say(200, &["Approved"]);
    // Somebody else is shown what they may do themselves: their version is another.
    system.put_policy("actions: { gmail.send: { effect: deny } }").await;
    let open = browser.get(&format!("/console/approvals/{}", asked.id)).await;
    open.must_say(200, &["forbids it now"]);
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approval_says_which_rule_governs_it_who_is_named_and_how_it_reached_people() {
    let policy = r#"
people: { jane: ["user:approver@localhost"], omar: ["user:omar@acme.com"] }
personas: { security: ["user:sec@acme.com"] }
defaults: { superApprovers: ["user:omar@acme.com"] }
actions:
  "db.*":
    description: Anything that changes a database
    approvers: { anyOf: ["user:approver@localhost"] }
    requiredPersonas: [security]
  "db.read": { approvers: { anyOf: ["user:approver@localhost"] } }
"#;
    let system = Start::fresh().under(policy).start().await;
    let hook = WebhookStandin::start().await.unwrap();
    system.connector(webhook("ops-hook", &hook.url(), hook.secret())).await;
    let drop = system.ask_and_settle("db.drop", json!({ "table": "users" })).await;
    let read = system.ask_and_settle("db.read", json!({})).await;
    let mut browser = approver(&system).await;
    let page = browser.get(&format!("/console/approvals/{}", drop.id)).await;
    page.must_say(200, &["actions.db.*", "the longest pattern that matches", "Anything that changes a database"]);
    page.must_say(
        200,
        &["user:sec@acme.com", "user:omar@acme.com", "security: ", "has not acknowledged", "up to date"],
    );
    page.must_say(200, &["It can be approved once every persona has acknowledged."]);
    page.must_not_say(&["button class=\"approve\""]);
    browser
        .get(&format!("/console/approvals/{}", read.id))
        .await
        .must_say(200, &["actions.db.read", "by its exact name"]);
    let json = browser.get(&format!("/console/approvals/{}/json", drop.id)).await;
    json.must_say(200, &["&quot;table&quot;: &quot;users&quot;"]);
    for unknown in ["appr_00000000000000000000000000", "nonsense", "%2e%2e"] {
        assert_eq!(browser.get(&format!("/console/approvals/{unknown}")).await.status, 404);
    }
    let mut nobody = Browser::open(&system);
    assert_eq!(nobody.get(&format!("/console/approvals/{}", drop.id)).await.status, 303);
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_agent_makes_long_still_fits_an_answer() {
    let system = at_noon().await;
    let mut browser = approver(&system).await;
    let hidden = "\u{7f}".repeat(100_000);
    let lists: Value = vec![vec![1]; 25_000].into();
    let texts: Value = vec!["\u{7f}"; 25_000].into();
    for params in [json!({ "body": { "text": hidden } }), json!({ "lists": lists }), json!({ "texts": texts })] {
        let asked = system.ask("gmail.send", params).await;
        let page = browser.get(&format!("/console/approvals/{}", asked.id)).await;
        // Lambda's answer is JSON, in which each quote is two characters; it has 6 MB at most.
        let answer = serde_json::to_string(&page.text).unwrap().len();
        assert!(page.status == 200 && answer < 4_000_000, "{} {answer}", page.status);
    }
    system.stop().await;
}
