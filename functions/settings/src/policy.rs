//! `GET` and `PUT /api/settings/policy`, `POST /api/settings/policy/check`.

use app::settings::check_policy::{Trial, check_policy};
use app::settings::replace_policy::{Expecting, PolicyInForce, read_policy, replace_policy};
use app::settings::shapes::POLICY_TRIAL;
use app::{Caller, Gate};
use domain::Faults;
use lambda::{Answer, Error, text_header};
use lambda_http::Request;
use serde_json::{Value, json};

/// The document as it was written, with its ETag.
pub(crate) async fn read(gate: &Gate, caller: &Caller) -> Result<Answer, Error> {
    let PolicyInForce { head, text } = read_policy(gate, caller).await?;
    let kind = if text.trim_start().starts_with('{') { "application/json" } else { "application/yaml" };
    let version = head.version;
    Ok(Answer::text(200, kind, text).with("etag", etag(&head.hash)).with("x-policy-version", version))
}

/// Replaces the document, whole or not at all.
pub(crate) async fn replace(gate: &Gate, caller: &Caller, request: &Request) -> Result<Answer, Error> {
    let text = lambda::document(request)?;
    let PolicyInForce { head, .. } = replace_policy(gate, caller, text, expecting(request)?).await?;
    Ok(Answer::json(200, &head).with("etag", etag(&head.hash)))
}

fn expecting(request: &Request) -> Result<Expecting, Error> {
    Ok(match (text_header(request, "if-match")?, text_header(request, "if-none-match")?) {
        (Some("*"), _) => Expecting::Something,
        (Some(tag), _) => Expecting::Hash(tag.trim().trim_start_matches("W/").trim_matches('"').to_owned()),
        (None, Some("*")) => Expecting::Nothing,
        (None, _) => Expecting::Anything,
    })
}

fn etag(hash: &str) -> String {
    format!("\"{hash}\"")
}

/// Tries a document, or the policy in force, on a sample action: `{policy?, action?, params?}`, or a YAML document alone.
pub(crate) async fn check(gate: &Gate, caller: &Caller, request: &Request) -> Result<Answer, Error> {
    let trial = match lambda::json(request) {
        Ok(body) => read_trial(&body)?,
        Err(Error::UnsupportedMediaType(_)) => Trial { policy: Some(lambda::document(request)?), ..Trial::default() },
        Err(e) => return Err(e),
    };
    Ok(Answer::json(200, &json!(check_policy(gate, caller, &trial).await?)))
}

fn read_trial(body: &Value) -> Result<Trial, Error> {
    let faults = Faults::default();
    let given = POLICY_TRIAL.read(body, &faults);
    let policy = given.field("policy").value().map(|document| match document {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    });
    let action = given.text("action");
    let params = given.object("params").cloned().unwrap_or_default();
    Ok(faults.or(Trial { policy, action, params })?)
}
