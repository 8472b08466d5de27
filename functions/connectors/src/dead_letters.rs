//! `GET …/dead-letters`, `POST …/dead-letters/{id}/replay`: deliveries that were given up.

use crate::resources::Connectors;
use app::Caller;
use app::settings::connectors::replay_dead_letter::{is_letter_id, list_dead_letters, replay_dead_letter};
use domain::shape::Form;
use lambda::{Answer, Error, query};
use lambda_http::Request;
use percent_encoding::percent_decode_str;
use serde_json::json;

/// Dead letters on a page.
const PAGE: i32 = 50;

/// Where a page begins.
pub(crate) const CURSOR: Form = Form {
    pattern: "^appr_",
    format: "",
    check: |text| is_letter_id(text).then_some(()).ok_or_else(|| "must be a next_cursor of the page before".into()),
};

pub(crate) async fn list(has: &Connectors, caller: &Caller, request: &Request) -> Result<Answer, Error> {
    let letters = list_dead_letters(&has.couriers, caller, query(request, "cursor"), PAGE).await?;
    let next = letters.last().filter(|_| letters.len() as i32 == PAGE).map(|letter| letter.id.clone());
    Ok(Answer::json(200, &json!({ "dead_letters": letters, "next_cursor": next })))
}

pub(crate) async fn replay(has: &Connectors, caller: &Caller, id: &str) -> Result<Answer, Error> {
    // Clients may spell the colon of a second card's letter as `%3A`.
    let id = percent_decode_str(id).decode_utf8_lossy();
    replay_dead_letter(&has.couriers, &has.bus, caller, &id).await?;
    Ok(Answer::json(200, &json!({ "id": id, "status": "replayed" })))
}
