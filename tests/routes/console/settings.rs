//! `/console/settings/…`: the policy, the keys and the agents' limits, in a browser.

use crate::harness::pages::{Browser, Page};
use crate::harness::{POLICY, Start, System};
use crate::routes::at_noon;
use jiff::SignedDuration;
use serde_json::json;

const POLICY_PAGE: &str = "/console/settings/policy";
const KEYS_PAGE: &str = "/console/settings/keys";
const AGENTS_PAGE: &str = "/console/settings/agents";

/// The holder of a key, signed in, and the token of their forms.
async fn signed_in<'a>(system: &'a System, key: &str) -> (Browser<'a>, String) {
    let mut browser = Browser::open(system);
    browser.sign_in(key, "/console").await;
    let csrf = browser.get("/console").await.field("csrf").to_owned();
    (browser, csrf)
}

async fn post(browser: &mut Browser<'_>, system: &System, path: &str, fields: &[(&str, &str)]) -> Page {
    let url = system.url.clone();
    browser.post(path, &url, fields).await
}

async fn in_force(system: &System) -> (String, String) {
    let answer = system.request("GET", "/api/settings/policy").bearer_auth(&system.keys.admin).send().await.unwrap();
    let etag = answer.headers()["etag"].to_str().unwrap().trim_matches('"').to_owned();
    (answer.text().await.unwrap(), etag)
}

