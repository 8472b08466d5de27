//! `GET` and `PATCH /agents/{agent}/config`: how long an agent's requests stay open.

use app::settings::configure_agent::{AgentChange, change_agent_config, read_agent_config};
use app::{Caller, Gate};
use lambda::{Answer, Call, Error};
use lambda_http::Request;
use serde_json::{Value, json};
use store::settings::agents::AgentConfig;

/// An agent's settings; null for what nobody has set.
pub(crate) async fn read(gate: &Gate, caller: &Caller, agent: &str) -> Result<Answer, Error> {
    let config = read_agent_config(gate, caller, agent).await?;
    Ok(Answer::json(200, &row(agent, config.as_ref())))
}

/// Changes what the body names.
pub(crate) async fn change(gate: &Gate, caller: &Caller, agent: &str, request: &Request) -> Result<Answer, Error> {
    // The contract's example sends JSON as curl does where nobody says otherwise: as a form.
    let change = AgentChange::read(&lambda::json_of_any_kind(request)?)?;
    let config = change_agent_config(gate, caller, agent, &change).await?;
    Ok(Answer::json(200, &row(agent, Some(&config))))
}

fn row(agent: &str, config: Option<&AgentConfig>) -> Value {
    json!({
        "agent": agent,
        "approval_ttl_hours": config.and_then(|c| c.approval_ttl_hours).map(number),
        "updated_at": config.map(|c| c.updated_at),
        "updated_by": config.map(|c| &c.updated_by),
    })
}

/// Whole hours as they are mostly written: 48, not 48.0.
fn number(hours: f64) -> Value {
    if hours.fract() == 0.0 { json!(hours as u64) } else { json!(hours) }
}

/// The agent's name, which may be anything but a space or a slash.
pub(crate) fn slug(call: Call<'_>) -> &str {
    lambda::path_parameter(call.request, "agent").unwrap_or(call.named)
}
