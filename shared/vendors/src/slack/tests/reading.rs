//! What Slack posts, read; and what nobody should post.

use super::{interaction, sample};
use crate::slack::Subject;
use crate::slack::interaction::{Act, Interaction, Posted, is_ssl_check, read};
use serde_json::{Value, json};

fn form(payload: &Value) -> Vec<u8> {
    url::form_urlencoded::Serializer::new(String::new())
        .append_pair("payload", &payload.to_string())
        .finish()
        .into_bytes()
}

fn click(action: Value) -> Value {
    json!({
        "type": "block_actions", "team": {"id": "T1"}, "user": {"id": "U1", "team_id": "T2"}, "api_app_id": "A1",
        "trigger_id": "t", "response_url": "https://hooks.slack.com/actions/x", "channel": {"id": "C1"},
        "container": {"type": "message", "message_ts": "1.2", "channel_id": "C1"}, "actions": [action],
    })
}

fn act(action: Value) -> Result<Act, String> {
    interaction(&form(&click(action))).map(|i| i.acts)
}

fn subject() -> Subject {
    Subject::of(&sample(json!({})))
}

#[test]
fn who_and_where_are_read() {
    let found = interaction(&form(&click(json!({"action_id": "deny", "value": subject().value()})))).unwrap();
    let expected = Interaction {
        team: Some("T1".into()),
        user: "U1".into(),
        user_team: "T2".into(),
        app: "A1".into(),
        trigger_id: Some("t".into()),
        response_url: Some("https://hooks.slack.com/actions/x".into()),
        channel: Some("C1".into()),
        message_ts: Some("1.2".into()),
        acts: Act::Deny(subject()),
    };
    assert_eq!(found, expected);
}

#[test]
fn every_action_is_read_and_an_unknown_one_is_not_ours() {
    let of = |id: &str| act(json!({"action_id": id, "value": subject().value()}));
    let not_ours = |action: Value| read(&form(&click(action))) == Ok(Posted::NotOurs);
    assert_eq!(of("approve"), Ok(Act::Approve(subject())));
    assert_eq!(of("deny_with_reason"), Ok(Act::DenyWithReason(subject())));
    assert_eq!(of("more_info"), Ok(Act::MoreInfo(subject())));
    assert_eq!(of("approve_edit"), Ok(Act::ApproveEdit(subject())));
    assert_eq!(of("re_request"), Ok(Act::ReRequest(subject())));
    assert_eq!(of("persona_ack:legal"), Ok(Act::Acknowledge { subject: subject(), personas: vec!["legal".into()] }));
    assert_eq!(of("open_console"), Ok(Act::Idle(subject())));
    assert!(not_ours(json!({"action_id": "open_console"})), "of a card that was drawn long ago");
    for id in ["", "persona_ack:", "APPROVE"] {
        assert!(not_ours(json!({"action_id": id, "value": subject().value()})), "{id}");
    }
    assert!(act(json!({"action_id": "approve", "value": subject().id})).is_err(), "says nothing of what was seen");
}

#[test]
fn ticked_boxes_name_the_personas_and_their_block_the_approval() {
    let boxes = |block: &str, selected: Value| {
        act(json!({"type": "checkboxes", "action_id": "persona_ack", "block_id": block, "selected_options": selected}))
    };
    let block = format!("persona_ack|{}|12", subject().value());
    let both = json!([{"value": "legal"}, {"value": "a|b"}]);
    let expected = Act::Acknowledge { subject: subject(), personas: vec!["legal".into(), "a|b".into()] };
    assert_eq!(boxes(&block, both.clone()), Ok(expected));
    assert_eq!(boxes(&block, json!([])), Ok(Act::Idle(subject())));
    assert!(boxes("b1", both).is_err() && boxes(&block, json!([{}])).is_err() && boxes(&block, json!({})).is_err());
}

#[test]
fn nothing_hostile_is_understood() {
    let good = click(json!({"action_id": "deny", "value": subject().value()}));
    let mut bad: Vec<Vec<u8>> =
        vec![vec![], b"payload=".to_vec(), b"payload=%ff".to_vec(), b"payload=[]".to_vec(), vec![0xff; 64]];
    bad.push([form(&good), b"&".to_vec(), form(&good)].concat());
    bad.push(format!("payload={}", "[".repeat(200_000)).into_bytes());
    for gone in ["team", "user", "api_app_id", "type", "actions"] {
        let mut payload = good.clone();
        payload.as_object_mut().unwrap().remove(gone);
        bad.push(form(&payload));
    }
    for body in bad {
        assert!(read(&body).is_err(), "{:.60}", String::from_utf8_lossy(&body));
    }
}

/// As <https://docs.slack.dev/reference/interaction-payloads> shows them: some name no app, some no team that could be read.
#[test]
fn what_is_posted_to_an_app_that_does_more_is_not_ours() {
    let whole = ["view_closed", "block_suggestion", "workflow_step_edit"].map(|kind| {
        json!({"type": kind, "team": {"id": "T1"}, "user": {"id": "U1"}, "api_app_id": "A1", "view": {"callback_id": "edit"}})
    });
    let bare = ["shortcut", "message_action", "interactive_message", "dialog_submission", "dialog_cancellation"]
        .map(|kind| json!({"type": kind, "team": null, "user": {"id": "U1"}, "callback_id": "x", "token": "t"}));
    for payload in whole.iter().chain(&bare) {
        assert_eq!(read(&form(payload)), Ok(Posted::NotOurs), "{payload}");
    }
    let command = b"token=t&team_id=T1&command=%2Fgate&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fx";
    assert_eq!(read(command), Ok(Posted::NotOurs));
    let event = json!({"type": "event_callback", "event": {"type": "app_mention"}}).to_string();
    assert_eq!(read(event.as_bytes()), Ok(Posted::NotOurs));
    let asked = json!({"type": "url_verification", "token": "t", "challenge": "3eZbrw1a"}).to_string();
    assert_eq!(read(asked.as_bytes()), Ok(Posted::Challenge("3eZbrw1a".into())));
    for bad in [r#"{"type":"url_verification"}"#, r#"{"type":"block_actions"}"#, "{}", "{"] {
        assert!(read(bad.as_bytes()).is_err(), "{bad}");
    }
}

#[test]
fn an_ssl_check_says_nothing_else() {
    assert!(is_ssl_check(b"ssl_check=1&token=t"));
    for other in [&b"ssl_check=0"[..], b"ssl_check=1&payload=%7B%7D", b"payload=ssl_check%3D1", b""] {
        assert!(!is_ssl_check(other), "{}", String::from_utf8_lossy(other));
    }
}
