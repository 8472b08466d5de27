//! Modals: everything about a request, a reason for a refusal, an edit. Opened within the three seconds of a trigger.

use super::click::{Click, Reply};
use super::decision::decide;
use super::person::Person;
use crate::decide::decide_approval::{Verdict, may_do};
use crate::{Deciding, Failure, Keyed};
use domain::apply::edit::of_parameters;
use domain::params::typed::patch_from;
use domain::{Approval, Fault, Refusal};
use serde_json::{Map, Value};
use std::time::Duration;
use vendors::slack::Opened;
use vendors::slack::edit::edit;
use vendors::slack::interaction::Interaction;
use vendors::slack::modal::{Viewer, deny_reason, more_info as everything};
use vendors::slack::subject::{CardAddress, Subject};

/// How long opening a modal may take, so that time is left for a message if the modal did not open.
const OPENING: Duration = Duration::from_millis(1_200);

/// The messages to a person whose modal did not open. Nothing was decided.
const TOO_SLOW: &str = "Slack was too slow; click again";
const NOT_NOW: &str = "Slack did not open the dialog just now; click again";
const NOT_OPENED: &str =
    "Slack did not open the dialog; decide in the console, and tell the people who run Countersign";

pub(super) async fn more_info(
    gate: &Keyed,
    click: &Click,
    person: &Person,
    subject: &Subject,
) -> Result<Reply, Failure> {
    let approval = read(gate, person, subject).await?;
    let may = may_do(gate, &approval, person.actor()).await?;
    let viewer = Viewer {
        may_approve: may.may_approve() && !may.approved,
        waiting: may.approved.then(|| may.waiting(&approval)),
    };
    open(click, &everything(&approval, gate.clock.now(), &viewer)).await
}

pub(super) async fn ask_reason(
    gate: &Keyed,
    click: &Click,
    person: &Person,
    subject: &Subject,
) -> Result<Reply, Failure> {
    let approval = as_it_was_seen(read(gate, person, subject).await?, subject)?;
    let may = may_do(gate, &approval, person.actor()).await?;
    if !may.may_deny() {
        return Err(not_named());
    }
    open(click, &deny_reason(&approval, card(&click.interaction).as_ref())).await
}

pub(super) async fn ask_edit(
    gate: &Keyed,
    click: &Click,
    person: &Person,
    subject: &Subject,
) -> Result<Reply, Failure> {
    let approval = as_it_was_seen(read(gate, person, subject).await?, subject)?;
    let may = may_do(gate, &approval, person.actor()).await?;
    if may.own {
        return Err(Refusal::own("approve", may.may_deny()).into());
    }
    if !may.approver {
        return Err(not_named());
    }
    open(click, &edit(&approval, &may.override_keys, card(&click.interaction).as_ref())).await
}

pub(super) async fn submit_edit(
    gate: &Deciding,
    click: &Click,
    person: &Person,
    subject: &Subject,
    values: &Map<String, Value>,
) -> Result<Reply, Failure> {
    let approval = as_it_was_seen(read(gate, person, subject).await?, subject)?;
    let patch = patch_from(&approval.params, values)
        .and_then(|patch| of_parameters(&approval.action, &approval.params, patch))
        .map_err(|errors| Failure::Invalid(errors.into_iter().map(fault).collect()))?;
    let verdict = Verdict { approve: true, seen: Some(subject.digest.clone()), patch: Some(patch), comment: None };
    decide(gate, click, person, subject, verdict).await
}

fn fault((key, problem): (String, String)) -> Fault {
    Fault::new(format!("modified_action.{key}"), problem)
}

fn not_named() -> Failure {
    Refusal::NotAuthorized("the policy does not let you decide on this request".into()).into()
}

async fn read(gate: &Keyed, person: &Person, subject: &Subject) -> Result<Approval, Failure> {
    let found = gate.must_get(&person.workspace, &subject.id).await?;
    Ok(gate.see(&found).await?.approval.into_owned())
}

/// A modal shows the version that its button carries. If the approval has changed since, no modal opens.
fn as_it_was_seen(approval: Approval, subject: &Subject) -> Result<Approval, Failure> {
    if approval.digest == subject.digest { Ok(approval) } else { Err(Refusal::Changed.into()) }
}

fn card(interaction: &Interaction) -> Option<CardAddress> {
    let (channel, ts) = interaction.channel.clone().zip(interaction.message_ts.clone())?;
    Some(CardAddress { channel, ts })
}

async fn open(click: &Click, view: &Value) -> Result<Reply, Failure> {
    let client = click.app.client.clone().ok_or_else(|| Failure::Internal("Slack has no bot token".into()))?;
    let client = client.within(OPENING);
    let trigger = click.interaction.trigger_id.as_ref().ok_or_else(|| Failure::invalid("trigger_id", "is required"))?;
    match client.open_view(trigger, view).await {
        Ok(Opened::Now | Opened::Before) => Ok(Reply::Empty),
        Ok(Opened::TooLate) => Err(Failure::Conflict(TOO_SLOW)),
        Err(why) => {
            tracing::warn!(%why, "a modal could not be opened");
            Err(Failure::Conflict(if why.is_transient() { NOT_NOW } else { NOT_OPENED }))
        }
    }
}
