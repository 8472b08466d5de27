//! Issues that people move: verified, read, compared, and moved back.

use super::jira;
use crate::jira::callback::{read, verify};
use crate::jira::{Callback, Client, Intent, Moved, Ours};
use crate::samples::{ID, asked, notice, sample};
use domain::{ApprovalId, Timestamp};
use serde_json::{Value, json};
use standins::jira::{ACCOUNT, JiraStandin, WEBHOOK_SECRET, signed};
use standins::vendor::Signed;

const JANE: &str = "5b10a2844c20165700ede21g";

fn moved(sent: &Signed) -> Moved {
    assert!(verify(WEBHOOK_SECRET, sent.header("X-Hub-Signature"), sent.body.as_bytes()));
    match read(sent.body.as_bytes(), asked()).unwrap() {
        Callback::Moved(moved) => moved,
        Callback::Nothing => panic!("nothing in {}", sent.body),
    }
}

/// Jane moves the issue: what we read of it.
fn approved(jira: &JiraStandin) -> Moved {
    moved(&jira.moves("OPS-1", "Approved", JANE, now()).unwrap())
}

async fn waiting() -> (JiraStandin, Client) {
    let (jira, client) = jira().await;
    client.show(&notice(&sample(json!({}))), None).await.unwrap();
    (jira, client)
}

fn now() -> i64 {
    asked().as_millisecond()
}

#[tokio::test]
async fn who_moved_what_is_read_and_the_issue_is_ours() {
    let (jira, client) = waiting().await;
    let sent = jira.moves("OPS-1", "Approved", JANE, now()).unwrap();
    let expected = Moved {
        key: "OPS-1".into(),
        approval: ApprovalId::parse(ID).unwrap(),
        by: domain::Principal::parse(&format!("jira:{JANE}")).unwrap(),
        from: "To Do".into(),
        to: "Approved".into(),
        intent: Intent::Approve,
        change: 10_101,
    };
    assert_eq!(moved(&sent), expected);
    assert!(!sent.header("X-Atlassian-Webhook-Identifier").is_empty());
    assert_eq!(
        client.is_ours(&Moved { to: "approved".into(), ..moved(&sent) }, &notice(&sample(json!({})))).await,
        Ok(Ours::Yes)
    );
    let mut resigned = notice(&sample(json!({}))).link.unwrap().to_owned();
    resigned.push_str("&t=2");
    let approval = sample(json!({}));
    let later = crate::connector::Notice { link: Some(&resigned), ..notice(&approval) };
    assert_eq!(client.is_ours(&moved(&sent), &later).await, Ok(Ours::Yes));
    let elsewhere = Moved { to: "Denied".into(), ..moved(&sent) };
    assert_eq!(client.is_ours(&elsewhere, &later).await, Ok(Ours::MovedOn));
    // Somebody else moves it there again: that is theirs to answer for.
    jira.moves("OPS-1", "To Do", ACCOUNT, now()).unwrap();
    let again = approved(&jira);
    assert_eq!(client.is_ours(&moved(&sent), &later).await, Ok(Ours::MovedOn));
    assert_eq!(client.is_ours(&again, &later).await, Ok(Ours::Yes));
    // What it says was written after it was moved: nobody knows what was read before.
    jira.with(|j| j.issues[0].changes.push("description"));
    assert_eq!(client.is_ours(&again, &later).await, Ok(Ours::Altered));
}

#[tokio::test]
async fn whatever_else_the_issue_says_is_not_ours() {
    let picture = json!({"type": "mediaSingle", "content": []});
    let struck =
        json!({"type": "paragraph", "content": [{"type": "text", "text": "x", "marks": [{"type": "strike"}]}]});
    let more = json!({"type": "paragraph", "content": [{"type": "text", "text": "The amount is 5 by now."}]});
    type Change = Box<dyn Fn(&mut standins::jira::Issue)>;
    let push = |node: Value| -> Change {
        Box::new(move |i| i.descriptions[0]["content"].as_array_mut().unwrap().push(node.clone()))
    };
    let replace = |from: &'static str, to: &'static str| -> Change {
        Box::new(move |i| {
            i.descriptions[0] = serde_json::from_str(&i.descriptions[0].to_string().replace(from, to)).unwrap()
        })
    };
    let changes: Vec<Change> = vec![
        push(picture),
        push(struck),
        push(more),
        replace("bob@acme.com", "eve@acme.com"),
        replace("console.acme.com", "console.evil.com"),
        replace("codeBlock", "paragraph"),
        Box::new(|i| i.descriptions[0] = Value::Null),
        Box::new(|i| i.summary = "Send nothing".into()),
        Box::new(|i| i.labels.clear()),
        Box::new(|i| i.labels.push("appr_00000000000000000000000000".into())),
        Box::new(|i| i.creator = "somebody".into()),
    ];
    for (number, change) in changes.into_iter().enumerate() {
        let (jira, client) = waiting().await;
        let there = approved(&jira);
        jira.with(|j| change(&mut j.issues[0]));
        let seen = client.is_ours(&there, &notice(&sample(json!({})))).await;
        assert_eq!(seen, Ok(Ours::Altered), "{number}");
    }
    let (jira, client) = waiting().await;
    let blank = json!({"type": "paragraph", "content": []});
    jira.with(|j| j.issues[0].descriptions[0]["content"].as_array_mut().unwrap().push(blank));
    let there = approved(&jira);
    assert_eq!(client.is_ours(&there, &notice(&sample(json!({})))).await, Ok(Ours::Yes));
    let changed = sample(json!({"params": {"to": "eve@acme.com"}}));
    assert_eq!(client.is_ours(&there, &notice(&changed)).await, Ok(Ours::Altered), "an older state");
}

