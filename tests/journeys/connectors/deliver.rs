//! Approvals reach people through webhooks, Teams, Jira and PagerDuty: posted, brought up to date, tried again, given up.

use crate::harness::{Asked, Start, System, body};
use crate::journeys::connectors::stage::{CONNECTORS, jira, pagerduty, teams, webhook};
use crate::journeys::slack::stage::by_hand;
use crate::routes::key_in;
use app::sweep::tell_ahead::Ahead;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use standins::jira::JiraStandin;
use standins::pagerduty::PagerDutyStandin;
use standins::teams::{Fault as TeamsFault, TeamsStandin};
use standins::vendor::Fault;
use standins::webhook::{Fault as WebhookFault, WebhookStandin};

const POLICY: &str = r#"
people:
  jane: ["user:jane@acme.com"]
  omar: ["user:omar@acme.com"]
routing: { defaultTimeoutSec: 36000 }
defaults: { superApprovers: ["user:approver@localhost", "user:jane@acme.com", "user:omar@acme.com"] }
actions:
  by.any: { approvers: { minApprovals: 1 }, severity: critical }
  by.two: { approvers: { minApprovals: 2 }, allowParamOverrides: true, overrideKeys: ["note"] }
  by.all: { approvers: { minApprovals: 1 }, delivery: { mode: all } }
  first.then: { approvers: { minApprovals: 1 }, delivery: { connectors: [One, TWO], mode: first_success } }
  one.only: { approvers: { minApprovals: 1 }, delivery: { connectors: [one] } }
  one.closed: { approvers: { minApprovals: 1 }, delivery: { connectors: [one], fallbackToUi: false } }
  nobody.closed: { approvers: { minApprovals: 1 }, delivery: { connectors: [missing], fallbackToUi: false } }
  nobody.open: { approvers: { minApprovals: 1 }, delivery: { connectors: [missing] } }
  short.lived: { approvers: { minApprovals: 1 }, timeoutSec: 150, delivery: { connectors: [one] } }
  louder:
    approvers: { minApprovals: 1 }
    timeoutSec: 240
    delivery: { connectors: [one] }
    escalation: { escalateBeforeSec: 120, connectors: [two] }
"#;

async fn host() -> System {
    Start::fresh().at(by_hand()).under(POLICY).start().await
}

/// A host with connectors `one` and `two`, both webhooks.
async fn two_hooks() -> (System, [WebhookStandin; 2], [Value; 2]) {
    let (one, two) = (WebhookStandin::start().await.unwrap(), WebhookStandin::start().await.unwrap());
    let system = host().await;
    let first = system.connector(webhook("one", &one.url(), one.secret())).await;
    system.clock.advance(SignedDuration::from_secs(1));
    let second = system.connector(webhook("two", &two.url(), two.secret())).await;
    (system, [one, two], [first, second])
}

/// The kinds of what an endpoint took about a request, oldest first.
fn kinds(hook: &WebhookStandin, asked: &Asked) -> Vec<String> {
    let of = |body: &Value| body["data"]["approval_id"] == *asked.id;
    assert_eq!(hook.refusals(), Vec::<String>::new());
    hook.deliveries().iter().filter(|d| of(&d.body)).map(|d| d.kind().to_owned()).collect()
}

async fn vote(system: &System, who: &str, asked: &Asked, body: Value) {
    let key = system.key(&format!("user:{who}@acme.com"), &["approver"]).await;
    let answer = system.resolve(&key, &asked.id, body).await;
    assert_eq!(answer.0, 200, "{answer:?}");
    system.settle().await;
}

