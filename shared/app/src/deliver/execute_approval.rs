//! The gate executes: the webhook that the policy's `onApproved` names receives all approved parameters, at least once, with the approval's
//! id as idempotency key. The agent never gets these parameters, so that nothing runs twice.

use crate::deliver::give_up::{GONE, disable};
use crate::deliver::outgoing::{SendingLease, Sent};
use crate::deliver::targets::SEALED;
use crate::facts::Fact;
use crate::gate::sealing::without_hidden;
use crate::{Caller, Couriers, Deciding, Failure, Keyed};
use data_encoding::BASE64URL_NOPAD;
use domain::approval::{Executes, Execution, ExecutionStatus};
use domain::delivery::entry::Try;
use domain::delivery::surface::EXECUTION;
use domain::params::json::canonical;
use domain::params::scrub::Scrub;
use domain::policy::OnApproved;
use domain::secret::Label;
use domain::{Approval, ApprovalId, Command, Refusal, Role, Status, apply};
use jiff::SignedDuration;
use serde_json::{Value, json};
use std::time::Duration;
use store::connectors::Connector;
use store::deliveries::DeliveryOf;
use vendors::connector::{Kind, Settings};
use vendors::webhook::{Client, MAX_ANSWER};

/// Reports the outcome as the agent that asked, and executes itself.
///
/// # Errors
/// `NotFound` where there is none, or it is another agent's; `Refused` where it is not approved, was reported, or the gate executes.
pub async fn report_execution(
    gate: &Deciding,
    caller: &Caller,
    id: &ApprovalId,
    outcome: &Execution,
) -> Result<Approval, Failure> {
    let subject = caller.must_be(&[Role::Agent])?;
    let found = gate.must_get(&caller.workspace, id).await?;
    (found.asked_by == *subject).then_some(()).ok_or(Failure::NotFound("there is no such approval"))?;
    let change = |approval: &Approval, now| {
        let fingerprint = fingerprint(gate, approval, outcome);
        let reported = |result, fingerprint| {
            let (by, outcome) = (Some(subject.clone()), Execution { result, ..outcome.clone() });
            apply(approval, Command::ReportExecution { by, outcome, fingerprint }, now)
        };
        // Hidden values are looked for only where the report is taken: that is work, and an agent may report again and again.
        let as_it_came = reported(outcome.result.clone(), fingerprint.clone())?;
        if as_it_came.approval == *approval {
            return Ok(as_it_came);
        }
        let shown = outcome.result.as_ref().map(|result| without_hidden(gate, approval, |scrub| scrub.value(result)));
        let fingerprint = fingerprint.filter(|_| shown != outcome.result);
        reported(shown, fingerprint)
    };
    Ok(gate.change_and_hint(&caller.workspace, id, change).await?.approval)
}

/// Keyed, because a report can hold what the policy hides; none where the secret that the approval was made under is retired.
fn fingerprint(gate: &Keyed, approval: &Approval, outcome: &Execution) -> Option<String> {
    let report = canonical(&json!([approval.id, outcome.status.word(), outcome.result]));
    let mac = gate.root.mac(Label::Report, approval.token_number, &report)?;
    let (half, _) = mac.split_at(16);
    Some(BASE64URL_NOPAD.encode(half))
}

/// Executes an approved action, if the gate executes it and has not done so yet.
///
/// A receiver's refusal is stored, and tried again later if that can help.
pub async fn execute_approval(gate: &Keyed, couriers: &Couriers, approval: &Approval) -> Result<(), Failure> {
    let done = approval.execution.as_ref().is_some_and(|e| e.status != ExecutionStatus::Pending);
    if approval.status != Status::Approved || approval.executes != Executes::Gate || done {
        return Ok(());
    }
    let policy = gate.policy_of_hash(&approval.workspace, &approval.policy).await?;
    let fields = policy.fields_for(&approval.action, approval.rule.as_ref());
    let hook = fields.and_then(|fields| fields.on_approved.clone());
    let timeout = hook.as_ref().map_or(30, |hook| hook.timeout_sec);
    let of = DeliveryOf { workspace: &approval.workspace, id: &approval.id, connector: EXECUTION };
    // Everything that can fail for good is done before the lease is taken, so that no process waits for the end of a lease without an
    // attempt.
    let (receiver, data) = (receiver(couriers, approval, hook).await?, order(gate, approval)?);
    let Some(sending) = SendingLease::take(gate, of, SignedDuration::from_secs(timeout as i64)).await? else {
        return Ok(());
    };
    let (result, connector) = match receiver {
        Receiver::Webhook(client, connector) => {
            let sent = client.send(approval.id.as_str(), "approval.execute", &data, gate.clock.now()).await;
            (sent, Some(connector))
        }
        Receiver::Nobody(why) => (Err(why), None),
    };
    let (mut sending, sent) = sending.end(approval, Try::Execute, result).await?;
    if let Sent::GivenUp(why, _) = &sent
        && why.status() == Some(GONE)
    {
        sending.note(disable(gate, approval, connector.as_deref()).await?);
    }
    let Some(outcome) = outcome(gate, approval, sent) else { return sending.release().await };
    let taken = outcome.status == ExecutionStatus::Succeeded;
    let report = || Command::ReportExecution { by: None, outcome: outcome.clone(), fingerprint: None };
    match gate.change(&approval.workspace, &approval.id, |standing, now| apply(standing, report(), now)).await {
        Ok(_) if !taken => gate.facts.note(Fact::ExecutionFailed),
        // The process that held the lease before reported the result and then died.
        Ok(_) | Err(Failure::Refused(Refusal::InvalidState(_))) => {}
        Err(e) => return Err(e),
    }
    sending.conclude(taken).await
}

