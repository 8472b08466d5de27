//! Decides: parse, one use case, render.

use app::decide::decide_approval::{Verdict, awaited, decide_approval};
use app::{Caller, Deciding, Failure};
use domain::approval::shapes::RESOLVE_INPUT;
use domain::digest::Digest;
use domain::view::resolve_answer;
use domain::{ApprovalId, Fault, Faults, Role};
use lambda::{Answer, Error};
use lambda_http::Request;
use serde_json::Value;

pub(crate) async fn resolve(gate: &Deciding, caller: &Caller, request: &Request, id: &str) -> Result<Answer, Error> {
    let by = caller.must_be(&[Role::Approver, Role::Admin])?;
    let verdict = read(&lambda::json(request)?)?;
    let id = ApprovalId::parse(id).ok_or(Failure::NotFound("there is no such approval"))?;
    let decided = decide_approval(gate, &caller.workspace, &id, by, &verdict).await?;
    let word = if verdict.approve { "approved" } else { "denied" };
    let waiting_for = awaited(gate, &decided.approval).await?;
    let seen = gate.see(&decided.approval).await?;
    Ok(Answer::json(200, &resolve_answer(&seen.approval, word, waiting_for, seen.at)))
}

fn read(body: &Value) -> Result<Verdict, Vec<Fault>> {
    let faults = Faults::default();
    let given = RESOLVE_INPUT.read(body, &faults);
    let approve = given.text("decision").is_some_and(|decision| decision == "approved");
    let comment = given.text("comment").filter(|comment| !comment.is_empty());
    let patch = given.object("modified_action").cloned();
    if patch.is_some() && given.text("decision").is_some_and(|decision| decision == "denied") {
        faults.add("modified_action", "cannot come with a denial");
    }
    let seen = given.text("digest").map(|digest| Digest::claimed(&digest));
    faults.or(Verdict { approve, comment, seen, patch })
}
