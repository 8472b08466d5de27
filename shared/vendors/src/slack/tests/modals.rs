//! The modals that show everything and ask for a reason.

use super::{asked, may, sample};
use crate::slack::edit::view_errors;
use crate::slack::modal::{Viewer, deny_reason, more_info};
use serde_json::json;
use standins::blockkit;

#[test]
fn more_info_shows_what_the_card_had_to_cut_and_lets_it_be_approved() {
    let long = format!("{}end", "x".repeat(20_000));
    let approval = sample(json!({"params": {"body": long}}));
    let view = more_info(&approval, asked(), &may());
    assert_eq!(blockkit::view(&view), Ok(()));
    assert!(view.to_string().contains("xend") && view["submit"]["text"] == "Approve");
    let after = more_info(&approval, "2026-11-22T07:00:00Z".parse().unwrap(), &may());
    assert!(after.get("submit").is_none() && blockkit::view(&after).is_ok());
}

#[test]
fn whoever_may_not_approve_or_has_is_not_asked_to() {
    let approval = sample(json!({"params": {"body": format!("{}end", "x".repeat(20_000))}}));
    assert!(more_info(&approval, asked(), &Viewer::default()).get("submit").is_none());
    let waiting = Some("waiting for one of slack:U8".to_owned());
    let view = more_info(&approval, asked(), &Viewer { may_approve: false, waiting });
    assert!(blockkit::view(&view).is_ok() && view.get("submit").is_none());
    assert!(view.to_string().contains("You approved; waiting for one of slack:U8."), "{view}");
}

#[test]
fn where_the_card_shows_everything_more_info_has_no_button() {
    let view = more_info(&sample(json!({})), asked(), &may());
    assert!(blockkit::view(&view).is_ok() && view.get("submit").is_none());
}

#[test]
fn what_does_not_fit_even_a_modal_is_counted_and_cannot_be_approved() {
    let view = more_info(&sample(json!({"params": {"body": "x".repeat(400_000)}})), asked(), &may());
    assert_eq!(blockkit::view(&view), Ok(()));
    assert!(
        view.get("submit").is_none()
            && view.to_string().contains("characters of justification and parameters do not fit")
    );
}

#[test]
fn a_refusal_asks_for_a_reason() {
    assert_eq!(blockkit::view(&deny_reason(&sample(json!({})), None)), Ok(()));
}

#[test]
fn errors_are_said_where_there_is_an_input() {
    let errors =
        [("", "too late"), ("subject", "is long"), ("subject", "is odd")].map(|(k, t)| (k.to_owned(), t.to_owned()));
    let said = json!({"decision": "too late", "edit:subject": "is long; is odd"});
    assert_eq!(view_errors(&errors), json!({"response_action": "errors", "errors": said}));
}
