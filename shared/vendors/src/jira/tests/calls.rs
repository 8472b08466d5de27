//! The calls, against a Jira that is as strict as Jira.

use super::{connector, jira};
use crate::jira::Client;
use crate::samples::{approved, asked, extremes, notice, sample};
use crate::{Failure, Http};
use domain::Approval;
use domain::delivery::Address;
use serde_json::json;
use standins::jira::{ACCOUNT, API_TOKEN, JiraStandin};
use standins::vendor::Fault;
use std::time::Duration;

async fn shown(client: &Client, approval: &Approval, before: Option<&Address>) -> Address {
    client.show(&notice(approval), before).await.unwrap()
}

fn calls(jira: &JiraStandin) -> Vec<String> {
    jira.taken().iter().map(|t| format!("{} {}", t.method, t.path.trim_start_matches("/rest/api/3/"))).collect()
}

fn edited() -> Approval {
    let edit = json!({"seq": 2, "at": asked(), "event": "edited", "by": "slack:T1/U9", "note": "to"});
    sample(json!({"params": {"to": "eve@acme.com"}, "history": [edit]}))
}

#[tokio::test]
async fn an_issue_is_made_edited_and_moved_to_its_end() {
    let (jira, client) = jira().await;
    let first = shown(&client, &sample(json!({})), None).await;
    assert_eq!(
        (first.ts.as_deref(), first.channel.as_deref(), first.app.as_deref()),
        (Some("OPS-1"), Some(&*jira.url()), Some("1"))
    );
    assert_eq!(calls(&jira), ["POST search/jql", "POST issue"]);
    let second = shown(&client, &edited(), Some(&first)).await;
    let issue = jira.issue("OPS-1").unwrap();
    assert!(issue.descriptions.len() == 2 && issue.reads().contains("eve@acme.com") && issue.status() == "To Do");
    assert!(issue.said().len() == 1 && issue.said()[0].contains("Edited by slack:T1/U9"));
    let third = shown(&client, &approved(), Some(&second)).await;
    let issue = jira.issue("OPS-1").unwrap();
    assert_eq!(issue.statuses, ["To Do", "Approved"]);
    assert!(issue.said()[1].starts_with("Approved by slack:T1/U7, user:omar@acme.com"), "{:?}", issue.said());
    shown(&client, &approved(), Some(&third)).await;
    let again = jira.issue("OPS-1").unwrap();
    assert!(again.comments.len() == 2 && again.statuses.len() == 2, "said and moved once");
}

#[tokio::test]
async fn whatever_is_drawn_is_taken() {
    let (jira, client) = jira().await;
    let mut before = None;
    for params in extremes() {
        before = Some(shown(&client, &sample(json!({ "params": params })), before.as_ref()).await);
    }
    let reason = "\u{202e}\n\"".repeat(2_000);
    shown(&client, &sample(json!({"status": "denied", "reason": reason})), before.as_ref()).await;
    let issue = jira.issue("OPS-1").unwrap();
    assert_eq!((issue.descriptions.len(), issue.comments.len()), (extremes().len() + 1, 1));
}

#[tokio::test]
async fn a_vote_is_only_drawn() {
    let (jira, client) = jira().await;
    let first = shown(&client, &sample(json!({})), None).await;
    let vote = json!({"by": "slack:T1/U7", "at": asked()});
    let cast = json!({"seq": 2, "at": asked(), "event": "vote_cast", "by": "slack:T1/U7"});
    shown(&client, &sample(json!({"votes": [vote], "history": [cast]})), Some(&first)).await;
    assert_eq!(calls(&jira)[2..], ["PUT issue/OPS-1"]);
    assert!(jira.issue("OPS-1").unwrap().reads().contains("1 of 2 approvals by slack:T1/U7"));
}

