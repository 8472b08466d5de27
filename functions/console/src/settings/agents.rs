//! Agents' time limits: how long their requests stay open where the action's rule does not say.

use super::frame::draw;
use crate::page;
use crate::page::form::{hidden, ours};
use crate::page::time::{ago, exact};
use crate::page::tree;
use crate::visit::Visit;
use app::Failure;
use app::settings::configure_agent::{AgentChange, Agents, change_agent_config, list_agents};
use domain::Fault;
use domain::params::visible;
use lambda::{Answer, Error, Fields};
use maud::{Markup, html};
use serde_json::{Number, Value, json};
use store::settings::agents::AgentConfig;

/// What was typed for one agent, and what is wrong with it.
struct Typed<'a> {
    agent: &'a str,
    hours: &'a str,
    faults: Vec<Fault>,
}

pub(super) async fn show(visit: &Visit<'_>) -> Result<Answer, Error> {
    render(visit, None).await
}

/// Sets one agent's limit; a fault is said beside what was typed.
pub(super) async fn change(visit: &Visit<'_>, fields: &Fields) -> Result<Answer, Error> {
    let (agent, hours) = (fields.get("agent").trim(), fields.get("hours").trim());
    let changed = match AgentChange::read(&json!({ "approval_ttl_hours": typed_hours(hours) })) {
        Ok(change) => change_agent_config(&visit.has.gate, &visit.session.caller, agent, &change).await,
        Err(e) => Err(e),
    };
    match changed {
        Ok(_) => Ok(page::redirect("/console/settings/agents?done=set")),
        Err(Failure::Invalid(faults)) => render(visit, Some(Typed { agent, hours, faults })).await,
        Err(e) => Err(e.into()),
    }
}

/// Nothing is the workspace's own; what is no number is left for the use case to refuse.
fn typed_hours(text: &str) -> Value {
    let number = text.parse::<f64>().ok().and_then(Number::from_f64);
    match number {
        _ if text.is_empty() => Value::Null,
        Some(number) => Value::Number(number),
        None => text.into(),
    }
}

async fn render(visit: &Visit<'_>, typed: Option<Typed<'_>>) -> Result<Answer, Error> {
    let agents = list_agents(&visit.has.gate, &visit.session.caller).await?;
    let status = if typed.is_some() { 422 } else { 200 };
    let elsewhere = typed.as_ref().filter(|typed| !agents.by_name.contains_key(typed.agent));
    let body = html! {
        h1 { "Agents’ time limits" }
        @if visit.query("done") == Some("set") { p.note role="status" { "It holds for requests made from now on, within five seconds." } }
        p.hint { "How long an agent’s requests stay open where the action’s rule has no " code { "timeoutSec" } ". Left empty, it is the workspace’s " code { "defaultTimeoutSec" } "." }
        @if agents.by_name.is_empty() { p.none { "No agent is known yet: one appears here once it has a key." } }
        @else { (list(visit, &agents, typed.as_ref())) }
        @if agents.cut { p.hint { "There are more keys or settings than were looked through. An agent that is not listed can be named below." } }
        section {
            h2 { "Another agent" }
            form.stack method="post" action="/console/settings/agents" {
                (ours(&visit.session))
                label for="agent" { "Its name " span.hint { "(what follows agent: in its key)" } }
                input #agent name="agent" required autocomplete="off" value=(elsewhere.map(|t| t.agent).unwrap_or_default());
                (limit("other", elsewhere.map(|t| t.hours).unwrap_or_default(), elsewhere))
            }
        }
    };
    Ok(draw(visit, "agents", status, "Agents", &body))
}

fn list(visit: &Visit<'_>, agents: &Agents, typed: Option<&Typed<'_>>) -> Markup {
    html! {
        div.halves { @for (n, (agent, config)) in agents.by_name.iter().enumerate() {
            @let wrong = typed.filter(|typed| typed.agent == agent);
            section {
                h2 { code { (tree::line(agent)) } }
                form.stack method="post" action="/console/settings/agents" {
                    (ours(&visit.session)) (hidden("agent", agent))
                    (limit(&n.to_string(), &wrong.map_or_else(|| hours(config.as_ref()), |t| t.hours.to_owned()), wrong))
                }
                @if let Some(config) = config {
                    p.meta { span { "set by " (visible::line(&config.updated_by)) } span title=(exact(config.updated_at)) { (ago(config.updated_at, visit.now())) } }
                }
            }
        } }
    }
}

fn limit(n: &str, hours: &str, wrong: Option<&Typed<'_>>) -> Markup {
    let (field, problem) = (format!("hours-{n}"), format!("problem-{n}"));
    html! {
        label for=(field) { "Hours " span.hint { "(fractions are allowed)" } }
        div.row {
            input.narrow id=(field) name="hours" inputmode="decimal" autocomplete="off" value=(hours) placeholder="the workspace’s"
                aria-invalid=[wrong.map(|_| "true")] aria-describedby=[wrong.map(|_| problem.as_str())];
            button.quiet { "Set" }
        }
        @if let Some(wrong) = wrong {
            div.problem role="alert" id=(problem) { @for fault in &wrong.faults { p { code { (fault.field) } " " (visible::line(&fault.problem)) } } }
        }
    }
}

/// Whole hours as they are mostly written: 48, not 48.0.
fn hours(config: Option<&AgentConfig>) -> String {
    config.and_then(|c| c.approval_ttl_hours).map(|hours| hours.to_string()).unwrap_or_default()
}
