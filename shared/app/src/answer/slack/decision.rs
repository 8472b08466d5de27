//! A decision made in Slack, bound to the digest that the button carries.

use super::click::{Click, Reply};
use super::person::Person;
use super::tell;
use crate::decide::decide_approval::{Verdict, decide_approval, may_do};
use crate::{Deciding, Failure};
use domain::Applied;
use vendors::slack::Subject;

pub(super) async fn decide(
    gate: &Deciding,
    click: &Click,
    person: &Person,
    subject: &Subject,
    verdict: Verdict,
) -> Result<Reply, Failure> {
    let Applied { approval, events } =
        decide_approval(gate, &person.workspace, &subject.id, person.actor(), &verdict).await?;
    // All people see the same card. So a person who approves a second time gets a private message that says whom the approval still waits
    // for.
    if verdict.approve && events.is_empty() && approval.status_at(gate.clock.now()).is_open() {
        let may = may_do(gate, &approval, person.actor()).await?;
        return Ok(tell::approved(click, &approval, &may).await);
    }
    Ok(Reply::Empty)
}
