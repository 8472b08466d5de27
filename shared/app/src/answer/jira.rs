//! A person decides in Jira by moving an issue. The move decides like any other decision if four things hold: Countersign made the issue,
//! the issue shows the request as it is now, it showed the same when it was moved, and it is still in the status that it was moved to.
//! Otherwise the issue is moved back, with a comment that says why.
//!
//! An issue that was moved again meanwhile is left alone, because that move has a callback of its own, or was made by Countersign. So a
//! callback that comes twice finds the issue moved back, or the decision made.

use crate::answer::callbacks::Called;
use crate::decide::decide_approval::{Verdict, decide_approval, may_do};
use crate::deliver::show_again::show_again;
use crate::{Couriers, Deciding, Failure};
use domain::{Approval, Status, Timestamp};
use std::time::Duration;
use vendors::connector::Notice;
use vendors::jira::{Callback, Client, Intent, Moved, Ours};

/// How long the update of the issue may take before the answer goes out.
const SHOWING: Duration = Duration::from_secs(8);

/// What remains to be done in Jira.
enum After {
    /// Nothing: what follows from a decision comes out of the stream.
    Nothing,
    /// The issue goes back to its former status, with this comment.
    Back(String),
    /// The same, and the issue is updated.
    Anew(String),
}

/// Answers a verified callback.
///
/// # Errors
/// The table or Jira could not be asked, so nothing was decided: Jira is to send it again. That an issue could not be moved back is no
/// failure.
pub async fn answer_in_jira(
    gate: &Deciding,
    couriers: &Couriers,
    called: &Called,
    callback: &Callback,
) -> Result<(), Failure> {
    let Callback::Moved(moved) = callback else { return Ok(()) };
    if moved.intent == Intent::Other {
        return Ok(());
    }
    let Some((approval, delivery)) = called.delivered(gate, &moved.approval).await? else { return Ok(()) };
    let client = Client::new(&gate.http, &called.settings);
    let here = delivery.ts.as_ref() == Some(&moved.key) && delivery.channel.as_deref() == Some(client.site());
    if !here || says_the_end(moved.intent, approval.status_at(gate.clock.now())) {
        return Ok(());
    }
    if client.myself().await.map_err(unasked)? == moved.by.name() {
        return Ok(());
    }
    match answer(gate, &client, moved, &approval).await? {
        After::Nothing => {}
        After::Back(why) => move_back(&client, moved, &why).await,
        After::Anew(why) => {
            move_back(&client, moved, &why).await;
            show_again(gate, couriers, &called.workspace, &approval.id, &called.connector, SHOWING).await;
        }
    }
    Ok(())
}

/// Whether an issue that was moved there says no more than how the approval has ended.
fn says_the_end(intent: Intent, status: Status) -> bool {
    match status {
        Status::Approved => intent == Intent::Approve,
        Status::Denied | Status::Expired => intent == Intent::Deny,
        _ => false,
    }
}

async fn answer(gate: &Deciding, client: &Client, moved: &Moved, approval: &Approval) -> Result<After, Failure> {
    let now = gate.clock.now();
    let link = gate.decision_link(approval)?;
    let read = client.is_ours(moved, &notice(approval, now, link.as_deref())).await;
    let nothing = format!("Moving this to {} decided nothing:", moved.to);
    match read.map_err(unasked)? {
        Ours::MovedOn => Ok(After::Nothing),
        // Nothing can be decided any more, whatever was read.
        _ if !approval.status_at(now).is_open() => decide(gate, moved, approval, &nothing).await,
        Ours::Yes => decide(gate, moved, approval, &nothing).await,
        Ours::Cut => Ok(After::Back(format!(
            "{nothing} the request is too long to be shown here to its end. Read and decide it in Countersign."
        ))),
        Ours::Altered => Ok(After::Anew(format!(
            "{nothing} this issue did not show the request as it is now. The issue was updated; read it again and decide on that."
        ))),
    }
}

/// Decides on the version that the issue shows.
async fn decide(gate: &Deciding, moved: &Moved, approval: &Approval, nothing: &str) -> Result<After, Failure> {
    let (approve, seen) = (moved.intent == Intent::Approve, Some(approval.digest.clone()));
    let verdict = Verdict { approve, seen, ..Verdict::default() };
    match decide_approval(gate, &approval.workspace, &approval.id, &moved.by, &verdict).await {
        Ok(decided) if decided.approval.status.is_open() && decided.events.is_empty() => {
            let may = may_do(gate, &decided.approval, &moved.by).await?;
            Ok(After::Back(format!("You approved; {}.", may.waiting(&decided.approval))))
        }
        Ok(decided) if decided.approval.status.is_open() => Ok(After::Back(counted(&decided.approval))),
        Ok(_) => Ok(After::Nothing),
        Err(failure @ Failure::Internal(_)) => Err(failure),
        Err(refusal) => Ok(After::Back(format!("{nothing} {refusal}."))),
    }
}

fn counted(approval: &Approval) -> String {
    let have = approval.votes.len() as u64;
    let missing = approval.required.saturating_sub(have);
    let are = if missing == 1 { "is" } else { "are" };
    format!("This approval counts, and {missing} more {are} needed: {have} of {}.", approval.required)
}

/// An issue shows nothing of what a notice can say beside the approval and the link.
fn notice<'a>(approval: &'a Approval, now: Timestamp, link: Option<&'a str>) -> Notice<'a> {
    Notice { approval, now, link, severity: None, editable: false, re_requestable: false }
}

async fn move_back(client: &Client, moved: &Moved, why: &str) {
    match client.move_back(&moved.key, &moved.from, why).await {
        Ok(true) => {}
        Ok(false) => tracing::warn!(issue = moved.key, "an issue could not be moved back, which a comment says"),
        Err(failure) => tracing::warn!(issue = moved.key, %failure, "an issue could not be moved back"),
    }
}

fn unasked(why: vendors::Failure) -> Failure {
    Failure::Internal(format!("Jira could not be asked: {why}"))
}