/// The result of the execution, if there is one yet, without the values that the policy hides.
fn outcome(gate: &Keyed, approval: &Approval, sent: Sent) -> Option<Execution> {
    let (status, attempts, status_code, result) = match sent {
        Sent::Nothing => return None,
        Sent::Taken(answered, attempts) => {
            let said = |scrub: &Scrub| said(&answered.body, scrub).unwrap_or_default();
            let result = Some(without_hidden(gate, approval, said)).filter(|said| !said.is_null());
            (ExecutionStatus::Succeeded, attempts, Some(answered.status), result)
        }
        Sent::GivenUp(why, attempts) => {
            (ExecutionStatus::Failed, attempts, why.status(), Some(Value::String(why.to_string())))
        }
    };
    Some(Execution { status, attempts: Some(attempts), status_code, result })
}

/// Who executes.
enum Receiver {
    /// A webhook.
    Webhook(Client, Box<Connector>),
    /// Nobody can execute now, and why.
    Nobody(vendors::Failure),
}

async fn receiver(couriers: &Couriers, approval: &Approval, hook: Option<OnApproved>) -> Result<Receiver, Failure> {
    let nobody =
        |reason: String| Ok(Receiver::Nobody(vendors::Failure::Transient { reason, status: None, retry_after: None }));
    let Some(OnApproved { connector: name, timeout_sec }) = hook else {
        return nobody("the policy names nobody who executes it".into());
    };
    let fits = |c: &&Connector| c.enabled && c.kind == Kind::Webhook;
    let mut known = couriers.recent_connectors(&approval.workspace).await?;
    if known.named(&name).filter(fits).is_none() {
        // It may have been made or enabled a moment ago.
        couriers.memory.connectors.forget(&approval.workspace);
        known = couriers.recent_connectors(&approval.workspace).await?;
    }
    let Some(connector) = known.named(&name).filter(fits) else {
        return nobody(format!("there is no webhook connector {name:?} that is enabled"));
    };
    let Ok(settings) = couriers.open(&approval.workspace, connector, &known.defaults) else {
        return nobody(format!("{name}: {SEALED}"));
    };
    let mut settings = Settings { timeout: Duration::from_secs(timeout_sec), ..settings };
    settings.headers.insert("Idempotency-Key".into(), approval.id.to_string());
    let client = Client::new(&couriers.http, &settings).traced(approval.traceparent.as_ref());
    Ok(Receiver::Webhook(client, connector.clone().into()))
}

/// The message to the webhook: all parameters to act on, with the original hidden values.
fn order(gate: &Keyed, approval: &Approval) -> Result<Value, Failure> {
    let params = gate.original_params(approval)?;
    Ok(json!({
        "approval_id": approval.id,
        "workspace": approval.workspace,
        "action": approval.action,
        "params": params,
        "digest": approval.digest,
        "agent": approval.agent(),
        "task_id": approval.task_id,
        "approvers": approval.votes.iter().map(|vote| vote.by.short()).collect::<Vec<_>>(),
        "decided_at": approval.decided_at,
    }))
}

/// The receiver's answer: as JSON if it is JSON within our limits, else as text; none if it is empty.
fn said(body: &[u8], scrub: &Scrub) -> Option<Value> {
    let text = String::from_utf8_lossy(body).trim().to_owned();
    let whole = body.len() < MAX_ANSWER;
    let read = || match domain::params::json::parse(text.as_bytes()) {
        Ok(value) => scrub.value(&value),
        Err(_) if whole => Value::String(scrub.text(&text)),
        // Half a character may be left at the end.
        Err(_) => Value::String(scrub.beginning(text.trim_end_matches(char::REPLACEMENT_CHARACTER))),
    };
    (!text.is_empty()).then(read)
}
