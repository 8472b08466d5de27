//! Messages to the person who clicked: why nothing was done, or whom the approval still waits for. The message appears in the modal that
//! the person sent, else in the channel, where only this person sees it.

use super::click::{Click, Reply};
use crate::Failure;
use crate::decide::decide_approval::MayDo;
use domain::{Approval, Fault, Refusal};
use serde_json::{Map, Value};
use std::time::Duration;
use vendors::slack::Words;
use vendors::slack::edit::view_errors;
use vendors::slack::interaction::{Act, Interaction};

/// How long the message may take: Slack wants its answer within three seconds, whatever else is slow.
const TELLING: Duration = Duration::from_millis(700);

/// Says why nothing was done.
pub(super) async fn refused(click: &Click, failure: &Failure) -> Reply {
    match inputs(&click.interaction) {
        Some(values) => in_modal(failure, &values),
        None => {
            in_message(click, &Words::literal(&sentence(failure))).await;
            Reply::Empty
        }
    }
}

/// Says to a person who approves a second time whom the approval still waits for.
pub(super) async fn approved(click: &Click, approval: &Approval, may: &MayDo) -> Reply {
    if inputs(&click.interaction).is_some() {
        let said = format!("You approved; {}.", may.waiting(approval));
        return Reply::Form(view_errors(&[(String::new(), said)]));
    }
    in_message(click, &Words::approved(approval, &may.missing, &may.awaited)).await;
    Reply::Empty
}

/// The inputs of the modal that was sent, where it was one.
fn inputs(interaction: &Interaction) -> Option<Map<String, Value>> {
    match &interaction.acts {
        Act::SubmitEdit { values, .. } => Some(values.clone()),
        Act::SubmitDeny { .. } => Some(Map::new()),
        // The tick box of a modal that showed what the card could not.
        Act::Approve(_) if interaction.response_url.is_none() && interaction.channel.is_none() => Some(Map::new()),
        _ => None,
    }
}

fn in_modal(failure: &Failure, inputs: &Map<String, Value>) -> Reply {
    let errors: Vec<(String, String)> = match failure {
        Failure::Refused(Refusal::OverrideNotAllowed(faults)) | Failure::Invalid(faults) => {
            faults.iter().map(|fault| by_input(fault, inputs)).collect()
        }
        _ => vec![(String::new(), sentence(failure))],
    };
    Reply::Form(view_errors(&errors))
}

/// The input that a fault belongs to; the whole form where it has none of its own, since Slack refuses an unknown one.
fn by_input(fault: &Fault, inputs: &Map<String, Value>) -> (String, String) {
    let field = fault.field.strip_prefix("modified_action.").unwrap_or(&fault.field);
    let input = inputs.keys().filter(|key| field.starts_with(key.as_str())).max_by_key(|key| key.len());
    (input.cloned().unwrap_or_default(), format!("{field} {}", fault.problem))
}

async fn in_message(click: &Click, words: &Words) {
    let interaction = &click.interaction;
    let Some(client) = click.app.client.clone().map(|client| client.within(TELLING)) else { return };
    let told = match (&interaction.response_url, &interaction.channel) {
        (Some(url), _) => client.tell(url, words).await,
        (None, Some(channel)) => client.tell_user(channel, &interaction.user, words).await,
        (None, None) => return,
    };
    if let Err(why) = told {
        tracing::warn!(%why, "a message to a person could not be sent");
    }
}

fn sentence(failure: &Failure) -> String {
    match failure {
        Failure::Internal(_) => format!("That did not work: {}.", failure.unknown()),
        other => format!("That did not work: {other}."),
    }
}
