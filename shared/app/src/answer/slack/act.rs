//! A person answers in Slack: one act for each button and form.

use super::click::{Click, Reply};
use super::decision::decide;
use super::modal;
use super::person::{self, Person};
use super::redraw::redraw;
use super::signed::Signed;
use super::tell;
use crate::ask::re_request_approval::re_request_in_person;
use crate::decide::acknowledge_persona::acknowledge_persona;
use crate::decide::decide_approval::Verdict;
use crate::{Couriers, Deciding, Failure};
use domain::Refusal;
use vendors::slack::{Act, Interaction, Subject};

/// Does what a verified interaction asks for, and updates the clicked card if the card is stale. If nothing was done, the reason is
/// returned beside the answer; the person has already got a message.
pub async fn answer_in_slack(
    gate: &Deciding,
    couriers: &Couriers,
    interaction: Interaction,
    signed: &Signed,
) -> (Reply, Option<Failure>) {
    let click = Click { interaction, app: signed.app.clone() };
    match person::known(gate, &click.interaction, signed).await {
        Ok(person) => {
            // On the heap: all that an act may call is more than a small stack holds.
            let (reply, failure) = Box::pin(act(gate, &click, &person)).await;
            redraw(gate, couriers, &click, &person, failure.as_ref().is_some_and(is_stale)).await;
            (reply, failure)
        }
        Err(failure) => (tell::refused(&click, &failure).await, Some(failure)),
    }
}

/// The answer, and the reason if nothing was done.
async fn act(gate: &Deciding, click: &Click, person: &Person) -> (Reply, Option<Failure>) {
    let outcome = match &click.interaction.acts {
        Act::Approve(subject) => decide(gate, click, person, subject, approval(subject)).await,
        Act::Deny(subject) => decide(gate, click, person, subject, denial(subject, None)).await,
        Act::SubmitDeny { subject, reason, .. } => {
            decide(gate, click, person, subject, denial(subject, reason.clone())).await
        }
        Act::SubmitEdit { subject, values, .. } => {
            Box::pin(modal::submit_edit(gate, click, person, subject, values)).await
        }
        Act::Acknowledge { subject, personas } => acknowledge(gate, person, subject, personas).await,
        Act::MoreInfo(subject) => modal::more_info(gate, click, person, subject).await,
        Act::DenyWithReason(subject) => modal::ask_reason(gate, click, person, subject).await,
        Act::ApproveEdit(subject) => modal::ask_edit(gate, click, person, subject).await,
        Act::ReRequest(subject) => Box::pin(ask_again(gate, person, subject)).await,
        Act::Idle(_) => Ok(Reply::Empty),
    };
    match outcome {
        Ok(reply) => (reply, None),
        Err(failure) => (tell::refused(click, &failure).await, Some(failure)),
    }
}

async fn acknowledge(
    gate: &Deciding,
    person: &Person,
    subject: &Subject,
    personas: &[String],
) -> Result<Reply, Failure> {
    acknowledge_persona(gate, &person.workspace, &subject.id, person.actor(), personas, &subject.digest).await?;
    Ok(Reply::Empty)
}

async fn ask_again(gate: &Deciding, person: &Person, subject: &Subject) -> Result<Reply, Failure> {
    re_request_in_person(gate, &person.workspace, &subject.id, person.actor(), None).await?;
    Ok(Reply::Empty)
}

fn approval(subject: &Subject) -> Verdict {
    Verdict { approve: true, seen: Some(subject.digest.clone()), ..Verdict::default() }
}

fn denial(subject: &Subject, comment: Option<String>) -> Verdict {
    Verdict { seen: Some(subject.digest.clone()), comment, ..Verdict::default() }
}

/// Whether a person decided on an older version, so that the card must be updated.
fn is_stale(failure: &Failure) -> bool {
    matches!(failure, Failure::Refused(Refusal::Changed | Refusal::InvalidState(_) | Refusal::Expired))
}
