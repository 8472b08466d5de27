//! `/api/settings/approval-connectors…` (connectors-api.md): connectors, defaults, tests, activity, dead letters.

use app::settings::connectors::defaults::{change_defaults, read_defaults};
use app::settings::connectors::input::ConnectorInput;
use app::settings::connectors::list_activity::list_activity;
use app::settings::connectors::manage_connectors::{
    change_connector, create_connector, delete_connector, list_connectors, read_connector,
};
use app::settings::connectors::replay_dead_letter::{is_letter_id, list_dead_letters, replay_dead_letter};
use app::settings::connectors::test_connector::test_connector;
use app::{Caller, Failure, Gate};
use domain::{Faults, limits};
use lambda::{Answer, Error, Route, only, query};
use lambda_http::{Body, Request, Response};
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
use store::connectors::Defaults;

/// Dead letters on a page.
const PAGE: i32 = 50;

/// Answers a request.
pub async fn handle(gate: &Gate, request: Request) -> Response<Body> {
    lambda::render(serve(gate, &request).await)
}

async fn serve(gate: &Gate, request: &Request) -> Result<Answer, Error> {
    let caller = lambda::caller(gate, request).await?;
    let Route { method, path } = lambda::route(request);
    let Some(["api", "settings", "approval-connectors"]) = path.first_chunk::<3>() else { return Err(Error::NoRoute) };
    let route = (method.as_str(), path.get(3..).unwrap_or_default());
    only(request, parameters(route))?;
    match route {
        ("GET", []) => {
            let rows: Vec<Value> = list_connectors(gate, &caller).await?.iter().map(|shown| shown.row()).collect();
            Ok(Answer::json(200, &rows))
        }
        ("POST", []) => Ok(Answer::json(201, &create_connector(gate, &caller, input(request)?).await?.row())),
        ("POST", ["test"]) => Ok(Answer::json(200, &test_connector(gate, &caller, &input(request)?).await?)),
        ("GET", ["defaults"]) => Ok(Answer::json(200, &defaults(read_defaults(gate, &caller).await?))),
        ("PUT", ["defaults"]) => {
            Ok(Answer::json(200, &defaults(change_defaults(gate, &caller, &lambda::json(request)?).await?)))
        }
        ("GET", ["activity"]) => Ok(Answer::json(200, &list_activity(gate, &caller, limit(request)?).await?)),
        ("GET", ["dead-letters"]) => dead_letters(gate, &caller, request).await,
        ("POST", ["dead-letters", id, "replay"]) => {
            // Clients may spell the colon of a second card's letter as `%3A`.
            let id = percent_decode_str(id).decode_utf8_lossy();
            replay_dead_letter(gate, &caller, &id).await?;
            Ok(Answer::json(200, &json!({ "id": id, "status": "replayed" })))
        }
        ("GET", [id]) => Ok(Answer::json(200, &read_connector(gate, &caller, id).await?.row())),
        ("PATCH", [id]) => Ok(Answer::json(200, &change_connector(gate, &caller, id, input(request)?).await?.row())),
        ("DELETE", [id]) => {
            delete_connector(gate, &caller, id, force(request)?).await?;
            Ok(Answer::json(200, &json!({ "status": "deleted" })))
        }
        _ => Err(Error::NoRoute),
    }
}

/// What a route reads of its query.
fn parameters(route: (&str, &[&str])) -> &'static [&'static str] {
    match route {
        ("GET", ["activity"]) => &["limit"],
        ("GET", ["dead-letters"]) => &["cursor"],
        ("DELETE", [_]) => &["force"],
        _ => &[],
    }
}

fn force(request: &Request) -> Result<bool, Error> {
    match query(request, "force") {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(Failure::invalid("force", "must be true or false").into()),
    }
}

fn input(request: &Request) -> Result<ConnectorInput, Error> {
    Ok(ConnectorInput::read(&lambda::json(request)?))
}

fn defaults(defaults: Defaults) -> Value {
    json!({
        "default_delivery_mode": defaults.mode,
        "default_fallback_to_ui": defaults.fallback_to_ui,
        "default_timeout_seconds": defaults.timeout_seconds,
        "min_timeout_seconds": limits::ATTEMPT_SEC.0,
        "max_timeout_seconds": limits::ATTEMPT_SEC.1,
    })
}

fn limit(request: &Request) -> Result<usize, Error> {
    let faults = Faults::default();
    let limit = match query(request, "limit") {
        None => limits::ACTIVITY_RECORDS.0,
        Some(text) => text.parse().ok().filter(|n| (1..=limits::ACTIVITY_RECORDS.1).contains(n)).unwrap_or_else(|| {
            faults.add("limit", format!("must be a whole number between 1 and {}", limits::ACTIVITY_RECORDS.1));
            limits::ACTIVITY_RECORDS.0
        }),
    };
    Ok(faults.or(limit as usize)?)
}

async fn dead_letters(gate: &Gate, caller: &Caller, request: &Request) -> Result<Answer, Error> {
    let after = query(request, "cursor");
    if after.is_some_and(|cursor| !is_letter_id(cursor)) {
        return Err(Failure::invalid("cursor", "must be a next_cursor of the page before").into());
    }
    let letters = list_dead_letters(gate, caller, after, PAGE).await?;
    let next = letters.last().filter(|_| letters.len() as i32 == PAGE).map(|letter| letter.id.clone());
    Ok(Answer::json(200, &json!({ "dead_letters": letters, "next_cursor": next })))
}