#[tokio::test]
async fn what_had_to_be_cut_is_not_for_approving() {
    let (jira, client) = jira().await;
    let long = sample(json!({"params": {"body": "x".repeat(40_000)}}));
    client.show(&notice(&long), None).await.unwrap();
    assert_eq!(client.is_ours(&approved(&jira), &notice(&long)).await, Ok(Ours::Cut));
}

#[tokio::test]
async fn an_issue_is_moved_back_with_a_comment() {
    let (jira, client) = waiting().await;
    jira.moves("OPS-1", "Approved", JANE, now()).unwrap();
    assert_eq!(client.move_back("OPS-1", "to do", "You may not approve\u{202e} this.").await, Ok(true));
    let issue = jira.issue("OPS-1").unwrap();
    assert_eq!((issue.status(), issue.said()), ("To Do", vec!["You may not approve⟨U+202E⟩ this.".to_owned()]));
    jira.with(|j| j.transitions.clear());
    jira.moves("OPS-1", "Approved", JANE, now()).unwrap();
    assert_eq!(client.move_back("OPS-1", "To Do", "No.").await, Ok(false));
    assert!(jira.issue("OPS-1").unwrap().said()[1].contains("could not be moved back"));
    let own = jira.moves("OPS-1", "To Do", ACCOUNT, now()).unwrap();
    assert_eq!(moved(&own).by.name(), client.myself().await.unwrap());
}

#[tokio::test]
async fn statuses_mean_what_their_names_say() {
    let (jira, _) = waiting().await;
    for (to, intent) in [
        ("APPROVE", Intent::Approve),
        ("approved", Intent::Approve),
        ("Rejected", Intent::Deny),
        ("Won’t Do", Intent::Deny),
        ("declined", Intent::Deny),
        ("Done", Intent::Other),
        ("In Progress", Intent::Other),
        ("Not approved", Intent::Other),
    ] {
        assert_eq!(moved(&jira.moves("OPS-1", to, JANE, now()).unwrap()).intent, intent, "{to}");
    }
}

#[test]
fn atlassians_own_example_verifies_and_nothing_else() {
    let secret = "It's a Secret to Everybody";
    let signature = "sha256=a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9";
    assert!(verify(secret, signature, b"Hello World!"));
    assert!(!verify(secret, signature, b"Hello World") && !verify("other", signature, b"Hello World!"));
    for bad in ["", "sha256=", &signature[7..], &signature.to_uppercase(), "sha1=a4771c39"] {
        assert!(!verify(secret, bad, b"Hello World!"), "{bad}");
    }
    let forged = format!("sha256={}", standins::vendor::hmac("", "x"));
    assert!(!verify("", &forged, b"x"), "an empty secret is no secret");
}

fn body() -> Value {
    let item = json!({"field": "status", "fromString": "To Do", "toString": "Approved"});
    json!({
        "timestamp": now(), "webhookEvent": "jira:issue_updated", "user": {"accountId": JANE},
        "issue": {"key": "OPS-1", "fields": {"labels": ["countersign", ID]}},
        "changelog": {"id": "10124", "author": {"accountId": "somebody"}, "items": [{"field": "labels"}, item]},
    })
}

fn without(place: &str, with: Value) -> Value {
    let mut changed = body();
    *changed.pointer_mut(place).unwrap() = with;
    changed
}

#[test]
fn what_is_not_a_move_of_ours_is_nothing() {
    let nothing = [
        without("/webhookEvent", json!("jira:issue_created")),
        without("/issue/fields/labels", json!([ID])),
        without("/issue/fields/labels", json!(null)),
        without("/changelog/items", json!([{"field": "summary", "toString": "Approved"}])),
        json!({"webhookEvent": "comment_created"}),
    ];
    for payload in nothing {
        assert_eq!(read(payload.to_string().as_bytes(), asked()), Ok(Callback::Nothing), "{payload}");
    }
}

#[test]
fn nothing_hostile_is_understood() {
    let hour = 3_600_000;
    let bad = [
        without("/user/accountId", json!("a b")),
        without("/user/accountId", json!(7)),
        without("/user", json!(null)),
        without("/issue/key", json!("OPS-1/../x")),
        without("/issue/key", json!("ops-1")),
        without("/issue/fields/labels", json!(["countersign", ID, "appr_00000000000000000000000000"])),
        without("/issue/fields/labels", json!(["countersign"])),
        without("/changelog/items", json!([{"field": "status"}])),
        without("/changelog/id", json!("new")),
        without(
            "/changelog/items",
            json!([{"field": "status", "toString": "a"}, {"field": "status", "toString": "b"}]),
        ),
        without("/timestamp", json!(now() - 3 * hour)),
        without("/timestamp", json!(now() + hour)),
        without("/timestamp", json!(null)),
        json!({}),
        json!([]),
    ];
    for payload in bad {
        assert!(read(payload.to_string().as_bytes(), asked()).is_err(), "{payload}");
    }
    for body in ["", "{", &"[".repeat(200_000), "\u{0}"] {
        assert!(read(body.as_bytes(), asked()).is_err());
    }
    assert!(read(body().to_string().as_bytes(), Timestamp::from_millisecond(now() + hour).unwrap()).is_ok());
    let sent = signed(body().to_string(), 1).forged(JANE, "somebody");
    assert!(!verify(WEBHOOK_SECRET, sent.header("x-hub-signature"), sent.body.as_bytes()));
}
