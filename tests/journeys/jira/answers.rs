//! People answer in Jira, by moving issues: what counts is decided, and what does not is moved back with a comment.

use crate::harness::{Asked, body};
use crate::journeys::jira::stage::{Board, EVE, JANE, OMAR, call_back, service};
use jiff::SignedDuration;
use serde_json::{Value, json};
use standins::jira::{self, ACCOUNT};
use standins::vendor::Fault;

#[tokio::test(flavor = "multi_thread")]
async fn an_approver_who_moves_the_issue_to_approved_has_approved() {
    let board = Board::open().await;
    let (asked, key) = board.ask("deploy.one", service()).await;
    board.moves(&key, "Approved", JANE).await;
    let told = board.system.poll(&asked.token).await;
    assert_eq!((&told["status"], &told["decisionParams"]), (&json!("approved"), &service()), "{told}");
    let approval = board.inbox(&asked).await;
    let last = approval["history"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((&last["event"], &last["by"]), (&json!("approved"), &json!(format!("jira:{JANE}"))), "{approval}");
    // The issue stays where it is, and says so.
    let issue = board.issue(&key);
    assert_eq!(issue.statuses, ["To Do", "Approved"]);
    assert!(issue.reads().starts_with("Approved\n"), "{}", issue.reads());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approver_who_moves_the_issue_to_denied_has_denied() {
    let board = Board::open().await;
    let (asked, key) = board.ask("deploy.one", service()).await;
    board.moves(&key, "Denied", JANE).await;
    let told = board.system.poll(&asked.token).await;
    assert_eq!((&told["status"], &told["reasonCode"]), (&json!("denied"), &json!("denied_by_human")), "{told}");
    assert_eq!(board.issue(&key).statuses, ["To Do", "Denied"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_the_policy_does_not_name_is_told_so_and_the_issue_is_moved_back() {
    let board = Board::open().await;
    let (asked, key) = board.ask("deploy.one", service()).await;
    for to in ["Approved", "Denied"] {
        board.moved_back(&asked, &key, (to, EVE), "the policy does not name you as an approver").await;
    }
    // Omar may approve, but not as this account.
    board.moved_back(&asked, &key, ("Approved", OMAR), "the policy does not name you as an approver").await;
    board.moves(&key, "Approved", JANE).await;
    assert_eq!(board.system.poll(&asked.token).await["status"], "approved");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_approves_their_own_request_by_moving_it_but_they_may_deny_it() {
    let board = Board::open().await;
    // The person that the agent claims to ask for, and the owner of the agent's key.
    let mut asking = body("deploy.one", service());
    asking["meta"]["requester"] = json!({ "id": "jane", "source": "github" });
    let (asked, key) = board.ask_for(asking).await;
    board.moved_back(&asked, &key, ("Approved", JANE), "you cannot approve your own request; you may deny it").await;
    let owned = json!({ "name": "a", "subject": "agent:a", "roles": ["agent"], "owner": format!("jira:{JANE}") });
    let (_, made) = board.system.call(&board.system.keys.admin, "POST", "/api/settings/keys", owned).await;
    let agents = made["key"].as_str().unwrap();
    let asking = body("deploy.one", json!({ "service": "mail" }));
    let (status, answer) = board.system.call(agents, "POST", "/api/guard/request", asking).await;
    assert_eq!(status, 200, "{answer}");
    board.system.settle().await;
    let (id, token) = (answer["requestId"].as_str().unwrap().to_owned(), answer["token"].as_str().unwrap().to_owned());
    let key = board.jira.issues().into_iter().find(|issue| issue.labels.contains(&id)).unwrap().key;
    let asked = Asked { id, token, answer };
    board.moved_back(&asked, &key, ("Approved", JANE), "you cannot approve your own request").await;
    board.moves(&key, "Denied", JANE).await;
    assert_eq!(board.system.poll(&asked.token).await["status"], "denied");
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_quorum_of_two_the_first_move_counts_and_the_issue_waits_for_the_second() {
    let board = Board::open().await;
    let (asked, key) = board.ask("deploy.two", service()).await;
    board.moves(&key, "Approved", JANE).await;
    assert_eq!(board.inbox(&asked).await["approvals"], 1);
    assert_eq!(board.issue(&key).statuses, ["To Do", "Approved", "To Do"]);
    assert!(board.said(&key).contains("This approval counts, and 1 more is needed: 1 of 2."), "{}", board.said(&key));
    // The same person once more is still one of two.
    board.undecided(&asked, board.moves(&key, "Approved", JANE)).await;
    assert!(board.said(&key).contains("You approved; waiting for one of"), "{}", board.said(&key));
    assert_eq!(board.issue(&key).status(), "To Do");
    board.moves(&key, "Approved", OMAR).await;
    assert_eq!(board.system.poll(&asked.token).await["status"], "approved");
    assert_eq!(board.issue(&key).status(), "Approved");
}

#[tokio::test(flavor = "multi_thread")]
async fn while_a_persona_is_missing_an_approval_is_not_kept() {
    let board = Board::open().await;
    let (asked, key) = board.ask("deploy.checked", service()).await;
    board.moved_back(&asked, &key, ("Approved", JANE), "security must acknowledge").await;
    board.moves(&key, "Denied", JANE).await;
    assert_eq!(board.system.poll(&asked.token).await["status"], "denied");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_that_somebody_altered_decides_nothing_and_is_shown_anew() {
    let board = Board::open().await;
    let (asked, key) = board.ask("deploy.one", service()).await;
    let (ours, line) = (board.issue(&key).reads(), board.issue(&key).summary);
    let alter = |summary: &str, from: &str, to: &str| {
        board.jira.with(|jira| {
            let issue = jira.issues.iter_mut().find(|i| i.key == key).unwrap();
            let text = issue.descriptions.last().unwrap().to_string().replace(from, to);
            issue.descriptions.push(serde_json::from_str(&text).unwrap());
            issue.summary = summary.to_owned();
        });
    };
    for (summary, to) in [(line.as_str(), "tetris"), ("Deploy tetris", "billing")] {
        alter(summary, "billing", to);
        for status in ["Approved", "Denied"] {
            alter(summary, "billing", to);
            board.moved_back(&asked, &key, (status, JANE), "did not show the request").await;
            assert_eq!((board.issue(&key).reads(), board.issue(&key).summary), (ours.clone(), line.clone()));
        }
    }
    board.moves(&key, "Approved", JANE).await;
    assert_eq!(board.system.poll(&asked.token).await["status"], "approved");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_that_an_edit_has_not_reached_yet_decides_nothing() {
    let board = Board::open().await;
    let (asked, key) = board.ask("deploy.two", json!({ "service": "billing", "note": "slowly" })).await;
    board.jira.with(|jira| jira.locked = Some("To Do".into()));
    let jane = board.system.key("user:jane@acme.com", &["approver"]).await;
    let edit = json!({ "decision": "approved", "modified_action": { "note": "at once" } });
    assert_eq!(board.system.resolve(&jane, &asked.id, edit).await.0, 200);
    board.system.settle().await;
    assert!(board.issue(&key).reads().contains("slowly"), "the edit has not reached it");
    board.jira.with(|jira| jira.locked = None);
    board.moved_back(&asked, &key, ("Approved", OMAR), "did not show the request as it is now").await;
    assert!(board.issue(&key).reads().contains("at once"), "{}", board.issue(&key).reads());
    board.moves(&key, "Approved", OMAR).await;
    assert_eq!(board.system.poll(&asked.token).await["decisionParams"]["note"], "at once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_move_that_is_told_late_does_not_count_for_what_an_edit_made_of_it() {
    let board = Board::open().await;
    let (asked, key) = board.ask("deploy.two", json!({ "service": "billing", "note": "slowly" })).await;
    // Omar moves the issue, and Jira's callback is late. Jane edits meanwhile, and the issue is updated in its new status.
    let late = board.moved(&key, "Approved", OMAR);
    let jane = board.system.key("user:jane@acme.com", &["approver"]).await;
    let edit = json!({ "decision": "approved", "modified_action": { "note": "at once" } });
    assert_eq!(board.system.resolve(&jane, &asked.id, edit).await.0, 200);
    board.system.settle().await;
    assert!(board.issue(&key).reads().contains("at once") && board.issue(&key).status() == "Approved");
    board.undecided(&asked, board.send(&late)).await;
    assert!(board.said(&key).contains("did not show the request as it is now"), "{}", board.said(&key));
    assert_eq!(board.issue(&key).status(), "To Do");
    board.moves(&key, "Approved", OMAR).await;
    assert_eq!(board.system.poll(&asked.token).await["decisionParams"]["note"], "at once");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_long_to_be_shown_whole_is_not_decided_by_a_move() {
    let board = Board::open().await;
    let (asked, key) = board.ask("deploy.one", json!({ "service": "billing", "plan": "x".repeat(40_000) })).await;
    board.moved_back(&asked, &key, ("Approved", JANE), "too long to be shown here to its end").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_our_own_account_moves_is_nobodys_answer() {
    let board = Board::open().await;
    let (asked, key) = board.ask("deploy.one", service()).await;
    for to in ["Approved", "Denied"] {
        board.undecided(&asked, board.moves(&key, to, ACCOUNT)).await;
        assert_eq!((board.issue(&key).status(), board.issue(&key).comments.len()), (to, 0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_move_to_any_other_status_is_no_answer() {
    let board = Board::open().await;
    let (asked, key) = board.ask("deploy.one", service()).await;
    for to in ["In Progress", "Done", "To Do"] {
        board.undecided(&asked, board.moves(&key, to, JANE)).await;
        assert_eq!((board.issue(&key).status(), board.issue(&key).comments.len()), (to, 0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_that_was_moved_on_meanwhile_is_left_to_its_newest_move() {
    let board = Board::open().await;
    let (asked, key) = board.ask("deploy.one", service()).await;
    let (first, second) = (board.moved(&key, "Approved", JANE), board.moved(&key, "Denied", JANE));
    board.undecided(&asked, board.send(&first)).await;
    assert_eq!(board.issue(&key).status(), "Denied");
    board.send(&second).await;
    assert_eq!(board.system.poll(&asked.token).await["status"], "denied");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_of_the_issue_is_not_the_issue() {
    let board = Board::open().await;
    let (asked, key) = board.ask("deploy.one", service()).await;
    let copy = jira::Issue { key: "OPS-99".into(), ..board.issue(&key) };
    board.jira.with(|jira| jira.issues.push(copy));
    board.undecided(&asked, board.moves("OPS-99", "Approved", JANE)).await;
    // Nor is another approval's issue, whatever its labels say.
    let (other, theirs) = board.ask("deploy.two", service()).await;
    board.jira.with(|jira| {
        let issue = jira.issues.iter_mut().find(|i| i.key == theirs).unwrap();
        issue.labels = vec!["countersign".into(), asked.id.clone()];
    });
    board.undecided(&asked, board.undecided(&other, board.moves(&theirs, "Approved", JANE))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_move_after_the_deadline_decides_nothing_and_is_undone() {
    let board = Board::open().await;
    let (asked, key) = board.ask("deploy.soon", service()).await;
    board.system.clock.advance(SignedDuration::from_secs(60));
    board.moves(&key, "Approved", JANE).await;
    assert!(board.said(&key).contains("the time to decide is over"), "{}", board.said(&key));
    assert_eq!(board.system.poll(&asked.token).await["status"], "expired");
    board.system.sweep().await;
    assert_eq!(board.issue(&key).status(), "Denied", "where an expired one belongs");
    board.moved_back(&asked, &key, ("Approved", JANE), "the time to decide is over").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_that_was_decided_elsewhere_says_no_other_end() {
    let board = Board::open().await;
    let (asked, key) = board.ask("deploy.one", service()).await;
    let omar = board.system.key("user:omar@acme.com", &["approver"]).await;
    assert_eq!(board.system.resolve(&omar, &asked.id, json!({ "decision": "approved" })).await.0, 200);
    board.system.settle().await;
    assert_eq!(board.issue(&key).status(), "Approved");
    board.moved_back(&asked, &key, ("Denied", JANE), "this approval was already approved").await;
    board.moved_back(&asked, &key, ("Denied", EVE), "the policy does not name you").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_jira_cannot_be_asked_nothing_is_decided_and_it_sends_it_again() {
    let board = Board::open().await;
    let (asked, key) = board.ask("deploy.one", service()).await;
    let signed = board.moved(&key, "Approved", JANE);
    for part in ["GET /rest/api/3/myself", "GET /rest/api/3/issue/"] {
        board.jira.fail_at(part, Fault::Answer(503, Value::Null));
        let (status, answer) =
            board.undecided(&asked, call_back(&board.system, "jira", &board.connector, &signed)).await;
        assert_eq!((status, &answer["code"]), (500, &json!("INTERNAL")), "{answer}");
    }
    board.send(&signed).await;
    assert_eq!(board.system.poll(&asked.token).await["status"], "approved");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_that_cannot_be_moved_back_is_no_failure() {
    let board = Board::open().await;
    let (asked, key) = board.ask("deploy.two", service()).await;
    board.jira.fail_at("POST /rest/api/3/issue/", Fault::Answer(503, Value::Null));
    board.moves(&key, "Approved", JANE).await;
    assert_eq!((&board.inbox(&asked).await["approvals"], board.issue(&key).status()), (&json!(1), "Approved"));
    // Where the project has no way back, a comment says so.
    let (asked, key) = board.ask("deploy.one", service()).await;
    board.jira.with(|jira| jira.transitions.retain(|(_, to)| to != "To Do"));
    board.undecided(&asked, board.moves(&key, "Approved", EVE)).await;
    assert!(board.said(&key).contains("This issue could not be moved back"), "{}", board.said(&key));
}