fn shows(page: &Page, status: u16, texts: &[&str]) {
    assert_eq!(page.status, status, "{}", page.text);
    for text in texts {
        assert!(page.text.contains(text), "{text}: {}", page.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_is_reviewed_and_put_in_force() {
    let system = at_noon().await;
    let (mut admin, csrf) = signed_in(&system, &system.keys.admin).await;
    let (_, etag) = in_force(&system).await;
    let page = admin.get(POLICY_PAGE).await;
    shows(&page, 200, &["Version 1", &etag, "superApprovers"]);
    assert_eq!(page.field("etag"), etag);
    let edited = POLICY.replace("timeoutSec: 60", "timeoutSec: 90").replace('\n', "\r\n");
    let draft = [
        ("csrf", csrf.as_str()),
        ("etag", etag.as_str()),
        ("text", edited.as_str()),
        ("action", "gmail.send"),
        ("params", r#"{"bcc": "hidden@acme.com", "to": "<i>jane"}"#),
    ];
    let review = post(&mut admin, &system, &format!("{POLICY_PAGE}/review"), &draft).await;
    let told = [
        "<del>−     timeoutSec: 60",
        "<ins>+     timeoutSec: 90",
        "actions[&quot;gmail.send&quot;]",
        "«redacted»",
        "1 h",
    ];
    shows(&review, 200, &told);
    shows(&review, 200, &["&lt;i&gt;jane", "user:jane@acme.com", "1 of these", "user:root@acme.com", "Put in force"]);
    assert_eq!(in_force(&system).await.0, POLICY, "a review puts nothing in force");
    let back = post(&mut admin, &system, &format!("{POLICY_PAGE}/edit"), &draft).await;
    shows(&back, 200, &["timeoutSec: 90", "&lt;i&gt;jane"]);
    let put = post(&mut admin, &system, POLICY_PAGE, &draft).await;
    assert_eq!((put.status, put.to.as_str()), (303, "/console/settings/policy?done=replaced"));
    assert_eq!(in_force(&system).await.0, POLICY.replace("timeoutSec: 60", "timeoutSec: 90"));
    shows(&admin.get(&put.to).await, 200, &["The policy is in force", "Version 2", "user:admin@localhost"]);
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_was_overtaken_sees_by_what_and_loses_nothing() {
    let system = at_noon().await;
    let (mut admin, csrf) = signed_in(&system, &system.keys.admin).await;
    let (_, etag) = in_force(&system).await;
    let mine = POLICY.replace("timeoutSec: 60", "timeoutSec: 90");
    let theirs = POLICY.replace("timeoutSec: 60", "timeoutSec: 70");
    system.put_policy(&theirs).await;
    let newer = in_force(&system).await.1;
    let draft = [("csrf", csrf.as_str()), ("etag", etag.as_str()), ("text", mine.as_str())];
    for path in [POLICY_PAGE.to_owned(), format!("{POLICY_PAGE}/review")] {
        let page = post(&mut admin, &system, &path, &draft).await;
        shows(&page, 409, &["replaced meanwhile", "What they changed", "Version 2"]);
        for line in ["<del>−     timeoutSec: 60", "<ins>+     timeoutSec: 70", "<del>−     timeoutSec: 70"] {
            assert!(page.text.contains(line), "{line}: {}", page.text);
        }
        assert!(page.text.contains("<ins>+     timeoutSec: 90") && page.text.contains("spellcheck=\"false\""));
        assert_eq!(page.field("etag"), newer, "what goes on from here was drawn from theirs");
    }
    assert_eq!(in_force(&system).await.0, theirs);
    let draft = [("csrf", csrf.as_str()), ("etag", newer.as_str()), ("text", mine.as_str())];
    assert_eq!(post(&mut admin, &system, POLICY_PAGE, &draft).await.status, 303);
    assert_eq!(in_force(&system).await.0, mine);
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_of_a_policy_is_named_and_the_text_kept() {
    let system = at_noon().await;
    let (mut admin, csrf) = signed_in(&system, &system.keys.admin).await;
    let (_, etag) = in_force(&system).await;
    let faulty = "actions:\n  a.b: { timeoutSec: 0, approvers: { anyOf: [nobody] } }\n  <x>: {}\n# kept </textarea>\n";
    let fields =
        [("csrf", csrf.as_str()), ("etag", etag.as_str()), ("text", faulty), ("action", "a.b"), ("params", "[1")];
    for path in [format!("{POLICY_PAGE}/review"), POLICY_PAGE.to_owned()] {
        let page = post(&mut admin, &system, &path, &fields).await;
        let named = [
            "timeoutSec</code>",
            "approvers.anyOf[0]</code>",
            "&lt;x&gt;",
            "# kept &lt;/textarea&gt;",
            "line 2, column 10",
        ];
        shows(&page, 422, &named);
        assert!(!page.text.contains("<x>") && !page.text.contains("Put in force"));
        assert_eq!(page.text.contains("sample parameters"), path.ends_with("review"));
    }
    assert_eq!(in_force(&system).await.1, etag);
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_says_who_would_be_asked_and_goes_no_further() {
    let system = at_noon().await;
    let (mut admin, csrf) = signed_in(&system, &system.keys.admin).await;
    for (action, told) in
        [("persona.first", "security"), ("never.do", "Nobody is asked"), ("no.such", "Nobody is asked")]
    {
        let fields = [("csrf", csrf.as_str()), ("text", POLICY), ("action", action), ("only", "dry-run")];
        let page = post(&mut admin, &system, &format!("{POLICY_PAGE}/review"), &fields).await;
        shows(&page, 200, &["Dry run: ", action, told, "Review the change"]);
        assert!(!page.text.contains("Put in force"));
    }
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workspace_without_a_policy_is_offered_one_that_has_no_fault() {
    let system = Start::fresh().at(crate::routes::clock()).lawless().start().await;
    let (mut admin, csrf) = signed_in(&system, &system.keys.admin).await;
    let page = admin.get(POLICY_PAGE).await;
    shows(&page, 200, &["no policy yet", "mail.send"]);
    let starter = include_str!("../../../functions/console/src/settings/starter.yaml");
    let fields = [("csrf", csrf.as_str()), ("etag", page.field("etag")), ("text", starter), ("action", "db.x")];
    let review = post(&mut admin, &system, &format!("{POLICY_PAGE}/review"), &fields).await;
    shows(&review, 200, &["2 of these", "Put in force", "The first policy"]);
    assert_eq!(post(&mut admin, &system, POLICY_PAGE, &fields).await.status, 303);
    assert_eq!(in_force(&system).await.0, starter);
    let late = post(&mut admin, &system, POLICY_PAGE, &fields).await;
    shows(&late, 409, &["replaced meanwhile", "They are the same."]);
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_key_is_on_one_page_only_and_is_out_once_revoked() {
    let system = at_noon().await;
    let (mut admin, csrf) = signed_in(&system, &system.keys.admin).await;
    let fields = [
        ("csrf", csrf.as_str()),
        ("name", "<b>Jane's\u{202e}"),
        ("subject", "user:jane@acme.com"),
        ("roles", "approver"),
        ("roles", "auditor"),
        ("owner", ""),
        ("expires_at", "2026-04-22"),
    ];
    let made = post(&mut admin, &system, KEYS_PAGE, &fields).await;
    shows(&made, 201, &["Copy it now", "&lt;b&gt;Jane's<mark class=\"hidden\">⟨U+202E⟩", "approver, auditor"]);
    assert_eq!((made.headers["cache-control"].to_str().unwrap(), made.to.as_str()), ("no-store", ""));
    let secret = format!("csk_{}", made.text.split("csk_").nth(1).unwrap().split('<').next().unwrap());
    assert_eq!(system.get(&secret, "/approvals").await.0, 200);
    let list = admin.get(KEYS_PAGE).await;
    shows(&list, 200, &["user:jane@acme.com", "2026-04-22", "approver, auditor", "&lt;b&gt;Jane's"]);
    let revoke = list.text.split("href=\"").filter_map(|part| part.split('"').next());
    let revoke: Vec<&str> = revoke.filter(|to| to.ends_with("/revoke")).collect();
    let mut second = None;
    for path in &revoke {
        let page = admin.get(path).await;
        assert!(!page.text.contains(&secret[4..]));
        assert_eq!(
            page.text.contains("the key you are signed in with"),
            page.text.contains("user:admin@localhost</code></dd>")
        );
        if page.text.contains("<code>user:jane@acme.com</code>") {
            second = Some(*path);
        }
    }
    assert!(!list.text.contains(&secret[4..]) && revoke.len() == 4);
    let done = post(&mut admin, &system, second.unwrap(), &[("csrf", &csrf)]).await;
    shows(&admin.get(&done.to).await, 200, &["The key is revoked", ">revoked<"]);
    assert_eq!(system.get(&secret, "/approvals").await.0, 401);
    shows(&admin.get(second.unwrap()).await, 200, &["revoked already"]);
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_faults_of_a_new_key_are_named_beside_what_was_typed() {
    let system = at_noon().await;
    let (mut admin, csrf) = signed_in(&system, &system.keys.admin).await;
    let fields = [
        ("csrf", csrf.as_str()),
        ("name", "kept \"name\""),
        ("subject", "agent:x"),
        ("roles", "admin"),
        ("owner", "nobody"),
        ("expires_at", "2020-01-01"),
    ];
    let page = post(&mut admin, &system, KEYS_PAGE, &fields).await;
    let told = ["kept &quot;name&quot;", "it asks and never decides", "must be &lt;kind&gt;", "must be a time to come"];
    shows(&page, 422, &told);
    assert!(page.text.contains("value=\"admin\" checked") && !page.text.contains("csk_"));
    let empty = post(&mut admin, &system, KEYS_PAGE, &[("csrf", &csrf)]).await;
    shows(&empty, 422, &["<code>name</code>", "<code>subject</code>", "must name at least one role"]);
    for lost in ["/key_none/revoke", "?cursor=x"] {
        assert!([400, 404].contains(&admin.get(&format!("{KEYS_PAGE}{lost}")).await.status));
    }
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_keys_are_on_pages_and_whoever_revokes_their_own_is_out() {
    let system = at_noon().await;
    for n in 0..55 {
        system.key(&format!("user:u{n}@acme.com"), &["approver"]).await;
    }
    let (mut admin, csrf) = signed_in(&system, &system.keys.admin).await;
    let (mut subjects, mut own, mut at) = (std::collections::BTreeSet::new(), None, KEYS_PAGE.to_owned());
    for expected in [50, 8] {
        let page = admin.get(&at).await;
        let rows: Vec<&str> = page.text.split("<tr>").skip(2).collect();
        assert_eq!(rows.len(), expected);
        subjects
            .extend(rows.iter().map(|row| row.split("<code>").nth(1).unwrap().split('<').next().unwrap().to_owned()));
        let mine = rows.iter().find(|row| row.contains(">yours<"));
        let to = mine.map(|row| row.split("href=\"").nth(1).unwrap().split('"').next().unwrap().to_owned());
        own = own.or(to);
        let next = page.text.split("rel=\"next\"").next().unwrap().rsplit("href=\"").next().unwrap();
        at = next.split('"').next().unwrap().to_owned();
    }
    assert_eq!(subjects.len(), 58);
    let done = post(&mut admin, &system, &own.unwrap(), &[("csrf", &csrf)]).await;
    assert!(admin.get(&done.to).await.to.contains("/sign-in"));
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agents_limit_is_set_holds_and_goes_back() {
    let system = at_noon().await;
    let (mut admin, csrf) = signed_in(&system, &system.keys.admin).await;
    shows(&admin.get(AGENTS_PAGE).await, 200, &["<code>demo</code>"]);
    let mut left = Vec::new();
    for hours in ["0.5", ""] {
        let fields = [("csrf", csrf.as_str()), ("agent", "demo"), ("hours", hours)];
        let set = post(&mut admin, &system, AGENTS_PAGE, &fields).await;
        assert_eq!(set.status, 303, "{}", set.text);
        shows(&admin.get(&set.to).await, 200, &["within five seconds", &format!("value=\"{hours}\""), "set by"]);
        system.clock.advance(SignedDuration::from_secs(6));
        let asked = system.ask("plain.x", json!({})).await;
        let id = domain::ApprovalId::parse(&asked.id).unwrap();
        let approval = system.gate.store.get_approval(&domain::Workspace::default_name(), &id).await.unwrap().unwrap();
        left.push(approval.expires_at.duration_since(approval.created_at).as_secs());
    }
    assert_eq!(left, [1_800, 3_600]);
    for (agent, hours, told) in
        [("demo", "0", "from one second to 720"), ("new<b>", "soon", "must be a number of hours")]
    {
        let fields = [("csrf", csrf.as_str()), ("agent", agent), ("hours", hours)];
        let page = post(&mut admin, &system, AGENTS_PAGE, &fields).await;
        shows(&page, 422, &[told, &format!("value=\"{hours}\"")]);
        assert!(!page.text.contains("<b>"));
    }
    let fields = [("csrf", csrf.as_str()), ("agent", "elsewhere"), ("hours", "2")];
    assert_eq!(post(&mut admin, &system, AGENTS_PAGE, &fields).await.status, 303);
    shows(&admin.get(AGENTS_PAGE).await, 200, &["<code>elsewhere</code>"]);
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_no_admin_sees_and_changes_no_settings() {
    let system = at_noon().await;
    let before = crate::routes::everything(&system).await;
    let (mut approver, csrf) = signed_in(&system, &system.keys.approver).await;
    for path in [POLICY_PAGE, KEYS_PAGE, AGENTS_PAGE, "/console/settings"] {
        assert_eq!(approver.get(path).await.status, 403, "{path}");
    }
    let fields = [
        ("csrf", csrf.as_str()),
        ("text", POLICY),
        ("agent", "demo"),
        ("hours", "1"),
        ("name", "n"),
        ("subject", "user:x@y.z"),
        ("roles", "admin"),
    ];
    let review = format!("{POLICY_PAGE}/review");
    for path in [POLICY_PAGE, KEYS_PAGE, AGENTS_PAGE, &review, "/console/settings/keys/key_x/revoke"] {
        assert_eq!(post(&mut approver, &system, path, &fields).await.status, 403, "{path}");
        let mut nobody = Browser::open(&system);
        assert!(post(&mut nobody, &system, path, &fields).await.to.contains("/sign-in"));
    }
    let (mut admin, _) = signed_in(&system, &system.keys.admin).await;
    for path in [POLICY_PAGE, KEYS_PAGE, AGENTS_PAGE] {
        assert_eq!(post(&mut admin, &system, path, &fields).await.status, 403, "without the form's own token");
    }
    assert_eq!(crate::routes::everything(&system).await, before);
    system.stop().await;
}
