//! Whose a callback of Jira's is: a connector's own secret says so, and a repeat has no effect.

use crate::journeys::jira::stage::{Board, EVE, JANE, OMAR, call_back, connect, connector, service};
use crate::routes::key_in;
use serde_json::{Value, json};
use standins::jira::WEBHOOK_SECRET;
use standins::vendor::{Signed, hmac};

/// The same, signed with another secret.
fn resigned(signed: &Signed, secret: &str) -> Signed {
    let mut signed = signed.clone();
    let signature = format!("sha256={}", hmac(secret, &signed.body));
    signed.headers.retain(|(name, _)| name != "x-hub-signature");
    signed.headers.push(("x-hub-signature".into(), signature));
    signed
}

#[tokio::test(flavor = "multi_thread")]
async fn only_this_connectors_own_secret_is_believed() {
    let board = Board::open().await;
    let (asked, key) = board.ask("deploy.one", service()).await;
    let (system, admin) = (&board.system, &board.system.keys.admin);
    let other = connect(system, admin, connector("other", &board.jira, "an0therSecret")).await;
    let signed = board.moved(&key, "Approved", JANE);
    let calls = board.jira.taken().len();
    let forged = [
        (board.connector.as_str(), signed.clone().without("x-hub-signature")),
        (&board.connector, signed.clone().forged(JANE, OMAR)),
        (&board.connector, signed.clone().forged("", " ")),
        // Signed with another connector's secret, and the other way round.
        (&board.connector, resigned(&signed, "an0therSecret")),
        (&other, signed.clone()),
    ];
    for (connector, forged) in forged {
        let (status, answer) = board.undecided(&asked, call_back(system, "jira", connector, &forged)).await;
        assert_eq!((status, &answer["code"]), (400, &json!("INVALID_PAYLOAD")), "{answer}");
    }
    // A connector of another secret may say what it likes of an issue that is not its own.
    let theirs = resigned(&signed, "an0therSecret");
    let answer = board.undecided(&asked, call_back(system, "jira", &other, &theirs)).await;
    assert_eq!((answer.0, board.jira.taken().len()), (200, calls), "Jira was not even asked");
    board.send(&signed).await;
    assert_eq!(system.poll(&asked.token).await["status"], "approved");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_workspaces_connector_has_no_say_even_with_the_same_site_and_secret() {
    let board = Board::open().await;
    let (asked, key) = board.ask("deploy.one", service()).await;
    let admin = key_in(&board.system, "other", "user:boss@other.com", &["admin"]).await;
    let other = connector("board", &board.jira, WEBHOOK_SECRET);
    let made = board.system.request("POST", "/api/settings/approval-connectors").bearer_auth(&admin);
    let made = made.header("x-workspace-namespace", "other").json(&other).send().await.unwrap();
    let made: Value = serde_json::from_slice(&made.bytes().await.unwrap()).unwrap();
    let id = made["id"].as_str().unwrap();
    let signed = board.moved(&key, "Approved", JANE);
    let answer = board.undecided(&asked, call_back(&board.system, "jira", id, &signed)).await;
    assert_eq!(answer, (200, Value::Null), "its signature is good, and that is all");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connector_that_is_disabled_or_deleted_hears_nothing() {
    let board = Board::open().await;
    let (asked, key) = board.ask("deploy.one", service()).await;
    let signed = board.moved(&key, "Approved", JANE);
    let (system, admin) = (&board.system, &board.system.keys.admin);
    let path = format!("/api/settings/approval-connectors/{}", board.connector);
    assert_eq!(system.call(admin, "PATCH", &path, json!({ "enabled": false })).await.0, 200);
    assert_eq!(board.undecided(&asked, call_back(system, "jira", &board.connector, &signed)).await.0, 400);
    // Another secret is another secret at once.
    let secret = json!({ "enabled": true, "headers": { "X-Jira-Webhook-Secret": "n3w" } });
    assert_eq!(system.call(admin, "PATCH", &path, secret).await.0, 200);
    assert_eq!(board.undecided(&asked, call_back(system, "jira", &board.connector, &signed)).await.0, 400);
    assert_eq!(call_back(system, "jira", &board.connector, &resigned(&signed, "n3w")).await.0, 200);
    assert_eq!(system.poll(&asked.token).await["status"], "approved");
    assert_eq!(system.call(admin, "DELETE", &path, Value::Null).await.0, 200);
    assert_eq!(call_back(system, "jira", &board.connector, &resigned(&signed, "n3w")).await.0, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeat_of_a_callback_has_no_effect() {
    let board = Board::open().await;
    // Of a stranger's move, which was undone.
    let (asked, key) = board.ask("deploy.one", service()).await;
    let stranger = board.moves(&key, "Approved", EVE).await;
    board.undecided(&asked, board.send(&stranger)).await;
    assert_eq!(board.issue(&key).comments.len(), 1);
    // Of a decision; and of the stranger's move after it.
    let approved = board.moves(&key, "Approved", JANE).await;
    let after = board.issue(&key);
    for repeat in [&approved, &stranger] {
        board.undecided(&asked, board.send(repeat)).await;
    }
    assert_eq!((board.issue(&key).statuses, board.issue(&key).comments.len()), (after.statuses, after.comments.len()));
    // Of a vote that was not the last.
    let (asked, key) = board.ask("deploy.two", service()).await;
    let vote = board.moves(&key, "Approved", JANE).await;
    board.undecided(&asked, board.send(&vote)).await;
    assert_eq!((board.issue(&key).status(), board.issue(&key).comments.len()), ("To Do", 1));
}
