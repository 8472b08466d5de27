//! Connectors: listed, made, tested, read, changed, deleted; and what they did lately.

use crate::resources::Connectors;
use app::Caller;
use app::settings::connectors::input::ConnectorInput;
use app::settings::connectors::list_activity::list_activity;
use app::settings::connectors::manage_connectors::{
    change_connector, create_connector, delete_connector, list_connectors, read_connector,
};
use app::settings::connectors::test_connector::test_connector;
use domain::limits;
use lambda::{Answer, Error, query};
use lambda_http::Request;
use serde_json::{Value, json};

pub(crate) async fn list(has: &Connectors, caller: &Caller) -> Result<Answer, Error> {
    let rows: Vec<Value> = list_connectors(&has.couriers, caller).await?.iter().map(|shown| shown.row()).collect();
    Ok(Answer::json(200, &rows))
}

pub(crate) async fn create(has: &Connectors, caller: &Caller, request: &Request) -> Result<Answer, Error> {
    Ok(Answer::json(201, &create_connector(&has.couriers, caller, input(request)?).await?.row()))
}

pub(crate) async fn test(has: &Connectors, caller: &Caller, request: &Request) -> Result<Answer, Error> {
    Ok(Answer::json(200, &test_connector(&has.couriers, caller, &input(request)?).await?))
}

pub(crate) async fn read(has: &Connectors, caller: &Caller, id: &str) -> Result<Answer, Error> {
    Ok(Answer::json(200, &read_connector(&has.couriers, caller, id).await?.row()))
}

pub(crate) async fn change(has: &Connectors, caller: &Caller, id: &str, request: &Request) -> Result<Answer, Error> {
    Ok(Answer::json(200, &change_connector(&has.couriers, caller, id, input(request)?).await?.row()))
}

pub(crate) async fn delete(has: &Connectors, caller: &Caller, id: &str, request: &Request) -> Result<Answer, Error> {
    delete_connector(&has.couriers, caller, id, query(request, "force") == Some("true")).await?;
    Ok(Answer::json(200, &json!({ "status": "deleted" })))
}

pub(crate) async fn activity(has: &Connectors, caller: &Caller, request: &Request) -> Result<Answer, Error> {
    let limit = query(request, "limit").and_then(|limit| limit.parse().ok()).unwrap_or(limits::ACTIVITY_RECORDS.0);
    Ok(Answer::json(200, &list_activity(&has.couriers, caller, limit as usize).await?))
}

fn input(request: &Request) -> Result<ConnectorInput, Error> {
    Ok(ConnectorInput::read(&lambda::json(request)?))
}
