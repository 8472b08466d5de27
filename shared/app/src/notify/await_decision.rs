//! The agent learns: at once, or as soon as the state moves. A held answer re-reads with backoff.

use crate::gate::see_approval::ApprovalAt;
use crate::memory::holds::Hold;
use crate::{Failure, Keyed, noted};
use domain::approval::Executes;
use domain::token::WaitToken;
use domain::view::{Originals, WaitAnswer, wait_answer};
use domain::{Approval, Status};
use std::pin::pin;
use std::time::Duration;
use tokio::time::{Instant, timeout};

/// The first interval at which a held answer re-reads.
pub const FIRST_REREAD: Duration = Duration::from_millis(50);
/// The longest.
pub const LAST_REREAD: Duration = Duration::from_secs(1);

/// The wait answer of a wait token, now.
///
/// # Errors
/// `TokenNotFound` for a token that is forged, garbled or of nothing.
pub async fn read_decision(gate: &Keyed, token: &str) -> Result<WaitAnswer, Failure> {
    let token = gate.wait_token(token)?;
    read(gate, &token).await
}

/// A right to hold an answer to the holder of a wait token; none where the token has enough of them.
///
/// # Errors
/// `TokenNotFound` for a token that is forged or garbled.
pub fn hold(gate: &Keyed, token: &str) -> Result<Option<Hold>, Failure> {
    let token = gate.wait_token(token)?;
    Ok(gate.memory.holds.begin(token.id()))
}

/// The wait answer of a wait token, as soon as it is newer than `seen`, or after `hold`.
///
/// # Errors
/// `TokenNotFound` for a token that is forged, garbled or of nothing.
pub async fn await_change(gate: &Keyed, token: &str, seen: Option<u64>, hold: Duration) -> Result<WaitAnswer, Failure> {
    let token = gate.wait_token(token)?;
    let wake = gate.memory.changes.of(token.id());
    let until = Instant::now() + hold;
    let mut pause = FIRST_REREAD;
    loop {
        // Listened for before reading: a change written between the two is not slept through.
        let mut woken = pin!(wake.notified());
        woken.as_mut().enable();
        let answer = read(gate, &token).await?;
        let left = until.saturating_duration_since(Instant::now());
        if seen.is_none_or(|seen| answer.seq > seen) || is_over(&answer) || left.is_zero() {
            return Ok(answer);
        }
        // Woken or not, the next read shows whether something changed.
        let _ = timeout(pause.min(left), woken).await;
        pause = (pause * 3 / 2).min(LAST_REREAD);
    }
}

/// Whether nothing will follow an answer.
pub fn is_over(answer: &WaitAnswer) -> bool {
    matches!(answer.status, "approved" | "denied" | "expired")
}

async fn read(gate: &Keyed, token: &WaitToken) -> Result<WaitAnswer, Failure> {
    let approval = gate.store.get_approval_by_token(token.id(), &token.hash()).await?.ok_or(Failure::TokenNotFound)?;
    noted::approval(&approval);
    wait_answer_of(gate, &approval).await
}

/// The wait answer of an approval, now.
pub(crate) async fn wait_answer_of(gate: &Keyed, approval: &Approval) -> Result<WaitAnswer, Failure> {
    let ApprovalAt { approval, at } = gate.see(approval).await?;
    // The hidden values are opened only for an agent that executes the action itself.
    let opens = approval.status_at(at) == Status::Approved && approval.executes == Executes::Agent;
    let params = if opens { Some(gate.original_params(&approval)?) } else { None };
    let asked = if opens { gate.original_asked(&approval)? } else { None };
    let originals = Originals { params, asked };
    Ok(wait_answer(&approval, originals, successor_token(gate, &approval).await?, at))
}

async fn successor_token(gate: &Keyed, approval: &Approval) -> Result<Option<String>, Failure> {
    let Some(id) = &approval.superseded_by else { return Ok(None) };
    let Some(next) = gate.store.get_approval(&approval.workspace, id).await? else { return Ok(None) };
    // A token whose secret is retired is known to its holder alone.
    Ok(WaitToken::issue(&gate.root, next.token_number, id).map(|token| token.text()))
}
