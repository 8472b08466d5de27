//! Editing what the policy lets people change: inputs, then the difference, then the approval of exactly that.

use super::decision::{decide, refused};
use crate::page::difference;
use crate::page::form::{hidden, ours};
use crate::page::tree;
use crate::page::{At, redirect};
use crate::visit::Visit;
use app::Failure;
use app::decide::decide_approval::{Verdict, preview_edit};
use app::look::explain_approval::explain_approval;
use domain::apply::edit::of_parameters;
use domain::digest::Digest;
use domain::params::difference::changed_keys;
use domain::params::typed::{can_be_typed, is_ambiguous, is_redacted, patch_from, value_at};
use domain::params::visible;
use domain::{Approval, ApprovalId, Refusal};
use lambda::{Answer, Error, Fields};
use maud::{Markup, html};
use serde_json::{Map, Value};

/// Before the key, in an input's name.
const PREFIX: &str = "edit:";

/// What was typed, by key, and what is wrong with it.
#[derive(Default)]
struct Typed {
    values: Map<String, Value>,
    problems: Vec<(String, String)>,
}

pub(crate) async fn form(visit: &Visit<'_>, id: &str) -> Result<Answer, Error> {
    let (approval, _) = visit.approval(id).await?;
    // A person edits what they have read. If the approval has changed since, the link leads back to the approval.
    if visit.query("digest").is_some_and(|seen| seen != approval.digest.to_string()) {
        return Ok(redirect(&format!("/console/approvals/{}?seen=before", approval.id)));
    }
    inputs(visit, &approval, &Typed::default(), 200).await
}

/// Shows the parameters that would be approved. Every fault is shown beside its input, and the page keeps everything that was typed.
pub(crate) async fn preview(visit: &Visit<'_>, id: &str, fields: &Fields) -> Result<Answer, Error> {
    let (approval, _) = visit.approval(id).await?;
    if fields.get("digest") != approval.digest.to_string() {
        return refused(visit, id, Refusal::Changed.into()).await;
    }
    let values = fields.beginning(PREFIX).map(|(key, text)| (key.to_owned(), text.into()));
    let values: Map<String, Value> = values.collect();
    let typed = patch_from(&approval.params, &values);
    let patch = match typed.and_then(|patch| of_parameters(&approval.action, &approval.params, patch)) {
        Ok(patch) => patch,
        Err(problems) => return inputs(visit, &approval, &Typed { values, problems }, 422).await,
    };
    match preview_edit(&visit.has.gate, &approval, visit.person()?, &patch).await {
        Ok(after) => Ok(previewed(visit, &approval, &after, &patch)),
        Err(Failure::Refused(Refusal::OverrideNotAllowed(faults))) => {
            let problems =
                faults.into_iter().map(|f| (f.field.replacen("modified_action.", "", 1), f.problem)).collect();
            inputs(visit, &approval, &Typed { values, problems }, 422).await
        }
        Err(failure) => refused(visit, id, failure).await,
    }
}

/// Approves the edit that a preview showed.
pub(crate) async fn approve(visit: &Visit<'_>, id: &ApprovalId, fields: &Fields) -> Result<ApprovalId, Failure> {
    let patch = match domain::params::json::parse(fields.get("patch").as_bytes()) {
        Ok(Value::Object(patch)) => patch,
        _ => return Err(Failure::invalid("patch", "must be a JSON object")),
    };
    let seen = Some(Digest::claimed(fields.get("digest")));
    decide(visit, id, Ok(Verdict { approve: true, comment: None, seen, patch: Some(patch) })).await
}

