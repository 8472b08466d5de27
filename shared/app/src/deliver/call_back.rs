//! Wakes a sleeping agent: after the approval's end, the callback address of the request receives the wait answer, signed with a key that
//! only the holder of the wait token can make.

use crate::deliver::outgoing::{SendingLease, Sent};
use crate::facts::Fact;
use crate::gate::sealing::retired;
use crate::notify::await_decision::wait_answer_of;
use crate::{Failure, Keyed};
use domain::delivery::entry::Try;
use domain::delivery::surface::CALLBACK;
use domain::token::WaitToken;
use domain::{Approval, ApprovalId};
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::SignedDuration;
use serde_json::Value;
use sha2::Sha256;
use std::time::Duration;
use store::deliveries::DeliveryOf;
use vendors::webhook::Client;

/// How long one attempt may take (Standard Webhooks: 15 to 30 s).
const ATTEMPT: Duration = Duration::from_secs(15);

/// Calls back, if the request named an address, the approval has ended, and the callback is not done yet.
///
/// A receiver's refusal is stored, and tried again later if that can help.
pub async fn call_back(gate: &Keyed, approval: &Approval) -> Result<(), Failure> {
    let Some(address) = approval.callback.as_ref().filter(|_| !approval.status.is_open()) else { return Ok(()) };
    let of = DeliveryOf { workspace: &approval.workspace, id: &approval.id, connector: CALLBACK };
    let attempt = SignedDuration::try_from(ATTEMPT).unwrap_or_default();
    // Everything that can fail for good is done before the lease is taken.
    let (key, data) = (callback_key(gate, approval)?, data(gate, approval).await?);
    let Some(sending) = SendingLease::take(gate, of, attempt).await? else { return Ok(()) };
    let client = Client::with_secret(&gate.http, address, &key, Vec::new(), ATTEMPT);
    let client = client.traced(approval.traceparent.as_ref());
    let kind = format!("approval.{}", approval.status.word());
    let result = client.send(&message_id(&approval.id), &kind, &data, gate.clock.now()).await;
    let (sending, sent) = sending.end(approval, Try::CallBack, result).await?;
    match sent {
        Sent::Nothing => sending.release().await,
        Sent::Taken(..) => sending.conclude(true).await,
        Sent::GivenUp(..) => {
            gate.facts.note(Fact::CallbackFailed);
            sending.conclude(false).await
        }
    }
}

fn message_id(id: &ApprovalId) -> String {
    format!("{id}_ended")
}

/// The wait answer, with the request's id.
async fn data(gate: &Keyed, approval: &Approval) -> Result<Value, Failure> {
    let mut data = serde_json::to_value(wait_answer_of(gate, approval).await?).unwrap_or_default();
    if let Value::Object(fields) = &mut data {
        fields.insert("requestId".into(), approval.id.to_string().into());
    }
    Ok(data)
}

/// A wait token's holder can make the key too: `HMAC-SHA256(token, "countersign callback")`.
fn callback_key(gate: &Keyed, approval: &Approval) -> Result<Vec<u8>, Failure> {
    let token = WaitToken::issue(&gate.root, approval.token_number, &approval.id);
    let token = token.ok_or_else(retired)?.text();
    let mut mac = Hmac::<Sha256>::new_from_slice(token.as_bytes()).map_err(|_| retired())?;
    mac.update(b"countersign callback");
    Ok(mac.finalize().into_bytes().to_vec())
}
