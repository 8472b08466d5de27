//! How the console looks to everybody, and what hostile content does to it: nothing.

use super::decides::{POLICY, jane};
use crate::harness::chromium::Chromium;
use crate::harness::{Start, body};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn every_page_fits_and_has_no_serious_fault_of_access() {
    let (system, browser) = jane().await;
    browser.look_at("inbox-empty", "/console").await;
    let params = json!({ "to": "jane@acme.com", "bcc": "x", "subject": "Quarterly numbers", "body": "Hi Jane,\nhere they are.",
                         "options": { "retries": 3, "cc": ["a@acme.com", "b@acme.com"] } });
    let open = system.ask("gmail.send", params.clone()).await;
    let drop = system.ask("db.drop", json!({ "table": "users", "cascade": true })).await;
    system.ask("deploy.rollback", json!({ "service": "checkout" })).await;
    let denied = system.ask("gmail.send", params).await;
    system.resolve(&system.keys.approver, &denied.id, json!({ "decision": "denied", "comment": "No." })).await;
    browser.look_at("inbox", "/console").await;
    browser.look_at("inbox-denied", "/console?status=denied").await;
    browser.look_at("approval", &format!("/console/approvals/{}", open.id)).await;
    browser.look_at("approval-persona", &format!("/console/approvals/{}", drop.id)).await;
    browser.look_at("approval-denied", &format!("/console/approvals/{}", denied.id)).await;
    browser.look_at("edit", &format!("/console/approvals/{}/edit", open.id)).await;
    browser.look_at("not-found", "/console/approvals/appr_00000000000000000000000000").await;
    browser.press("To the inbox").await;
    browser.press("Sign out").await;
    browser.see("Your key").await;
    browser.look_at("sign-in", "/console/sign-in").await;
    browser.close().await;
    system.stop().await;
}

/// What an agent might send to make a page say or do something else.
fn hostile() -> Value {
    let mut params = json!({
        "to": "<script>window.owned = 1</script><img src=x onerror='window.owned=2'>",
        "subject": "\"><svg onload=window.owned=3>\u{202e}gnp.exe\u{200b}",
        "</textarea><script>window.owned=4</script>": "</pre></section><h1>Approved</h1>",
        "body": "A".repeat(100_000),
        "url": "javascript:window.owned=5",
        "line": "a\r\nb\u{2028}c\u{85}d",
    });
    for n in 0..500 {
        params[format!("key{n}")] = json!({ "deep": [[[n]]], "<b>": n });
    }
    params
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_content_is_text_and_breaks_nothing() {
    let system = Start::fresh().under(POLICY).start().await;
    let mut asking = body("gmail.send", hostile());
    asking["meta"]["justification"] = json!("</pre><script>window.owned=6</script>\u{202e}");
    asking["meta"]["requester"]["display"] = json!("<b onmouseover=window.owned=7>Jane</b>");
    asking["meta"]["taskId"] = json!("W".repeat(256));
    let asked = system.ask_for(asking).await;
    let browser = Chromium::open(&system).await;
    browser.sign_in(&system.keys.approver).await;
    for page in
        ["/console", &format!("/console/approvals/{}", asked.id), &format!("/console/approvals/{}/edit", asked.id)]
    {
        browser.go(page).await;
        assert_eq!(browser.run("return window.owned === undefined").await, true, "{page}");
        assert_eq!(browser.run("return document.querySelectorAll('script, img, svg, b').length").await, 1, "{page}");
        browser.must_fit_a_phone(page).await;
    }
    browser.go(&format!("/console/approvals/{}", asked.id)).await;
    let reads = browser.run("return document.querySelector('main').textContent").await;
    let reads = reads.as_str().unwrap();
    for shown in [
        "<script>window.owned = 1</script>",
        "⟨U+202E⟩",
        "⟨U+200B⟩",
        "⟨U+2028⟩",
        "⟨U+0085⟩",
        "key499",
        &"A".repeat(100_000),
    ] {
        assert!(reads.contains(shown), "{shown:.60}");
    }
    browser.press("Approve").await;
    browser.see("Your approval is recorded.").await;
    assert_eq!(system.poll(&asked.token).await["decisionParams"], hostile());
    browser.close().await;
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_view_is_one_page_one_style_and_one_script_and_twenty_approvals_are_a_small_page() {
    let (system, browser) = jane().await;
    for n in 0..20 {
        system.ask("gmail.send", json!({ "to": format!("jane{n}@acme.com"), "body": "x".repeat(2_000) })).await;
    }
    browser.go("/console").await;
    browser.see("jane19@acme.com").await;
    let all =
        "return performance.getEntriesByType('resource').filter(e => e.initiatorType !== 'fetch').map(e => e.name)";
    let loaded = browser.run(all).await;
    let loaded: Vec<&str> = loaded.as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert!(loaded.len() == 2 && loaded[0].contains("style.css") && loaded[1].contains("script.js"), "{loaded:?}");
    let bytes = "return performance.getEntriesByType('navigation')[0].decodedBodySize";
    let bytes = browser.run(bytes).await.as_u64().unwrap();
    assert!((1_000..100_000).contains(&bytes), "{bytes}");
    browser.close().await;
    system.stop().await;
}