async fn inputs(visit: &Visit<'_>, approval: &Approval, typed: &Typed, status: u16) -> Result<Answer, Error> {
    let may = explain_approval(&visit.has.gate, approval, visit.person()?).await?.may_do;
    if !may.may_approve() || may.override_keys.is_empty() || !approval.status_at(visit.now()).is_open() {
        let why = Refusal::NotAuthorized("there is nothing here that you may edit".into());
        return refused(visit, &approval.id.to_string(), why.into()).await;
    }
    let body = html! {
        h1 { "Edit: " (tree::line(&approval.title)) }
        p.hint { "The policy lets you change these. White space counts. Earlier approvals and acknowledgements are void after an edit; yours stands." }
        @if !typed.problems.is_empty() { p.problem role="alert" { "Not yet: see below." } }
        form.stack method="post" action=(format!("/console/approvals/{}/preview", approval.id)) {
            (ours(&visit.session)) (hidden("digest", &approval.digest.to_string()))
            @for (n, key) in may.override_keys.iter().filter(|k| can_be_typed(&approval.params, k)).enumerate() { (input(approval, key, typed, n)) }
            @for key in may.override_keys.iter().filter(|k| is_ambiguous(&approval.params, k)) {
                p.hint { code { (tree::line(key)) } " can mean two places of these parameters, so it cannot be changed." }
            }
            @for (key, problem) in typed.problems.iter().filter(|(k, _)| !may.override_keys.contains(k)) { p.problem { code { (key) } " " (problem) } }
            button { "See the difference" }
            a.button.quiet href=(format!("/console/approvals/{}", approval.id)) { "Back" }
        }
    };
    Ok(visit.page(At::Inbox, status, "Edit", &body))
}

fn input(approval: &Approval, key: &str, typed: &Typed, n: usize) -> Markup {
    let value = value_at(&approval.params, key);
    let before = value.map(as_typed).unwrap_or_default();
    let text = typed.values.get(key).and_then(Value::as_str).unwrap_or(&before);
    let problem = typed.problems.iter().find(|(k, _)| k == key).map(|(_, problem)| problem);
    let hint = match value {
        None => "Not set; leave empty to keep it so",
        Some(value) if is_redacted(value) => "Hidden; leave empty to keep it",
        Some(Value::String(_)) => "Text",
        Some(_) => "JSON, of the same kind",
    };
    html! {
        label for=(format!("edit-{n}")) { code { (tree::line(key)) } " " span.hint { (hint) } }
        // Browsers drop a line feed right after the tag. This one is dropped, so that the first line feed of the value is not.
        textarea id=(format!("edit-{n}")) name=(format!("{PREFIX}{key}")) rows=(text.lines().count().clamp(1, 12))
            aria-invalid=[problem.map(|_| "true")] aria-describedby=[problem.map(|_| format!("problem-{n}"))] { "\n" (text) }
        @if visible::hides(text) { p.hint { "It has characters that do not show; the difference shows them." } }
        @if let Some(problem) = problem { p.problem id=(format!("problem-{n}")) { (problem) } }
    }
}

/// A text as it is, a hidden value as an empty text, and any other value as JSON.
fn as_typed(value: &Value) -> String {
    match value {
        hidden if is_redacted(hidden) => String::new(),
        Value::String(text) => text.clone(),
        other => serde_json::to_string_pretty(other).unwrap_or_default(),
    }
}

fn previewed(visit: &Visit<'_>, approval: &Approval, after: &Map<String, Value>, patch: &Map<String, Value>) -> Answer {
    let keys = changed_keys(&approval.params, after);
    // A hidden value looks the same before and after, so the page says in words that the value is replaced.
    let mut unseen = Vec::new();
    replaced(patch, &approval.params, "", &mut unseen);
    let back = format!("/console/approvals/{}/edit", approval.id);
    let body = html! {
        h1 { "What your edit changes" }
        @if keys.is_empty() && unseen.is_empty() { p { "Nothing." } }
        (difference::parameters(&approval.params, after))
        @for key in &unseen { section { h2 { code { (tree::line(key)) } } p { "A hidden value is replaced by the one you typed." } } }
        form.stack method="post" action=(format!("/console/approvals/{}/edit", approval.id)) {
            (ours(&visit.session)) (hidden("digest", &approval.digest.to_string()))
            (hidden("patch", &Value::Object(patch.clone()).to_string()))
            @if !patch.is_empty() { button.approve { "Approve with these changes" } }
            a.button.quiet href=(back) { "Back" }
        }
    };
    visit.page(At::Inbox, 200, "Your edit", &body)
}

/// The hidden values that a patch replaces.
fn replaced(patch: &Map<String, Value>, shown: &Map<String, Value>, at: &str, found: &mut Vec<String>) {
    for (key, value) in patch {
        let path = format!("{at}{key}");
        match (value, shown.get(key)) {
            (_, Some(before)) if is_redacted(before) => found.push(path),
            (Value::Object(patch), Some(Value::Object(shown))) => replaced(patch, shown, &format!("{path}."), found),
            _ => {}
        }
    }
}
