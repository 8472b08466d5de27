//! `POST /api/slack/interactions`: people answer in Slack.
//!
//! Nothing of the payload is believed before its signature is verified, and what verified it is the only thing that says whose it
//! is. What a person is told goes back by `response_url`; what they decided shows on the card, which `dispatch` draws anew.

mod modal;
mod person;
mod signed;
mod tell;

use app::answer::slack::apps::SlackApp;
use app::answer::slack::redraw_stray::redraw_stray;
use app::ask::re_request_approval::re_request_in_person;
use app::decide::acknowledge_persona::acknowledge_persona;
use app::decide::decide_approval::{Verdict, decide_approval, standing};
use app::deliver::deliver_approval::learn_card;
use app::deliver::look_again::deliver_later;
use app::deliver::show_again::draw_anew;
use app::{Failure, Gate};
use domain::{Applied, Refusal};
use lambda::{Answer, Error};
use lambda_http::{Body, Request, Response};
use person::{Card, Person};
use serde_json::json;
use signed::signed;
use std::time::Duration;
use vendors::slack::interaction::{Act, Interaction, Posted, is_ssl_check, read};
use vendors::slack::subject::Subject;

/// How long a call that draws a card anew may take before that is left to the sweep: Slack wants its answer within three seconds.
const REDRAWING: Duration = Duration::from_millis(800);

/// Answers a request.
pub async fn handle(gate: &Gate, request: Request) -> Response<Body> {
    lambda::render(interact(gate, &request).await)
}

async fn interact(gate: &Gate, request: &Request) -> Result<Answer, Error> {
    let body = lambda::form(request)?;
    if is_ssl_check(body) {
        return Ok(Answer::empty(200));
    }
    let read = read(body);
    let Some(signed) = signed(gate, request, body, read.as_ref().ok()).await? else {
        return Err(Failure::invalid("X-Slack-Signature", "does not match, or is too old").into());
    };
    let interaction = match read.map_err(|problem| Failure::invalid("payload", &problem))? {
        Posted::Interaction(idle) if matches!(idle.acts, Act::Idle(_)) => return Ok(Answer::empty(200)),
        Posted::NotOurs => return Ok(Answer::empty(200)),
        Posted::Challenge(challenge) => return Ok(Answer::json(200, &json!({ "challenge": challenge }))),
        Posted::Interaction(interaction) => *interaction,
    };
    let click = Click { interaction, app: signed.app.clone() };
    match person::known(gate, &click.interaction, &signed).await {
        Ok(person) => {
            let (answer, stale) = act(gate, &click, &person).await;
            redraw(gate, &click, &person, stale).await;
            Ok(answer)
        }
        Err(failure) => Ok(tell::refused(&click, &failure).await),
    }
}

/// A verified interaction, and the app it came through.
pub(crate) struct Click {
    pub(crate) interaction: Interaction,
    pub(crate) app: SlackApp,
}

/// The answer, and whether what was acted on was old.
async fn act(gate: &Gate, click: &Click, person: &Person) -> (Answer, bool) {
    let outcome = match &click.interaction.acts {
        Act::Approve(subject) => decide(gate, click, person, subject, approval(subject)).await,
        Act::Deny(subject) => decide(gate, click, person, subject, denial(subject, None)).await,
        Act::SubmitDeny { subject, reason, .. } => {
            decide(gate, click, person, subject, denial(subject, reason.clone())).await
        }
        Act::SubmitEdit { subject, values, .. } => modal::submit_edit(gate, click, person, subject, values).await,
        Act::Acknowledge { subject, personas } => acknowledge(gate, person, subject, personas).await,
        Act::MoreInfo(subject) => modal::more_info(gate, click, person, subject).await,
        Act::DenyWithReason(subject) => modal::ask_reason(gate, click, person, subject).await,
        Act::ApproveEdit(subject) => modal::ask_edit(gate, click, person, subject).await,
        Act::ReRequest(subject) => ask_again(gate, person, subject).await,
        Act::Idle(_) => Ok(Answer::empty(200)),
    };
    match outcome {
        Ok(answer) => (answer, false),
        Err(failure) => (tell::refused(click, &failure).await, is_stale(&failure)),
    }
}

