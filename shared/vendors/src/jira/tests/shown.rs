//! What an issue says, whatever was asked.

use crate::jira::news::{comment, has, news};
use crate::jira::show::{description, fields, summary};
use crate::jira::{DOCUMENT, SUMMARY, adf, is_whole};
use crate::samples::{LINK, any_approval, approved, asked, extremes, notice, sample};
use domain::Approval;
use proptest::prelude::*;
use serde_json::{Value, json};
use standins::jira::documents;

fn text(approval: &Approval) -> String {
    description(&notice(approval)).to_string()
}

#[test]
fn an_issue_says_everything_literally() {
    let links = json!([{"label": "Ticket", "url": "https://acme.com/1?a=b"}]);
    let approval = sample(json!({"links": links}));
    let said = text(&approval);
    for shown in [
        "Waiting for approval",
        "Action: gmail.send",
        "Agent: mailer",
        "Jane (slack U42)",
        r#"code: \"007\""#,
        "n: 7",
        "│ Dear Bob,",
        "Bob asked for it",
        "Ticket — https://acme.com/1?a=b",
        "0 of 2 approvals",
        "Expires on 2026-11-22 07:00 UTC",
        "Digest: sha256:0a0a",
    ] {
        assert!(said.contains(&shown.replace(r#"\""#, r#"\\\""#)) || said.contains(shown), "{shown} in {said}");
    }
    assert!(is_whole(&approval) && said.matches(r#""link""#).count() == 1 && said.contains(LINK));
    let made = fields(&notice(&approval), "OPS", "Task");
    assert_eq!(made["labels"], json!(["countersign", approval.id]));
    assert_eq!(made["summary"], "Send an e-mail to bob@acme.com");
}

#[test]
fn what_had_to_be_cut_says_so_and_is_not_whole() {
    for fields in [json!({"params": {"body": "x".repeat(40_000)}}), json!({"justification": "\u{202e}".repeat(4_000)})]
    {
        let long = sample(fields);
        assert!(
            !is_whole(&long) && text(&long).contains("Open the link to read all of it") && text(&long).contains('…')
        );
        let mut alone = notice(&long);
        alone.link = None;
        assert!(description(&alone).to_string().contains("Read all of it in the console"));
    }
    assert!(is_whole(&sample(json!({"params": {"body": "line of text\n".repeat(900)}}))));
}

#[test]
fn an_end_names_who_decided() {
    let said = text(&approved());
    assert!(said.contains("Approved by slack:T1/U7, user:omar@acme.com on 2026-11-22 06:00 UTC"), "{said}");
    let by = json!({"seq": 2, "at": asked(), "event": "denied", "by": "jira:5b10"});
    let denied = sample(json!({
        "status": "denied", "reason_code": "denied_by_human", "reason": "no\u{202e}\nnever", "decided_at": asked(), "history": [by],
    }));
    let said = text(&denied);
    assert!(said.contains("Denied by jira:5b10") && said.contains("│ no⟨U+202E⟩\\n│ never"), "{said}");
}

#[test]
fn news_are_edits_escalations_and_the_end_after_what_was_told() {
    let entry =
        |seq: u64, event: &str| json!({"seq": seq, "at": asked(), "event": event, "by": "slack:T1/U9", "note": "to"});
    let history = json!([entry(1, "requested"), entry(2, "edited"), entry(3, "vote_cast"), entry(4, "escalated")]);
    let approval = sample(json!({"history": history}));
    let told = news(&approval, asked(), 0);
    let marks: Vec<&str> = told.iter().filter_map(|n| n.mark.rsplit('/').next()).collect();
    assert_eq!(marks, ["2", "4"]);
    assert!(told[0].said.contains("Edited by slack:T1/U9") && told[1].said.starts_with("Escalated by"));
    let late = news(&approval, "2026-11-22T07:00:00Z".parse().unwrap(), 4);
    assert!(late.len() == 1 && late[0].mark.ends_with("/end") && late[0].said.contains("nobody decided in time"));
    let said = comment(&told, None);
    assert!(has(&said, &told[0].mark) && has(&said, &told[1].mark) && !has(&said, &late[0].mark));
}

/// Only our own link acts: no marks on anything else, no node but paragraphs and code.
fn check(approval: &Approval) {
    let mut shown = notice(approval);
    let long = format!("https://c/{}", "x".repeat(1_980));
    for link in [Some(LINK), None, Some(long.as_str())] {
        shown.link = link;
        let description = description(&shown);
        assert!(weight(&description) <= DOCUMENT, "{}", weight(&description));
        assert_eq!(documents::check(&description), Ok(()));
        let blocks = adf::read(&description).unwrap();
        assert!(blocks.iter().all(|b| !b.is_blank()));
        assert_eq!(description.to_string().matches(r#"{"attrs":{"href""#).count(), usize::from(link.is_some()));
        assert!(!is_blind(&description));
    }
    let line = summary(approval);
    assert!((1..=SUMMARY).contains(&line.encode_utf16().count()) && !line.contains('\n') && !line.trim().is_empty());
    let said = comment(&news(approval, asked(), 0), Some("Something."));
    assert!(weight(&said) <= DOCUMENT && adf::read(&said).is_some() && !is_blind(&said));
    assert_eq!(documents::check(&said), Ok(()));
}

/// How many characters a document is, as Jira may count them.
fn weight(document: &Value) -> usize {
    document.to_string().encode_utf16().count()
}

/// Whether anything in it is hidden.
fn is_blind(value: &Value) -> bool {
    value.to_string().contains(['\u{202e}', '\u{200b}', '\u{feff}', '\u{7}'])
}

#[test]
fn atlassians_schema_is_what_documents_are_held_to() {
    let block = |attrs: Value| json!({"type": "codeBlock", "attrs": attrs, "content": [{"type": "text", "text": "a"}]});
    let document = |attrs: Value| json!({"type": "doc", "version": 1, "content": [block(attrs)]});
    assert_eq!(documents::check(&document(json!({"language": "text"}))), Ok(()));
    assert!(documents::check(&document(json!({"language": 7}))).is_err());
}

#[test]
fn extremes_pass() {
    extremes().into_iter().for_each(|params| check(&sample(json!({ "params": params }))));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(40) })]
    #[test]
    fn whatever_is_written_jira_takes_it(approval in any_approval()) {
        check(&approval);
    }
}
