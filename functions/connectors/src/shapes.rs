//! The shapes of what is answered about connectors.

use domain::limits;
use domain::shape::Shape;
use domain::shape::make::*;
use domain::shape::named::*;

/// `Connector`.
pub const CONNECTOR: Shape = answer(&[
    must("id", text().pattern(r#"^ac_"#)),
    must("name", text()),
    must("type", CONNECTOR_TYPE).says("The vendor whose API the connector calls."),
    must("endpoint", text()).says("The endpoint. A secret in it is masked."),
    must("headers", map(&text())).says(
        "The headers and credentials. Secrets are masked. A webhook secret that the gate made is shown once, in the \
        answer to the request that made it.",
    ),
    must("enabled", flag()),
    must("timeout_seconds", count(limits::ATTEMPT_SEC.0, limits::ATTEMPT_SEC.1))
        .says("Seconds that one attempt may take."),
    must("slack_security_mode", SLACK_SECURITY_MODE)
        .says("For slack only: strict needs a signing secret of the connector's own."),
    must("created_at", TIMESTAMP),
    must("updated_at", TIMESTAMP),
    may("disabled_reason", text()).says(
        "Why the gate disabled the connector. Null if a person disabled it, or if it \
        is enabled.",
    ),
])
.named("Connector");

/// `ConnectorTest`.
pub const CONNECTOR_TEST: Shape = answer(&[
    must("status", word(&["healthy", "unhealthy"])).says("The value is unhealthy if a check failed."),
    must("connector_type", CONNECTOR_TYPE).says("The vendor whose API the connector calls."),
    must("endpoint", text()),
    must(
        "checks",
        list_of(&answer(&[
            must("id", word(&["config", "credentials", "connectivity"])),
            must("label", text()),
            must("status", word(&["passed", "failed", "skipped"])).says("The value is skipped after a failed check."),
            must("message", text()),
            may("duration_ms", at_least(0)),
        ]))
        .at_most(3)
        .rules(&[("minItems", r#"3"#)]),
    ),
])
.named("ConnectorTest");

/// `ConnectorDeleted`.
pub const CONNECTOR_DELETED: Shape = answer(&[must("status", only(r#""deleted""#))]).named("ConnectorDeleted");

/// `ConnectorDefaults`.
pub const CONNECTOR_DEFAULTS: Shape = answer(&[
    must("default_delivery_mode", word(&["first_success", "all"]).rules(&[("default", r#""first_success""#)]))
        .says("The delivery mode if the policy sets none."),
    must("default_fallback_to_ui", flag().rules(&[("default", "true")])),
    must("default_timeout_seconds", count(limits::ATTEMPT_SEC.0, limits::ATTEMPT_SEC.1).rules(&[("default", "10")])),
    must("min_timeout_seconds", count(limits::ATTEMPT_SEC.0, limits::ATTEMPT_SEC.0)),
    must("max_timeout_seconds", count(limits::ATTEMPT_SEC.1, limits::ATTEMPT_SEC.1)),
])
.named("ConnectorDefaults")
.examples(&[concat!(
    r#"{"default_delivery_mode": "first_success", "default_fallback_to_ui": true, "#,
    r#""default_timeout_seconds": 10, "min_timeout_seconds": 1, "max_timeout_seconds": 120}"#
)]);

/// `Activity`.
pub const ACTIVITY: Shape = answer(&[
    must("id", text().pattern(r#"^aca_"#)),
    must("timestamp", TIMESTAMP),
    must("event", ACTIVITY_EVENT),
    must("connector_id", text()),
    must("connector_name", text().null()).says("The connector's name; null if the connector was deleted."),
    must("request_id", text()).says("The approval's id."),
    must("decision", DECISION.null()).says("The decision, if the record is about one."),
    must("status_code", whole().null()).says("The vendor's HTTP status."),
    must("duration_ms", at_least(0)),
    must("message", text()),
])
.named("Activity");

/// `DeadLetter`.
pub const DEAD_LETTER: Shape = answer(&[
    must("id", text()).says("`<approval>.<connector>`."),
    must("request_id", APPROVAL_ID),
    must("connector_id", text()),
    must("connector_name", text()),
    must("timestamp", TIMESTAMP),
    must("message", text()).says("The vendor's last message."),
    may("status_code", whole()),
])
.named("DeadLetter");

/// `DeadLetterPage`.
pub const DEAD_LETTER_PAGE: Shape =
    answer(&[must("dead_letters", list_of(&DEAD_LETTER)), must("next_cursor", text().null())]).named("DeadLetterPage");

/// `Replayed`.
pub const REPLAYED: Shape = answer(&[must("id", text()), must("status", only(r#""replayed""#))]).named("Replayed");
