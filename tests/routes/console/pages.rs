//! `/console…`: a decision link opens one approval for a person who is signed in; a GET decides nothing.

use crate::harness::pages::Browser;
use crate::harness::{Asked, Start, System};
use crate::routes::at_noon;
use jiff::SignedDuration;
use local::start::first_start::new_root_secret;
use serde_json::{Value, json};

/// The path of the link to what an approval is now.
async fn link(system: &System, asked: &Asked) -> String {
    let id = domain::ApprovalId::parse(&asked.id).unwrap();
    let approval = system.gate.store.get_approval(&domain::Workspace::default_name(), &id).await.unwrap().unwrap();
    let link = system.gate.decision_link(&approval).unwrap().unwrap();
    link.strip_prefix(&system.url).unwrap().to_owned()
}

/// Where a form of an approval's page leads.
fn to(asked: &Asked, what: &str) -> String {
    format!("/console/approvals/{}/{what}", asked.id)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_shows_nothing_before_sign_in_then_everything_and_a_form_decides() {
    let system = at_noon().await;
    let asked =
        system.ask("gmail.send", json!({ "to": "jane@acme.com", "bcc": "secret@acme.com", "x": "<b>\u{202e}" })).await;
    let link = link(&system, &asked).await;
    let mut browser = Browser::open(&system);
    let refused = browser.get(&link).await;
    assert_eq!((refused.status, refused.to.as_str()), (303, format!("/console/sign-in?next={link}").as_str()));
    assert!(!refused.text.contains("jane"));
    let wrong = browser.sign_in("csk_wrong", &link).await;
    assert_eq!(wrong.status, 401);
    assert_eq!(browser.sign_in(&system.keys.agent, &link).await.status, 401, "an agent decides nothing");
    assert_eq!(browser.sign_in(&system.keys.approver, &link).await.to, link);
    let page = browser.follow(&link).await;
    assert_eq!(page.status, 200);
    for shown in [
        "jane@acme.com",
        "«redacted»",
        "&lt;b&gt;<mark class=\"hidden\"",
        "⟨U+202E⟩",
        "Because the test says so",
        "Waiting for approval",
    ] {
        assert!(page.text.contains(shown), "{shown}: {}", page.text);
    }
    assert!(!page.text.contains("secret@acme.com") && !page.text.contains("<b>"));
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("default-src 'none'") && page.headers["cache-control"] == "no-store");
    assert_eq!(system.poll(&asked.token).await["status"], "ready_for_approval", "a GET decides nothing");
    let fields = [("csrf", page.field("csrf")), ("digest", page.field("digest"))];
    let decided = browser.post(&to(&asked, "approve"), &system.url, &fields).await;
    assert_eq!(decided.status, 303, "{}", decided.text);
    let after = browser.get(&decided.to).await;
    assert!(
        after.text.contains("Your approval is recorded") && !after.text.contains("<button class=\"approve\""),
        "{}",
        after.text
    );
    assert_eq!(system.poll(&asked.token).await["status"], "approved");
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_from_elsewhere_without_its_token_or_about_something_else_decides_nothing() {
    let system = at_noon().await;
    let asked = system.ask("gmail.send", json!({ "subject": "a" })).await;
    let link = link(&system, &asked).await;
    let mut browser = Browser::open(&system);
    browser.sign_in(&system.keys.approver, &link).await;
    let page = browser.follow(&link).await;
    let link = to(&asked, "approve");
    let (csrf, digest) = (page.field("csrf").to_owned(), page.field("digest").to_owned());
    let good = [("csrf", csrf.as_str()), ("digest", digest.as_str())];
    assert_eq!(browser.post(&link, "https://evil.example", &good).await.status, 403);
    assert_eq!(browser.post(&link, "null", &good).await.status, 403);
    assert_eq!(browser.post(&link, &system.url, &good[1..]).await.status, 403);
    let stale = [("csrf", csrf.as_str()), ("digest", "sha256:0")];
    let told = browser.post(&link, &system.url, &stale).await;
    assert!(told.status == 409 && told.text.contains("changed since you saw it"), "{}", told.text);
    assert_eq!(system.poll(&asked.token).await["status"], "ready_for_approval");
    // Edited by somebody else: what the old page showed is not what would be approved.
    let edit = json!({ "decision": "approved", "modified_action": { "subject": "b" } });
    let root = system.key("user:root@acme.com", &["approver"]).await;
    assert_eq!(system.resolve(&root, &asked.id, edit).await.0, 200);
    let late = browser.post(&link, &system.url, &good).await;
    assert_eq!(late.status, 409);
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn forged_expired_and_foreign_links_open_nothing() {
    let system = at_noon().await;
    let asked = system.ask("gmail.send", json!({})).await;
    let link = link(&system, &asked).await;
    let mut browser = Browser::open(&system);
    browser.sign_in(&system.keys.approver, &link).await;
    for (i, _) in link.char_indices().skip("/console/decide/".len()) {
        let mut forged = link.clone().into_bytes();
        forged[i] = if forged[i] == b'a' { b'b' } else { b'a' };
        let page = browser.get(&String::from_utf8(forged).unwrap()).await;
        assert_eq!(page.status, 404, "{i}");
    }
    let foreign = crate::routes::key_in(&system, "elsewhere", "user:eve@acme.com", &["approver"]).await;
    let mut eve = Browser::open(&system);
    eve.sign_in(&foreign, &link).await;
    assert_eq!(eve.follow(&link).await.status, 404);
    system.clock.advance(SignedDuration::from_hours(2));
    assert_eq!(browser.get(&link).await.status, 404);
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ends_with_its_key_with_time_and_by_signing_out() {
    let system = at_noon().await;
    let asked = system.ask("gmail.send", json!({})).await;
    let link = link(&system, &asked).await;
    let new = json!({ "name": "jane", "subject": "user:jane@acme.com", "roles": ["approver"] });
    let (_, made) = system.call(&system.keys.admin, "POST", "/api/settings/keys", new).await;
    let mut jane = Browser::open(&system);
    jane.sign_in(made["key"].as_str().unwrap(), &link).await;
    let page = to(&asked, "");
    assert_eq!(jane.get(&page).await.status, 200);
    let id = made["id"].as_str().unwrap();
    system.call(&system.keys.admin, "DELETE", &format!("/api/settings/keys/{id}"), Value::Null).await;
    assert!(jane.get(&page).await.to.contains("/sign-in"), "a revoked key is out at once");
    let mut other = Browser::open(&system);
    other.sign_in(&system.keys.approver, &link).await;
    let csrf = other.get(&page).await.field("csrf").to_owned();
    let kept = other.cookie.clone();
    assert_eq!(other.post("/console/sign-out", &system.url, &[("csrf", &csrf)]).await.status, 303);
    assert!(other.get(&page).await.to.contains("/sign-in"));
    other.cookie = format!("{kept}x");
    assert!(other.get(&page).await.to.contains("/sign-in"), "a cookie that was tampered with is nobody's");
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_is_open_while_another_root_secret_is_put_in_use_need_not_be_sent_again() {
    let folder = tempfile::tempdir().unwrap();
    let [first, second, vault] = [(); 3].map(|()| new_root_secret());
    let start = |root: &str| Start::fresh().keeping(folder.path(), root, &vault).start();
    let system = start(&first).await;
    let asked = system.ask("gmail.send", json!({})).await;
    let mut browser = Browser::open(&system);
    browser.sign_in(&system.keys.approver, "/console").await;
    let page = browser.get(&to(&asked, "")).await;
    let (cookie, old, digest) = (browser.cookie.clone(), page.field("csrf"), page.field("digest"));
    system.stop().await;
    // The form of a process under another root secret, and its answer to a form that another process made.
    let sent = async |root: &str, path: &str, csrf: &str| {
        let system = start(root).await;
        let mut browser = Browser::open(&system);
        browser.cookie.clone_from(&cookie);
        let drawn = browser.get("/console").await.field("csrf").to_owned();
        let status = browser.post(path, &system.url, &[("csrf", csrf), ("digest", digest)]).await.status;
        system.stop().await;
        (drawn, status)
    };
    let (known, used) = (format!("1:{first}\n2:{second}\ncurrent:1"), format!("1:{first}\n2:{second}"));
    assert_eq!(sent(&known, "/console/sign-out", old).await, (old.to_owned(), 303));
    let (new, status) = sent(&used, &to(&asked, "approve"), old).await;
    assert!(status == 303 && new != old, "{status}");
    assert_eq!(sent(&known, "/console/sign-out", &new).await.1, 303, "a process that is behind knows it too");
    assert_eq!(sent(&first, "/console/sign-out", &new).await.1, 403);
    let system = start(&used).await;
    assert_eq!(system.poll(&asked.token).await["status"], "approved");
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_may_not_decide_is_offered_nothing_and_told_why() {
    let system = at_noon().await;
    let asked = system.ask("gmail.send", json!({})).await;
    let link = link(&system, &asked).await;
    let stranger = system.key("user:stranger@acme.com", &["approver"]).await;
    let mut browser = Browser::open(&system);
    browser.sign_in(&stranger, &link).await;
    let page = browser.follow(&link).await;
    assert!(page.text.contains("The policy does not name you") && !page.text.contains("<button class=\"approve\""));
    // Signing in leads only to pages of ours.
    for next in ["https://evil.example", "//evil.example", "/console/decide/../../evil", "javascript:alert(1)"] {
        let to = browser.sign_in(&system.keys.approver, next).await.to;
        assert_eq!(to, "/console");
    }
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_it_is_asked_for_is_offered_to_deny_it_and_not_to_approve() {
    let system = at_noon().await;
    let mut asking = crate::harness::body("persona.first", json!({}));
    asking["meta"]["requester"] = json!({ "id": "USEC", "source": "slack" });
    let policy =
        crate::harness::POLICY.replace("people:\n", "people:\n  sec: [\"slack:USEC\", \"user:sec@acme.com\"]\n");
    system.put_policy(&policy).await;
    let asked = system.ask_for(asking).await;
    let mut browser = Browser::open(&system);
    browser.sign_in(&system.key("user:sec@acme.com", &["approver"]).await, "/console").await;
    let page = browser.get(&format!("/console/approvals/{}", asked.id)).await;
    assert!(page.text.contains("You cannot approve your own request. You may deny it."), "{}", page.text);
    assert!(!page.text.contains("Acknowledge as") && !page.text.contains("<button class=\"approve\""), "{}", page.text);
    let fields = [("csrf", page.field("csrf")), ("digest", page.field("digest")), ("reason", "Not mine")];
    assert_eq!(browser.post(&to(&asked, "deny"), &system.url, &fields).await.status, 303);
    assert_eq!(system.poll(&asked.token).await["reason"], "Not mine");
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_approved_is_told_whom_it_waits_for_and_not_offered_to_approve_again() {
    let system = at_noon().await;
    let asked = system.ask("quorum.two", json!({ "note": "n" })).await;
    let mut browser = Browser::open(&system);
    browser.sign_in(&system.key("user:jane@acme.com", &["approver"]).await, "/console").await;
    let at = format!("/console/approvals/{}", asked.id);
    let page = browser.get(&at).await;
    assert!(page.text.contains("<button class=\"approve\""), "{}", page.text);
    let fields = [("csrf", page.field("csrf")), ("digest", page.field("digest"))];
    assert_eq!(browser.post(&to(&asked, "approve"), &system.url, &fields).await.status, 303);
    let after = browser.get(&at).await;
    assert!(after.text.contains("You approved; waiting for one of slack:UOMAR, user:root@acme.com."), "{}", after.text);
    assert!(
        !after.text.contains("<button class=\"approve\"") && after.text.contains("<button class=\"deny\""),
        "{}",
        after.text
    );
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_persona_that_the_policy_has_come_to_require_is_asked_on_the_page_at_once() {
    let system = at_noon().await;
    let asked = system.ask("plain.post", json!({})).await;
    let with = "\"plain.*\":\n    requiredPersonas: [security]\n";
    system.put_policy(&crate::harness::POLICY.replace("\"plain.*\":\n", with)).await;
    let mut browser = Browser::open(&system);
    browser.sign_in(&system.key("user:sec@acme.com", &["approver"]).await, "/console").await;
    let page = browser.get(&format!("/console/approvals/{}", asked.id)).await;
    assert!(page.text.contains("Acknowledge as security"), "{}", page.text);
    let fields = [("csrf", page.field("csrf")), ("digest", page.field("digest")), ("persona", "security")];
    assert_eq!(browser.post(&to(&asked, "acknowledge"), &system.url, &fields).await.status, 303);
    let jane = system.key("user:jane@acme.com", &["approver"]).await;
    assert_eq!(system.resolve(&jane, &asked.id, json!({ "decision": "approved" })).await.1["status"], "approved");
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hidden_value_cannot_be_guessed_by_editing_it() {
    let system = at_noon().await;
    let asked = system.ask("gmail.send", json!({ "bcc": "boss@acme.com", "subject": "a" })).await;
    let stranger = system.key("user:stranger@acme.com", &["approver"]).await;
    for key in [&system.keys.approver, &stranger] {
        let mut browser = Browser::open(&system);
        browser.sign_in(key, "/console").await;
        let digest = asked.answer["digest"].as_str().unwrap();
        let mut told = Vec::new();
        for guess in ["boss@acme.com", "b@acme.com"] {
            let page = browser.submit(&to(&asked, "preview"), &[("digest", digest), ("edit:bcc", guess)]).await;
            assert!(page.status == 403 || page.status == 422, "{}: {}", page.status, page.text);
            told.push((page.status, page.text.replace(guess, "")));
        }
        assert_eq!(told[0], told[1]);
    }
    for guess in ["boss@acme.com", "b@acme.com"] {
        let edit = json!({ "decision": "approved", "modified_action": { "bcc": guess, "type": "x" } });
        let (status, answer) = system.resolve(&system.keys.approver, &asked.id, edit).await;
        assert_eq!((status, answer["details"].as_array().unwrap().len()), (422, 2), "{answer}");
    }
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parameter_named_type_is_edited_but_not_into_the_name_of_the_action() {
    let system = at_noon().await;
    let policy = "actions: { pay: { approvers: { anyOf: [\"user:approver@localhost\"] }, allowParamOverrides: true, overrideKeys: [type] } }";
    system.put_policy(policy).await;
    system.clock.advance(jiff::SignedDuration::from_secs(6));
    let asked = system.ask("pay", json!({ "type": "refund" })).await;
    let mut browser = Browser::open(&system);
    browser.sign_in(&system.keys.approver, "/console").await;
    let digest = asked.answer["digest"].as_str().unwrap();
    let page = browser.submit(&to(&asked, "preview"), &[("digest", digest), ("edit:type", "pay")]).await;
    page.must_say(422, &["cannot become the name of the action"]);
    let page = browser.submit(&to(&asked, "preview"), &[("digest", digest), ("edit:type", "credit")]).await;
    page.must_say(200, &["Approve with these changes"]);
    let patch = page.field("patch").replace("&quot;", "\"");
    browser.submit(&to(&asked, "edit"), &[("digest", digest), ("patch", &patch)]).await;
    assert_eq!(system.poll(&asked.token).await["decisionParams"], json!({ "type": "credit" }));
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reason_of_several_lines_reaches_the_agent_as_it_was_typed() {
    let system = at_noon().await;
    let asked = system.ask("gmail.send", json!({ "subject": "a" })).await;
    let mut browser = Browser::open(&system);
    browser.sign_in(&system.keys.approver, "/console").await;
    let digest = asked.answer["digest"].as_str().unwrap();
    let long = format!("{}x", "a\r\n".repeat(1_500));
    let refused = browser.submit(&to(&asked, "deny"), &[("digest", digest), ("reason", &format!("{long}y"))]).await;
    refused.must_say(400, &["at most 3000 characters", "Your decision"]);
    let done =
        browser.submit(&to(&asked, "deny"), &[("digest", digest), ("reason", "Not now.\r\nAsk on Monday.")]).await;
    browser.get(&done.to).await.must_say(200, &["Your refusal is recorded.", "Not now.\nAsk on Monday."]);
    assert_eq!(system.poll(&asked.token).await["reason"], "Not now.\nAsk on Monday.");
    // No other session sees the note that it was done.
    let mut other = Browser::open(&system);
    other.sign_in(&system.keys.admin, "/console").await;
    other.get(&done.to).await.must_not_say(&["Your refusal is recorded."]);
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_begins_at_what_was_read_and_ends_at_what_was_previewed() {
    let system = at_noon().await;
    let asked = system.ask("gmail.send", json!({ "subject": "a" })).await;
    let mut browser = Browser::open(&system);
    browser.sign_in(&system.keys.approver, "/console").await;
    let read = asked.answer["digest"].as_str().unwrap().to_owned();
    let form = browser.get(&format!("{}?digest={read}", to(&asked, "edit"))).await;
    form.must_say(200, &["edit:subject"]);
    let root = system.key("user:root@acme.com", &["approver"]).await;
    let edit = json!({ "decision": "approved", "modified_action": { "subject": "b" } });
    assert_eq!(system.resolve(&root, &asked.id, edit).await.0, 200);
    let led = browser.follow(&format!("{}?digest={read}", to(&asked, "edit"))).await;
    led.must_say(200, &["It changed since you saw it"]);
    for what in ["preview", "edit"] {
        let late = [("digest", read.as_str()), ("edit:subject", "c"), ("patch", "{\"subject\":\"c\"}")];
        let page = browser.submit(&to(&asked, what), &late).await;
        page.must_say(409, &["role=\"alert\"", "data-seen"]);
    }
    assert_eq!(system.poll(&asked.token).await["decisionParams"]["subject"], "b");
    system.stop().await;
}
