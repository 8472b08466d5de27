//! The shapes of what admins send.

use crate::gate::agents::seconds;
use domain::principal::Kind;
use domain::shape::make::*;
use domain::shape::named::*;
use domain::shape::{Field, Form, Shape};
use domain::{Principal, Role, limits};

/// Who a key can stand for.
const SUBJECT: Form = Form { pattern: SUBJECTS, format: "", check: subject };
/// On whose behalf a key can act.
const OWNER: Form = Form { pattern: OWNERS, format: "", check: owner };
/// The roles of a key.
const ROLES: [&str; 4] = Role::words();
/// Hours that an agent's requests may stay open.
const MAX_HOURS: f64 = limits::OPEN_SEC as f64 / 3_600.0;
/// What a connector is called.
const NAME: Shape = written().at_most(limits::CONNECTOR_NAME).trimmed();
/// Where a connector leads.
const ENDPOINT: Shape = written().at_most(limits::CONNECTOR_VALUE).trimmed();
/// A connector's headers; `input.rs` checks them.
const HEADERS: Shape = map(&text().at_most(limits::CONNECTOR_VALUE).null()).at_most(limits::HEADERS).by_code();
/// What only the gate writes; whether it is as it was read, is found out where the connector is known.
const READ_ONLY: Shape = said(r#"{"type": "string"}"#);

fn subject(text: &str) -> Result<(), String> {
    match Principal::entered(text)?.kind() {
        Kind::Agent | Kind::User => Ok(()),
        _ => Err("must be agent:<slug> or user:<email>".into()),
    }
}

fn owner(text: &str) -> Result<(), String> {
    if text.is_empty() { Ok(()) } else { Principal::entered(text).map(drop) }
}

fn is_open_so_long(hours: f64) -> bool {
    (1..=limits::OPEN_SEC).contains(&seconds(hours)) && hours <= MAX_HOURS
}

/// The body of `KeyInput`.
pub const KEY_INPUT: Shape = sent_strictly(&[
    must("name", written()).says("The key's name, for people."),
    must("subject", text().at_least(1).at_most(limits::PRINCIPAL).by_code().form(SUBJECT))
        .says("agent:<slug> or user:<email>."),
    must("roles", texts(&word(&ROLES)).rules(&[("minItems", "1")])).says(
        "The roles. A key of an agent has the role \
        agent and no other.",
    ),
    may("owner", text().at_most(limits::PRINCIPAL).by_code().form(OWNER))
        .says("The person for whom the agent acts. This person cannot approve the agent's requests."),
    may("expires_at", text().format("date-time")).says("When the key expires. The time must be in the future."),
])
.rules(&[
    ("if", r#"{"properties": {"subject": {"pattern": "^agent:"}}}"#),
    ("then", r#"{"properties": {"roles": {"items": {"const": "agent"}}}}"#),
])
.named("KeyInput")
.examples(&[concat!(
    r#"{"name": "Sales agent", "subject": "agent:sales", "roles": ["agent"], "#,
    r#""owner": "user:jane@acme.com"}"#
)]);

/// How long an agent's requests stay open.
pub const TTL_HOURS: Field = may(
    "approval_ttl_hours",
    number(is_open_so_long, MAX_HOURS)
        .problem("must be a number of hours, from one second to {most}")
        .rules(&[("minimum", "0.0001388888888888889"), ("maximum", "720")])
        .null(),
)
.says(
    "Hours that the agent's requests stay open if the action sets no time: from one second to 30 days, fractions \
    allowed. With null the workspace's time applies.",
);

/// The body of `changeAgentConfig`.
pub const AGENT_CONFIG_INPUT: Shape =
    sent_strictly(&[TTL_HOURS]).named("AgentConfigInput").examples(&[r#"{"approval_ttl_hours": 48}"#]);

/// `PolicyTrial`.
pub const POLICY_TRIAL: Shape = sent_strictly(&[
    may("policy", JSON).says("The document as text or as JSON. Default: the policy in force."),
    may("action", text()).says("A sample action's name."),
    may("params", map(&JSON)),
])
.named("PolicyTrial")
.examples(&[r#"{"action": "gmail.send", "params": {"to": "jane@acme.com"}}"#]);

/// The body of `ConnectorInput`.
pub const CONNECTOR_INPUT: Shape = sent_strictly(&[
    must("name", NAME).says("Friendly connector name, unique whatever its case."),
    may("type", CONNECTOR_TYPE).says("The vendor whose API the connector calls. Default: webhook."),
    must("endpoint", ENDPOINT).says("Target endpoint, channel ID, webhook URL, or connector-specific target."),
    may("headers", HEADERS).says("Connector-specific headers or credentials. The value null removes one."),
    may("enabled", flag()).says("Whether the connector carries approvals. Default: true."),
    may("timeout_seconds", count(limits::ATTEMPT_SEC.0, limits::ATTEMPT_SEC.1))
        .says("Seconds that one attempt may take. Default, also for null: the workspace's value."),
    may("slack_security_mode", SLACK_SECURITY_MODE)
        .says("For slack only: strict needs a signing secret of the connector's own. Default: compat."),
])
.named("ConnectorInput")
.examples(&[concat!(
    r#"{"name": "secops-slack", "type": "slack", "endpoint": "C0123456789", "#,
    r#""headers": {"X-Slack-Bot-Token": "xoxb-..."}, "timeout_seconds": 15, "#,
    r#""slack_security_mode": "compat"}"#
)]);

/// What it names is changed; headers are merged by name, and a mask sent back changes nothing.
pub const CONNECTOR_CHANGE: Shape = sent_strictly(&[
    may("name", NAME).says("Friendly connector name, unique whatever its case."),
    may("type", CONNECTOR_TYPE).says("The vendor whose API the connector calls."),
    may("endpoint", ENDPOINT).says("Target endpoint, channel ID, webhook URL, or connector-specific target."),
    may("headers", HEADERS).says("Connector-specific headers or credentials. The value null removes one."),
    may("enabled", flag()).says("Whether the connector carries approvals."),
    may("timeout_seconds", count(limits::ATTEMPT_SEC.0, limits::ATTEMPT_SEC.1))
        .says("Seconds that one attempt may take. Default, also for null: the workspace's value."),
    may("slack_security_mode", SLACK_SECURITY_MODE)
        .says("For slack only: strict needs a signing secret of the connector's own."),
    may("id", READ_ONLY).says("Read-only. The field may be sent back as it was read."),
    may("created_at", READ_ONLY).says("Read-only. The field may be sent back as it was read."),
    may("updated_at", READ_ONLY).says("Read-only. The field may be sent back as it was read."),
    may("disabled_reason", READ_ONLY).says("Read-only. The field may be sent back as it was read."),
])
.named("ConnectorChange")
.says("The fields to change. Headers are merged by name. A mask that is sent back changes nothing.")
.examples(&[r#"{"enabled": false}"#, r#"{"headers": {"X-Team": null}}"#]);

/// Without an endpoint, and an id to take it from, the check of the configuration fails.
pub const CONNECTOR_TRIAL: Shape = sent_strictly(&[
    may("name", NAME).says("Friendly connector name, unique whatever its case."),
    may("type", CONNECTOR_TYPE).says("The vendor whose API the connector calls. Default: webhook."),
    may("endpoint", ENDPOINT).says("Target endpoint, channel ID, webhook URL, or connector-specific target."),
    may("headers", HEADERS).says("Connector-specific headers or credentials. The value null removes one."),
    may("enabled", flag()).says("Whether the connector carries approvals. Default: true."),
    may("timeout_seconds", count(limits::ATTEMPT_SEC.0, limits::ATTEMPT_SEC.1))
        .says("Seconds that one attempt may take. Default, also for null: the workspace's value."),
    may("slack_security_mode", SLACK_SECURITY_MODE)
        .says("For slack only: strict needs a signing secret of the connector's own. Default: compat."),
    may("id", text()).says("The id of a connector that supplies the fields that are left out."),
    may("created_at", READ_ONLY).says("Read-only. The field may be sent back as it was read."),
    may("updated_at", READ_ONLY).says("Read-only. The field may be sent back as it was read."),
    may("disabled_reason", READ_ONLY).says("Read-only. The field may be sent back as it was read."),
])
.named("ConnectorTrial")
.says(
    "A configuration to test. The first check fails if there is neither an endpoint nor the id of a connector that \
    has one.",
)
.examples(&[r#"{"type": "webhook", "endpoint": "https://approvals.example.com/hook"}"#]);

/// The body of `ConnectorDefaultsInput`.
pub const CONNECTOR_DEFAULTS_INPUT: Shape = sent_strictly(&[
    may("default_delivery_mode", DELIVERY_MODE),
    may("default_fallback_to_ui", flag()),
    may("default_timeout_seconds", count(limits::ATTEMPT_SEC.0, limits::ATTEMPT_SEC.1)),
    may("min_timeout_seconds", count(limits::ATTEMPT_SEC.0, limits::ATTEMPT_SEC.0).problem("cannot be changed"))
        .says("Read-only. The field may be sent back as it was read."),
    may("max_timeout_seconds", count(limits::ATTEMPT_SEC.1, limits::ATTEMPT_SEC.1).problem("cannot be changed"))
        .says("Read-only. The field may be sent back as it was read."),
])
.named("ConnectorDefaultsInput")
.examples(&[r#"{"default_timeout_seconds": 30}"#]);
