//! `POST /approvals/{approval_id}/execution`: the agent says what became of what it was allowed to do.

use app::deliver::execute_approval::report_execution;
use app::{Caller, Deciding, Failure};
use domain::approval::shapes::EXECUTION_INPUT;
use domain::approval::{Execution, ExecutionStatus};
use domain::{ApprovalId, Fault, Faults};
use lambda::{Answer, Error};
use lambda_http::Request;
use serde_json::{Value, json};

/// As the agent that asked.
pub(crate) async fn report(gate: &Deciding, caller: &Caller, request: &Request, id: &str) -> Result<Answer, Error> {
    let outcome = read(&lambda::json(request)?)?;
    let id = ApprovalId::parse(id).ok_or(Failure::NotFound("there is no such approval"))?;
    let reported = report_execution(gate, caller, &id, &outcome).await?;
    Ok(Answer::json(200, &json!({ "approval_id": reported.id, "execution": reported.execution })))
}

/// `{status: succeeded|failed, detail?}`.
fn read(body: &Value) -> Result<Execution, Vec<Fault>> {
    let faults = Faults::default();
    let given = EXECUTION_INPUT.read(body, &faults);
    let status = match given.text("status").as_deref() {
        Some("failed") => ExecutionStatus::Failed,
        _ => ExecutionStatus::Succeeded,
    };
    let detail = given.field("detail").value().cloned();
    faults.or(Execution { status, attempts: None, status_code: None, result: detail })
}