#[tokio::test]
async fn an_issue_whose_answer_was_lost_is_found_and_kept() {
    let (jira, client) = jira().await;
    jira.fail_at("POST /rest/api/3/issue", Fault::Halved);
    let lost = client.show(&notice(&sample(json!({}))), None).await.unwrap_err();
    assert!(lost.is_transient() && jira.issues().len() == 1);
    assert_eq!(shown(&client, &sample(json!({})), None).await.ts.as_deref(), Some("OPS-1"));
    assert_eq!(jira.issues().len(), 1);
}

#[tokio::test]
async fn an_issue_that_somebody_else_labelled_is_not_taken_for_ours() {
    let (jira, client) = jira().await;
    shown(&client, &sample(json!({})), None).await;
    jira.with(|j| j.issues[0].creator = "somebody".into());
    assert_eq!(shown(&client, &sample(json!({})), None).await.ts.as_deref(), Some("OPS-2"));
}

#[tokio::test]
async fn what_ended_unseen_gets_no_issue_and_another_site_its_own() {
    let (jira, client) = jira().await;
    assert_eq!(shown(&client, &approved(), None).await.ts, None);
    assert!(jira.issues().is_empty());
    let elsewhere =
        Address { channel: Some("https://old.atlassian.net".into()), ts: Some("OLD-9".into()), ..Address::default() };
    assert_eq!(shown(&client, &sample(json!({})), Some(&elsewhere)).await.ts.as_deref(), Some("OPS-1"));
}

#[tokio::test]
async fn an_issue_that_cannot_be_moved_or_edited_says_so_once() {
    let (jira, client) = jira().await;
    let first = shown(&client, &sample(json!({})), None).await;
    jira.with(|j| j.transitions.clear());
    shown(&client, &approved(), Some(&first)).await;
    let said = jira.issue("OPS-1").unwrap().said();
    assert!(said.len() == 1 && said[0].contains("could not be moved"), "{said:?}");
    let (jira, client) = super::jira().await;
    let first = shown(&client, &sample(json!({})), None).await;
    jira.with(|j| (j.demanding, j.locked) = (true, Some("To Do".into())));
    shown(&client, &approved(), Some(&first)).await;
    let said = jira.issue("OPS-1").unwrap().said();
    assert!(said[0].contains("Neither could the description be brought up to date nor"), "{said:?}");
}

#[tokio::test]
async fn names_are_looked_for_in_order_whatever_their_case() {
    let cases = [
        (vec![("finish", "DONE"), ("ok", "approved")], approved(), "approved"),
        (vec![("finish", "DONE")], approved(), "DONE"),
        (vec![("Done", "Closed"), ("No", "won’t DO")], sample(json!({"status": "denied"})), "won’t DO"),
        (vec![("Approve", "Approved")], sample(json!({"status": "expired"})), "To Do"),
    ];
    for (transitions, end, status) in cases {
        let (jira, client) = jira().await;
        let first = shown(&client, &sample(json!({})), None).await;
        jira.with(|j| j.transitions = transitions.iter().map(|(a, b)| ((*a).into(), (*b).into())).collect());
        shown(&client, &end, Some(&first)).await;
        assert_eq!(jira.issue("OPS-1").unwrap().status(), status);
    }
}

#[tokio::test]
async fn a_showing_that_broke_off_is_finished_without_repeating_itself() {
    let steps = [
        "PUT",
        "fields=creator",
        "/comment?",
        "fields=status",
        "GET /rest/api/3/issue/OPS-1/tr",
        "POST /rest/api/3/issue/OPS-1/tr",
    ];
    for step in steps.into_iter().chain(["POST /rest/api/3/issue/OPS-1/comment"]) {
        for fault in [Fault::Halved, Fault::Reset, Fault::RateLimited(3), Fault::Rubbish] {
            let (jira, client) = jira().await;
            let first = shown(&client, &sample(json!({})), None).await;
            jira.fail_at(step, fault.clone());
            let before = client.show(&notice(&approved()), Some(&first)).await;
            // A body that is nothing, or is not read, cannot break off.
            assert!(before.is_ok() || before.is_err_and(|e| e.is_transient()), "{step} {fault:?}");
            shown(&client, &approved(), Some(&first)).await;
            let issue = jira.issue("OPS-1").unwrap();
            assert_eq!((issue.comments.len(), issue.status()), (1, "Approved"), "{step} {fault:?}");
            assert_eq!(issue.statuses.len(), 2, "{step} {fault:?}");
        }
    }
}

