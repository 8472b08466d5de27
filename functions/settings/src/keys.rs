//! `GET` and `POST /api/settings/keys`, `DELETE /api/settings/keys/{id}`.

use app::settings::manage_keys::{NewKey, create_key, is_key_id, list_keys, revoke_key};
use app::{Caller, Gate};
use domain::Timestamp;
use domain::shape::Form;
use lambda::{Answer, Error, query};
use lambda_http::Request;
use serde_json::{Value, json};
use store::settings::api_keys::ApiKey;

/// Keys on a page.
const PAGE: i32 = 100;

/// Where a page begins.
pub(crate) const CURSOR: Form = Form {
    pattern: "^key_[0-9a-z]{26}$",
    format: "",
    check: |text| is_key_id(text).then_some(()).ok_or_else(|| "must be a next_cursor of the page before".into()),
};

/// The workspace's keys; never the keys themselves.
pub(crate) async fn list(gate: &Gate, caller: &Caller, request: &Request) -> Result<Answer, Error> {
    let after = query(request, "cursor");
    let keys = list_keys(gate, caller, after, PAGE).await?;
    let more = keys.len() as i32 == PAGE;
    let next = keys.last().filter(|_| more).map(|(key, _)| key.id.clone());
    let rows: Vec<Value> = keys.iter().map(|(key, revoked)| row(key, *revoked)).collect();
    Ok(Answer::json(200, &json!({ "keys": rows, "next_cursor": next })))
}

/// Makes a key and shows it, once.
pub(crate) async fn create(gate: &Gate, caller: &Caller, request: &Request) -> Result<Answer, Error> {
    let new = NewKey::read(&lambda::json(request)?, gate.clock.now())?;
    let (key, secret) = create_key(gate, caller, new).await?;
    let mut shown = row(&key, None);
    if let Value::Object(fields) = &mut shown {
        fields.insert("key".into(), secret.into());
    }
    Ok(Answer::json(201, &shown))
}

/// Revokes a key.
pub(crate) async fn revoke(gate: &Gate, caller: &Caller, id: &str) -> Result<Answer, Error> {
    revoke_key(gate, caller, id).await?;
    Ok(Answer::json(200, &json!({ "id": id, "status": "revoked" })))
}

fn row(key: &ApiKey, revoked: Option<Timestamp>) -> Value {
    json!({
        "id": key.id,
        "name": key.name,
        "workspace": key.workspace,
        "subject": key.subject,
        "roles": key.roles,
        "owner": key.owner,
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "revoked_at": revoked,
    })
}
