//! `POST /approvals/{approval_id}/execution`: the agent says what became of what it was allowed to do.

use app::deliver::execute_approval::report_execution;
use app::{Failure, Gate};
use domain::approval::{Execution, ExecutionStatus};
use domain::{ApprovalId, Fault, Faults, limits};
use lambda::{Answer, Error, only};
use lambda_http::Request;
use serde_json::{Value, json};

/// As the agent that asked.
pub(crate) async fn report(gate: &Gate, request: &Request, id: &str) -> Result<Answer, Error> {
    let caller = lambda::caller(gate, request).await?;
    caller.must_be(&[domain::Role::Agent])?;
    only(request, &[])?;
    let outcome = read(&lambda::json(request)?)?;
    let id = ApprovalId::parse(id).ok_or(Failure::NotFound("there is no such approval"))?;
    let reported = report_execution(gate, &caller, &id, &outcome).await?;
    Ok(Answer::json(200, &json!({ "approval_id": reported.id, "execution": reported.execution })))
}

/// `{status: succeeded|failed, detail?}`.
fn read(body: &Value) -> Result<Execution, Vec<Fault>> {
    let faults = Faults::default();
    let mut o = faults.object("", body);
    o.need("status");
    let status = match o.one_of("status", &["succeeded", "failed"]) {
        Some("failed") => ExecutionStatus::Failed,
        _ => ExecutionStatus::Succeeded,
    };
    let detail = o.get("detail").cloned();
    if detail.as_ref().is_some_and(|detail| detail.to_string().len() > limits::DETAIL_BYTES) {
        o.fault("detail", format!("must have at most {} bytes", limits::DETAIL_BYTES));
    }
    faults.or(Execution { status, attempts: None, status_code: None, result: detail })
}