pub(crate) async fn decide(
    gate: &Gate,
    click: &Click,
    person: &Person,
    subject: &Subject,
    verdict: Verdict,
) -> Result<Answer, Failure> {
    let Applied { approval, events } =
        decide_approval(gate, &person.workspace, &subject.id, person.actor(), &verdict).await?;
    // Everybody sees the same card: whom it still waits for after one's own approval is told to whoever clicks once more.
    if verdict.approve && events.is_empty() && approval.status_at(gate.clock.now()).is_open() {
        let may = standing(gate, &approval, person.actor()).await?;
        return Ok(tell::approved(click, &approval, &may).await);
    }
    Ok(Answer::empty(200))
}

async fn acknowledge(gate: &Gate, person: &Person, subject: &Subject, personas: &[String]) -> Result<Answer, Failure> {
    acknowledge_persona(gate, &person.workspace, &subject.id, person.actor(), personas, &subject.digest).await?;
    Ok(Answer::empty(200))
}

async fn ask_again(gate: &Gate, person: &Person, subject: &Subject) -> Result<Answer, Failure> {
    re_request_in_person(gate, &person.workspace, &subject.id, person.actor(), None).await?;
    Ok(Answer::empty(200))
}

fn approval(subject: &Subject) -> Verdict {
    Verdict { approve: true, seen: Some(subject.digest.clone()), ..Verdict::default() }
}

fn denial(subject: &Subject, comment: Option<String>) -> Verdict {
    Verdict { seen: Some(subject.digest.clone()), comment, ..Verdict::default() }
}

/// Whether somebody decided on something old, and is to be shown what is.
fn is_stale(failure: &Failure) -> bool {
    matches!(failure, Failure::Refused(Refusal::Changed | Refusal::InvalidState(_) | Refusal::Expired))
}

/// Draws the clicked card anew where it may show what is no more: one that was stale, and one that nobody knew of, which shows
/// what it showed when it was posted.
async fn redraw(gate: &Gate, click: &Click, person: &Person, stale: bool) {
    let interaction = &click.interaction;
    let subject = subject(&interaction.acts);
    let drawn = match (person.card, &interaction.channel, &interaction.message_ts) {
        (Card::Stray, Some(channel), Some(ts)) => {
            let (stray, known) = tokio::join!(stray(gate, click, person, subject, (channel, ts)), async {
                if stale { deliver_later(gate, &person.workspace, &subject.id).await } else { Ok(()) }
            });
            stray.and(known)
        }
        _ if stale || person.card == Card::Learned => draw_anew(gate, person.delivery(subject), REDRAWING).await,
        _ => Ok(()),
    };
    if let Err(why) = drawn {
        tracing::warn!(approval = %subject.id, %why, "a card could not be drawn anew");
    }
}

async fn stray(
    gate: &Gate,
    click: &Click,
    person: &Person,
    subject: &Subject,
    (channel, ts): (&str, &str),
) -> Result<(), Failure> {
    let client = click.app.client.clone().ok_or_else(|| Failure::Internal("Slack has no bot token".into()))?;
    redraw_stray(gate, &client.within(REDRAWING), (&person.workspace, &subject.id), (channel, ts)).await
}

pub(crate) fn subject(act: &Act) -> &Subject {
    match act {
        Act::Approve(s)
        | Act::Deny(s)
        | Act::DenyWithReason(s)
        | Act::MoreInfo(s)
        | Act::ApproveEdit(s)
        | Act::ReRequest(s)
        | Act::Idle(s) => s,
        Act::Acknowledge { subject, .. } | Act::SubmitDeny { subject, .. } | Act::SubmitEdit { subject, .. } => subject,
    }
}

/// A card that we did not know of: the answer to its posting was lost.
pub(crate) async fn learn(
    gate: &Gate,
    person: &Person,
    interaction: &Interaction,
    subject: &Subject,
) -> Result<(), Failure> {
    let (Some(channel), Some(ts)) = (&interaction.channel, &interaction.message_ts) else { return Ok(()) };
    learn_card(gate, person.delivery(subject), channel, ts).await
}