/// Ends requests in each way there is; the words of their ends.
async fn ended(system: &System) -> Vec<(Asked, &'static str)> {
    let mut all = Vec::new();
    for end in ["approved", "denied", "cancelled", "expired"] {
        all.push((system.ask_and_settle("by.any", json!({ "end": end })).await, end));
    }
    for (asked, end) in &all[..2] {
        system.decide(asked, end).await;
    }
    let cancel = json!({ "token": all[2].0.token });
    assert_eq!(system.call("", "POST", "/api/guard/cancel", cancel).await.0, 200);
    system.settle().await;
    system.clock.advance(SignedDuration::from_hours(10));
    system.sweep().await;
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_is_told_of_each_change_and_of_each_end() {
    let (hook, system) = (WebhookStandin::start().await.unwrap(), host().await);
    system.connector(webhook("hook", &hook.url(), hook.secret())).await;
    let asked = system.ask_and_settle("by.two", json!({ "note": "n" })).await;
    assert_eq!(kinds(&hook, &asked), ["approval.requested"]);
    vote(&system, "jane", &asked, json!({ "decision": "approved" })).await;
    vote(&system, "omar", &asked, json!({ "decision": "approved" })).await;
    let told = kinds(&hook, &asked);
    assert_eq!((told.len(), told.last().unwrap().as_str()), (3, "approval.approved"), "{told:?}");
    let last = hook.deliveries().pop().unwrap();
    let by = &last.body["data"]["votes"];
    assert!(by.to_string().contains("user:jane@acme.com") && by.to_string().contains("user:omar@acme.com"), "{by}");
    for (asked, end) in ended(&system).await {
        assert_eq!(kinds(&hook, &asked), ["approval.requested".to_owned(), format!("approval.{end}")]);
    }
    assert_eq!(hook.repeats(), Vec::<String>::new());
    assert_eq!(
        system.activity(&asked).await,
        ["dispatch_succeeded hook", "update_succeeded hook", "update_succeeded hook"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_teams_channel_is_told_of_a_request_and_of_its_end() {
    let (channel, system) = (TeamsStandin::start().await.unwrap(), host().await);
    system.connector(teams("teams", &channel.url())).await;
    let asked = system.ask_and_settle("by.two", json!({ "note": "n" })).await;
    vote(&system, "jane", &asked, json!({ "decision": "approved" })).await;
    vote(&system, "omar", &asked, json!({ "decision": "approved" })).await;
    assert!(channel.cards().last().unwrap().reads().contains("omar@acme.com"));
    for (asked, end) in ended(&system).await {
        let cards: Vec<_> = channel.cards().into_iter().filter(|c| c.content.to_string().contains(&asked.id)).collect();
        let last = cards.last().unwrap_or_else(|| panic!("{end}: no card")).reads().to_lowercase();
        assert!(cards.len() >= 2 && last.contains(end), "{end}: {last}");
    }
    assert_eq!(channel.refusals(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_jira_issue_is_made_once_and_follows_its_approval_to_each_end() {
    let (site, system) = (JiraStandin::start().await.unwrap(), host().await);
    system.connector(jira("jira", &site.url())).await;
    let asked = system.ask_and_settle("by.two", json!({ "note": "n" })).await;
    vote(&system, "jane", &asked, json!({ "decision": "approved" })).await;
    assert_eq!(site.issues().len(), 1);
    vote(&system, "omar", &asked, json!({ "decision": "approved" })).await;
    let issue = site.issues().remove(0);
    assert!(issue.labels.contains(&asked.id), "{:?}", issue.labels);
    assert!(issue.reads().contains("omar@acme.com") && issue.reads().contains("jane@acme.com"), "{}", issue.reads());
    for (asked, end) in ended(&system).await {
        let issues: Vec<_> = site.issues().into_iter().filter(|i| i.labels.contains(&asked.id)).collect();
        assert_eq!(issues.len(), 1, "{end}");
        let told = format!("{}\n{}", issues[0].reads(), issues[0].said().join("\n")).to_lowercase();
        assert!(told.contains(end), "{end}: {told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pagerduty_alert_is_triggered_and_resolved_at_each_end() {
    let (pager, system) = (PagerDutyStandin::start().await.unwrap(), host().await);
    system.connector(pagerduty("pager", &pager.url())).await;
    let asked = system.ask_and_settle("by.two", json!({ "note": "n" })).await;
    vote(&system, "jane", &asked, json!({ "decision": "approved" })).await;
    assert!(pager.alerts().iter().all(|a| !a.resolved), "one vote is no end");
    vote(&system, "omar", &asked, json!({ "decision": "approved" })).await;
    let alerts = pager.alerts();
    assert_eq!((alerts.len(), alerts[0].dedup_key.as_str(), alerts[0].resolved), (1, asked.id.as_str(), true));
    for (asked, end) in ended(&system).await {
        let alerts: Vec<_> = pager.alerts().into_iter().filter(|a| a.dedup_key == asked.id).collect();
        assert_eq!(alerts.len(), 1, "{end}");
        assert!(alerts[0].resolved, "{end}");
        assert_eq!(alerts[0].events[0]["payload"]["severity"], "critical");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_is_told_by_every_connector_of_mode_all() {
    let policy = POLICY.replace(
        "  by.two: { approvers: { minApprovals: 2 }",
        "  by.two: { delivery: { mode: all }, approvers: { minApprovals: 2 }",
    );
    let system = Start::fresh().at(by_hand()).under(&policy).start().await;
    let (hook, channel) = (WebhookStandin::start().await.unwrap(), TeamsStandin::start().await.unwrap());
    let (site, pager) = (JiraStandin::start().await.unwrap(), PagerDutyStandin::start().await.unwrap());
    system.connector(webhook("hook", &hook.url(), hook.secret())).await;
    system.connector(teams("teams", &channel.url())).await;
    system.connector(jira("jira", &site.url())).await;
    system.connector(pagerduty("pager", &pager.url())).await;
    let asked = system.ask_and_settle("by.two", json!({ "note": "n" })).await;
    let edit = json!({ "decision": "approved", "modified_action": { "note": "edited-by-jane" } });
    vote(&system, "jane", &asked, edit).await;
    assert_eq!(hook.deliveries().len(), 2);
    assert!(hook.deliveries()[1].body["data"]["params"].to_string().contains("edited-by-jane"));
    assert!(site.issues()[0].reads().contains("edited-by-jane"), "{}", site.issues()[0].reads());
    assert!(channel.cards().last().unwrap().reads().contains("edited-by-jane"));
    assert!(pager.alerts()[0].events.last().unwrap().to_string().contains("edited-by-jane"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_for_a_moment_is_posted_by_the_second_and_by_it_alone() {
    for fault in [
        WebhookFault::Status(500, None),
        WebhookFault::Status(429, Some(600)),
        WebhookFault::Reset,
        WebhookFault::Status(408, None),
    ] {
        let (system, [one, two], _) = two_hooks().await;
        one.fail_next(fault.clone());
        let asked = system.ask_and_settle("first.then", json!({})).await;
        assert_eq!((kinds(&one, &asked).len(), kinds(&two, &asked).len()), (0, 1), "{fault:?}");
        system.minutes(90).await;
        assert_eq!((one.calls(), two.calls()), (1, 1), "{fault:?}: it is carried, so nobody else is bothered");
        system.decide(&asked, "approved").await;
        assert_eq!((kinds(&one, &asked).len(), kinds(&two, &asked).len()), (0, 2));
        let mut activity = system.activity(&asked).await;
        activity.sort();
        let expected =
            ["dispatch_failed one", "dispatch_skipped one", "dispatch_succeeded two", "update_succeeded two"];
        assert_eq!(activity, expected, "{fault:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rounds_come_back_until_one_takes_it() {
    let (system, [one, two], _) = two_hooks().await;
    for hook in [&one, &two] {
        (0..2).for_each(|_| hook.fail_next(WebhookFault::Status(503, None)));
    }
    let asked = system.ask_and_settle("first.then", json!({})).await;
    assert_eq!((one.calls(), two.calls()), (1, 1));
    let mut ahead = Ahead::since(system.clock.now());
    system.seconds(&mut ahead, 2).await;
    assert_eq!((one.calls(), two.calls()), (2, 2), "after a second");
    system.seconds(&mut ahead, 2).await;
    assert_eq!((one.calls(), two.calls()), (2, 2), "not yet");
    system.seconds(&mut ahead, 4).await;
    assert_eq!((one.calls(), two.calls()), (3, 2), "after four more, in order, and the first takes it");
    assert_eq!(kinds(&one, &asked), ["approval.requested"]);
    system.decide(&asked, "denied").await;
    assert_eq!(kinds(&two, &asked), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_for_good_drops_a_connector_and_the_others_go_on() {
    let (system, [one, two], _) = two_hooks().await;
    one.fail_next(WebhookFault::Status(403, None));
    two.fail_next(WebhookFault::Status(500, None));
    let asked = system.ask_and_settle("first.then", json!({})).await;
    system.minutes(3).await;
    assert_eq!((one.calls(), two.calls()), (1, 2), "who refused is not asked again");
    assert_eq!(kinds(&two, &asked), ["approval.requested"]);
    let letters = system.dead_letters().await;
    assert_eq!(letters.len(), 1, "{letters:?}");
    let found = [&letters[0]["connector_name"], &letters[0]["request_id"], &letters[0]["status_code"]];
    assert_eq!(found, [&json!("one"), &json!(asked.id), &json!(403)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn all_means_every_one_each_on_its_own() {
    let (system, [one, two], _) = two_hooks().await;
    one.fail_next(WebhookFault::Status(500, None));
    let asked = system.ask_and_settle("by.all", json!({})).await;
    assert_eq!((kinds(&one, &asked).len(), kinds(&two, &asked).len()), (0, 1));
    system.minutes(2).await;
    assert_eq!((kinds(&one, &asked).len(), kinds(&two, &asked).len()), (1, 1), "one more try for the one alone");
    system.decide(&asked, "approved").await;
    for hook in [&one, &two] {
        assert_eq!(kinds(hook, &asked), ["approval.requested", "approval.approved"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_workspaces_defaults_hold_where_the_policy_is_silent() {
    let (system, [one, two], _) = two_hooks().await;
    let first = system.ask_and_settle("by.any", json!({})).await;
    assert_eq!((kinds(&one, &first).len(), kinds(&two, &first).len()), (1, 0), "the one made first");
    let all = json!({ "default_delivery_mode": "all", "default_fallback_to_ui": false });
    assert_eq!(system.connectors("PUT", "/defaults", all).await.0, 200);
    let second = system.ask_and_settle("by.any", json!({})).await;
    assert_eq!((kinds(&one, &second).len(), kinds(&two, &second).len()), (1, 1));
    for hook in [&one, &two] {
        hook.fail_next(WebhookFault::Status(400, None));
    }
    let third = system.ask_and_settle("by.any", json!({})).await;
    assert_eq!(system.poll(&third.token).await["status"], "denied");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nobody_takes_it_it_waits_in_the_inbox_which_is_noted_once() {
    let (system, [one, _two], _) = two_hooks().await;
    one.fail_next(WebhookFault::Status(400, None));
    let asked = system.ask_and_settle("one.only", json!({})).await;
    assert_eq!(system.activity(&asked).await, ["dispatch_failed one", "fallback_to_ui one"]);
    let noted = system.activities(&asked).await.pop().unwrap();
    assert_eq!(noted["message"], "one: the endpoint answered with HTTP 400");
    system.minutes(5).await;
    assert_eq!(system.activity(&asked).await.len(), 2, "once");
    system.decide(&asked, "approved").await;
    assert_eq!(system.poll(&asked.token).await["status"], "approved");
    assert_eq!(one.calls(), 1);

    let nobody = system.ask_and_settle("nobody.open", json!({})).await;
    assert_eq!(system.poll(&nobody.token).await["status"], "ready_for_approval");
    let noted = system.activities(&nobody).await;
    let why = "missing: there is no such connector, or it is disabled";
    assert_eq!((&noted[0]["event"], &noted[0]["message"]), (&json!("fallback_to_ui"), &json!(why)));
    system.minutes(5).await;
    system.decide(&nobody, "approved").await;
    system.minutes(5).await;
    assert_eq!(system.activity(&nobody).await, ["fallback_to_ui -"], "once");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nobody_takes_it_and_the_inbox_is_closed_it_is_denied_and_the_agent_told_why() {
    let (system, [one, _two], _) = two_hooks().await;
    one.fail_next(WebhookFault::Status(400, None));
    for (action, why) in [
        ("one.closed", "one: the endpoint answered with HTTP 400"),
        ("nobody.closed", "missing: there is no such connector, or it is disabled"),
    ] {
        let asked = system.ask_and_settle(action, json!({})).await;
        let told = system.poll(&asked.token).await;
        assert_eq!((&told["status"], &told["reasonCode"]), (&json!("denied"), &json!("delivery_failed")), "{told}");
        let (_, item) = system.get(&system.keys.admin, &format!("/approvals/{}", asked.id)).await;
        let last = item["history"].as_array().unwrap().last().unwrap().clone();
        assert!(last.to_string().contains(why), "{last}");
        assert_eq!(told["reason"], why);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn gone_disables_a_webhook_which_says_so_until_it_is_enabled_again() {
    let (system, [one, _two], [row, _]) = two_hooks().await;
    one.fail_next(WebhookFault::Status(410, None));
    let asked = system.ask_and_settle("one.only", json!({})).await;
    let now = system.connector_now(&row).await;
    assert_eq!((&now["enabled"], &now["disabled_reason"]), (&json!(false), &json!("the endpoint answered 410 Gone")));
    let activity = system.activity(&asked).await;
    assert_eq!(activity, ["dispatch_failed one", "connector_disabled one", "fallback_to_ui one"]);
    system.ask_and_settle("one.only", json!({})).await;
    system.minutes(3).await;
    assert_eq!(one.calls(), 1, "it gets nothing more");
    let path = format!("/{}", row["id"].as_str().unwrap());
    let (status, again) = system.connectors("PATCH", &path, json!({ "enabled": true })).await;
    assert_eq!((status, &again["enabled"], &again["disabled_reason"]), (200, &json!(true), &Value::Null));
    let next = system.ask_and_settle("one.only", json!({})).await;
    assert_eq!(kinds(&one, &next), ["approval.requested"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn gone_on_an_update_disables_it_as_well() {
    let (system, [one, _two], [row, _]) = two_hooks().await;
    let asked = system.ask_and_settle("one.only", json!({})).await;
    (0..3).for_each(|_| one.fail_next(WebhookFault::Status(410, None)));
    system.decide(&asked, "approved").await;
    assert_eq!(system.connector_now(&row).await["enabled"], false);
    let calls = one.calls();
    system.minutes(5).await;
    assert_eq!(one.calls(), calls);
}

#[tokio::test(flavor = "multi_thread")]
async fn eight_rounds_are_enough_and_a_dead_letter_is_replayed_by_hand() {
    let (system, [one, _two], _) = two_hooks().await;
    (0..9).for_each(|_| one.fail_next(WebhookFault::Status(503, None)));
    let asked = system.ask_and_settle("one.only", json!({})).await;
    assert!(system.dead_letters().await.is_empty());
    system.minutes(90).await;
    assert_eq!(one.calls(), 8, "eight rounds");
    let letters = system.dead_letters().await;
    assert_eq!(letters.len(), 1, "{letters:?}");
    assert_eq!(
        (&letters[0]["message"], &letters[0]["status_code"]),
        (&json!("the endpoint answered with HTTP 503"), &json!(503))
    );
    let mut expected = vec!["dispatch_failed one"; 8];
    expected.push("fallback_to_ui one");
    assert_eq!(system.activity(&asked).await, expected);

    let replay = format!("/dead-letters/{}/replay", letters[0]["id"].as_str().unwrap());
    let (status, answer) = system.connectors("POST", &replay, Value::Null).await;
    assert_eq!((status, answer), (200, json!({ "id": letters[0]["id"], "status": "replayed" })));
    system.settle().await;
    assert_eq!((one.calls(), kinds(&one, &asked).len()), (9, 0), "it fails once more");
    assert!(system.dead_letters().await.is_empty());
    assert_eq!(system.connectors("POST", &replay, Value::Null).await.0, 404, "once");
    system.minutes(2).await;
    assert_eq!(kinds(&one, &asked), ["approval.requested"], "and then it is in the rounds again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wait_that_is_asked_for_is_kept() {
    let (system, [one, _two], _) = two_hooks().await;
    one.fail_next(WebhookFault::Status(429, Some(600)));
    let asked = system.ask_and_settle("one.only", json!({})).await;
    system.minutes(9).await;
    assert_eq!(one.calls(), 1, "it asked to be left alone");
    system.minutes(2).await;
    assert_eq!(kinds(&one, &asked), ["approval.requested"]);
    one.fail_next(WebhookFault::Status(503, Some(1)));
    system.decide(&asked, "approved").await;
    assert_eq!(kinds(&one, &asked), ["approval.requested", "approval.approved"], "a second is waited out");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wait_may_be_asked_for_by_a_date() {
    let (system, [one, _two], _) = two_hooks().await;
    let date = |at: Timestamp| at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    let in_ten_minutes = system.clock.now() + SignedDuration::from_mins(10);
    one.fail_next(WebhookFault::Busy(date(in_ten_minutes)));
    let asked = system.ask_and_settle("one.only", json!({})).await;
    system.minutes(9).await;
    assert_eq!(one.calls(), 1, "it asked to be left alone");
    system.minutes(2).await;
    assert_eq!(kinds(&one, &asked), ["approval.requested"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_absurd_wait_that_is_asked_for_ends_after_a_day() {
    for seconds in [u64::MAX, i64::MAX as u64, 9_000_000_000_000, 100_000_000_000] {
        let (system, [one, _two], _) = two_hooks().await;
        one.fail_next(WebhookFault::Status(429, Some(seconds)));
        let asked = system.ask_and_settle("one.only", json!({})).await;
        assert_eq!(
            (one.calls(), system.activity(&asked).await),
            (1, vec!["dispatch_failed one".to_owned()]),
            "{seconds}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_who_asks_for_a_long_wait_does_not_hold_up_the_other() {
    let (system, [one, two], _) = two_hooks().await;
    one.fail_next(WebhookFault::Status(429, Some(3_600)));
    (0..3).for_each(|_| two.fail_next(WebhookFault::Status(503, None)));
    let asked = system.ask_and_settle("first.then", json!({})).await;
    system.minutes(12).await;
    assert_eq!((one.calls(), two.calls()), (1, 4));
    assert_eq!(kinds(&two, &asked), ["approval.requested"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vote_in_between_begins_no_round_early() {
    let (system, [one, _two], _) = two_hooks().await;
    (0..2).for_each(|_| one.fail_next(WebhookFault::Status(503, None)));
    let policy =
        POLICY.replace("one.only: { approvers: { minApprovals: 1 }", "one.only: { approvers: { minApprovals: 3 }");
    system.put_policy(&policy).await;
    let asked = system.ask_and_settle("one.only", json!({})).await;
    for who in ["jane", "omar"] {
        vote(&system, who, &asked, json!({ "decision": "approved" })).await;
    }
    assert_eq!(one.calls(), 1);
    system.minutes(5).await;
    assert_eq!(kinds(&one, &asked).len(), 1, "what is, once");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_told_of_what_has_passed_its_deadline() {
    let (system, [one, _two], _) = two_hooks().await;
    (0..9).for_each(|_| one.fail_next(WebhookFault::Status(503, None)));
    let asked = system.ask_and_settle("short.lived", json!({})).await;
    system.minutes(30).await;
    assert_eq!(system.poll(&asked.token).await["status"], "expired");
    assert_eq!(one.calls(), 3, "at once, and twice while it was open; then it was over");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_escalation_tells_further_connectors() {
    let (system, [one, two], _) = two_hooks().await;
    let asked = system.ask_and_settle("louder", json!({})).await;
    assert_eq!((kinds(&one, &asked).len(), two.calls()), (1, 0));
    system.minutes(3).await;
    assert_eq!(kinds(&one, &asked), ["approval.requested", "approval.escalated"]);
    assert_eq!(kinds(&two, &asked).len(), 1);
    system.decide(&asked, "approved").await;
    for hook in [&one, &two] {
        assert_eq!(kinds(hook, &asked).last().unwrap(), "approval.approved");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connector_that_is_disabled_or_deleted_carries_nothing_more() {
    let (system, [one, two], [first, second]) = two_hooks().await;
    let path = |row: &Value| format!("/{}", row["id"].as_str().unwrap());
    assert_eq!(system.connectors("PATCH", &path(&first), json!({ "enabled": false })).await.0, 200);
    let asked = system.ask_and_settle("first.then", json!({})).await;
    assert_eq!((one.calls(), kinds(&two, &asked).len()), (0, 1));
    assert_eq!(system.connectors("DELETE", &format!("{}?force=true", path(&second)), Value::Null).await.0, 200);
    let nobody = system.ask_and_settle("first.then", json!({})).await;
    assert_eq!((one.calls(), two.calls()), (0, 1));
    system.decide(&nobody, "approved").await;
    assert_eq!(system.poll(&nobody.token).await["status"], "approved");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_vendor_that_fails_for_a_moment_is_tried_again_and_shows_it_once() {
    let system = host().await;
    let (channel, site, pager) = (
        TeamsStandin::start().await.unwrap(),
        JiraStandin::start().await.unwrap(),
        PagerDutyStandin::start().await.unwrap(),
    );
    system.connector(teams("teams", &channel.url())).await;
    system.connector(jira("jira", &site.url())).await;
    system.connector(pagerduty("pager", &pager.url())).await;
    channel.fail_next(TeamsFault::Error(503, "ServiceUnavailable"));
    site.fail_at("POST /rest/api/3/issue", Fault::Halved);
    pager.fail_next(Fault::RateLimited(30));
    let asked = system.ask_and_settle("by.all", json!({})).await;
    system.minutes(3).await;
    assert_eq!((channel.cards().len(), site.issues().len(), pager.alerts().len()), (1, 1, 1));
    system.decide(&asked, "approved").await;
    assert_eq!((site.issues().len(), pager.alerts().len(), pager.alerts()[0].resolved), (1, 1, true));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_workspace_has_connectors_of_its_own() {
    let (system, [one, two], _) = two_hooks().await;
    let there = WebhookStandin::start().await.unwrap();
    let admin = key_in(&system, "away", "user:admin@acme.com", &["admin"]).await;
    let agent = key_in(&system, "away", "agent:demo", &["agent"]).await;
    let approver = key_in(&system, "away", "user:approver@localhost", &["approver"]).await;
    let away = async |key: &str, method: &str, path: &str, body: &Value| {
        let call = system.request(method, path).bearer_auth(key).header("x-workspace-namespace", "away").json(body);
        let answer = call.send().await.unwrap();
        let (status, answer) = (answer.status().as_u16(), answer.json::<Value>().await.unwrap());
        assert!(status < 300, "{method} {path}: {status} {answer}");
        answer
    };
    let policy: Value = json!({ "actions": {
        "one.only": { "approvers": { "anyOf": ["user:approver@localhost"] }, "delivery": { "connectors": ["one"] } },
    } });
    away(&admin, "PUT", "/api/settings/policy", &policy).await;
    away(&admin, "POST", CONNECTORS, &webhook("one", &there.url(), there.secret())).await;
    let asked = away(&agent, "POST", "/api/guard/request", &body("one.only", json!({}))).await;
    system.settle().await;
    let id = asked["requestId"].as_str().unwrap();
    away(&approver, "POST", &format!("/approvals/{id}/resolve"), &json!({ "decision": "approved" })).await;
    system.settle().await;
    let told: Vec<_> =
        there.deliveries().iter().map(|d| (d.kind().to_owned(), d.body["data"]["workspace"].clone())).collect();
    assert_eq!(
        told,
        [("approval.requested".to_owned(), json!("away")), ("approval.approved".to_owned(), json!("away"))]
    );
    assert_eq!((one.calls(), two.calls()), (0, 0));
    assert_eq!(system.connectors("GET", "/activity", Value::Null).await.1, json!([]));
    let activity = system.request("GET", &format!("{CONNECTORS}/activity")).bearer_auth(&admin);
    let activity: Value = activity.header("x-workspace-namespace", "away").send().await.unwrap().json().await.unwrap();
    assert_eq!(activity.as_array().unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vendor_that_asks_for_a_second_gets_the_card_in_seconds() {
    for faults in 1..=2 {
        let (system, [one, _two], _) = two_hooks().await;
        (0..faults).for_each(|_| one.fail_next(WebhookFault::Status(429, Some(1))));
        let asked = system.ask_for(body("one.only", json!({}))).await;
        // The first wait is waited out where it is, by the machine's clock; the next ones are timers, by the clock that is set by hand.
        system.settle().await;
        let mut ahead = Ahead::since(system.clock.now());
        system.seconds(&mut ahead, 3).await;
        assert_eq!(kinds(&one, &asked), ["approval.requested"], "{faults} in a row");
        assert_eq!(one.calls(), faults + 1);
    }
}