#[tokio::test]
async fn failures_are_told_apart() {
    let (jira, client) = jira().await;
    let open = sample(json!({}));
    for (status, transient) in [
        (400, false),
        (401, false),
        (403, false),
        (404, false),
        (302, false),
        (410, false),
        (409, true),
        (500, true),
        (503, true),
    ] {
        jira.fail_next(Fault::Answer(
            status,
            json!({"errorMessages": ["what\nwent wrong"], "errors": {"summary": "is bad"}}),
        ));
        let failed = client.show(&notice(&open), None).await.unwrap_err();
        assert_eq!((failed.is_transient(), failed.status()), (transient, Some(status)), "{failed}");
        assert!(failed.to_string().contains("what⏎went wrong summary: is bad"), "{failed}");
    }
    jira.fail_next(Fault::RateLimited(7));
    let limited = client.show(&notice(&open), None).await.unwrap_err();
    assert!(
        matches!(limited, Failure::Transient { retry_after: Some(crate::RetryAfter::In(d)), status: Some(429), .. } if d.as_secs() == 7)
    );
    for fault in [
        Fault::Rubbish,
        Fault::Reset,
        Fault::Halved,
        Fault::Answer(200, json!({"error": "oops"})),
        Fault::Answer(200, json!([])),
    ] {
        jira.fail_next(fault.clone());
        assert!(client.show(&notice(&open), None).await.unwrap_err().is_transient(), "{fault:?}");
    }
    assert!(jira.issues().is_empty());
    let bad = Address { channel: Some(jira.url()), ts: Some("../../myself".into()), ..Address::default() };
    assert!(!client.show(&notice(&open), Some(&bad)).await.unwrap_err().is_transient());
}

#[tokio::test]
async fn one_showing_takes_no_longer_than_it_may() {
    let jira = JiraStandin::start().await.unwrap();
    let mut settings = connector(&jira.url());
    settings.timeout = Duration::from_millis(200);
    let hasty = Client::new(&Http::new(true).unwrap(), &settings);
    jira.fail_next(Fault::Hang);
    assert!(hasty.show(&notice(&sample(json!({}))), None).await.unwrap_err().is_transient());
}

#[tokio::test]
async fn a_probe_asks_for_the_account_and_the_project() {
    let (jira, client) = jira().await;
    client.probe("", asked()).await.unwrap();
    assert_eq!(client.myself().await.unwrap(), ACCOUNT);
    assert_eq!(calls(&jira)[..2], ["GET myself", "GET project/OPS"]);
    let mut other = connector(&jira.url());
    other.headers.insert("X-Jira-Project".into(), "NOPE".into());
    let failed = Client::new(&Http::new(true).unwrap(), &other).probe("", asked()).await.unwrap_err();
    assert!(!failed.is_transient() && failed.status() == Some(404));
    other.headers.insert("x-jira-api-token".into(), "s3cret".into());
    let client = Client::new(&Http::new(true).unwrap(), &other);
    let failed = client.probe("", asked()).await.unwrap_err();
    assert!(failed.status() == Some(401) && !format!("{failed} {client:?}").contains("s3cret"));
    let strict = Client::new(&Http::new(false).unwrap(), &connector(&jira.url())).probe("", asked()).await.unwrap_err();
    assert!(!strict.is_transient() && !strict.to_string().contains(API_TOKEN));
}
