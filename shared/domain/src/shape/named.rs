//! Shapes with a name that many others refer to.

use super::make::{any, anything, map, text, word};
use super::{Form, Kind, Shape};
use crate::limits;

/// The alphabets of `spelling.rs` as regular expressions; `make fuzz` asks for what they allow and for what they do not.
macro_rules! spelled {
    (agent) => {
        r"agent:[^\s/\u0000-\u001f\u007f-\u009f]+"
    };
    (user) => {
        r#"user:[^\s/@<>()\[\],;:"\\\u0000-\u001f\u007f-\u009f]+@[^\s/@<>()\[\],;:"\\\u0000-\u001f\u007f-\u009f]+"#
    };
    (decider) => {
        concat!(
            r"github:[A-Za-z0-9][A-Za-z0-9-]{0,38}(_[A-Za-z0-9]{1,20})?(\[bot\])?|jira:[A-Za-z0-9:_-]{1,128}|",
            r"pagerduty:[A-Z0-9]+|slack:([TE][A-Z0-9]+/)?[UW][A-Z0-9]+|",
            spelled!(user)
        )
    };
    (identity) => {
        concat!(spelled!(agent), "|", spelled!(decider))
    };
}
/// The principals that may decide.
const DECIDERS: &str = concat!("^(", spelled!(decider), ")$");
/// Any identity.
const IDENTITIES: &str = concat!("^(", spelled!(identity), ")$");
/// Whom a key can stand for.
pub const SUBJECTS: &str = concat!("^(", spelled!(agent), "|", spelled!(user), ")$");
/// On whose behalf a key acts, or nobody's.
pub const OWNERS: &str = concat!("^(", spelled!(identity), "|)$");
/// An address that a browser opens; code says what is wrong with one.
pub const WEB: Form = Form {
    pattern: "^[Hh][Tt][Tt][Pp][Ss]?://",
    format: "uri",
    check: |text| web(text).then_some(()).ok_or_else(|| "must be an http or https address".into()),
};

/// RFC 3339, in UTC.
pub const TIMESTAMP: Shape =
    text().format("date-time").named("Timestamp").says("RFC 3339, in UTC.").examples(&[r#""2026-04-21T10:05:00Z""#]);

/// One value everywhere: requestId, approval_id, an activity record's request_id.
pub const APPROVAL_ID: Shape = text()
    .pattern(r#"^appr_"#)
    .named("ApprovalId")
    .says("The approval's id. requestId, approval_id and an activity record's request_id are the same value.")
    .examples(&[r#""appr_01j9xk8q4rkc8v2m5t7w9y1b3d""#]);

/// A secret of the agent. The holder of the wait token learns the outcome and may cancel the request.
pub const WAIT_TOKEN: Shape = text()
    .pattern(r#"^cwt_"#)
    .named("WaitToken")
    .says("A secret of the agent. The holder of the wait token learns the outcome and may cancel the request.")
    .examples(&[r#""cwt_1_appr_01j9xk8q4rkc8v2m5t7w9y1b3d_0""#]);

/// `sha256:` and the SHA-256 of canonical JSON (RFC 8785) of `{action, nonce, params}` with original values.
pub const DIGEST: Shape = text().pattern(r#"^sha256:[0-9a-f]{64}$"#).named("Digest").says(
    "`sha256:` and the SHA-256 of canonical JSON (RFC 8785) of `{action, nonce, params}` with \
                original values.",
);

/// Who: slack:<team>/<user>, user:<email>, github:<login>, jira:<account>, pagerduty:<id> or agent:<slug>.
pub const PRINCIPAL: Shape = text()
    .pattern(r#"^(agent|github|jira|pagerduty|slack|user):."#)
    .named("Principal")
    .says(
        "An identity: slack:<team>/<user>, user:<email>, github:<login>, jira:<account>, pagerduty:<id> or \
        agent:<slug>.",
    )
    .examples(&[r#""slack:T012/U123""#, r#""user:jane@acme.com""#]);

/// Who did something: an identity, or a rule of the policy that let a request through.
pub const ACTOR: Shape = text()
    .pattern(r#"^(agent|github|jira|pagerduty|policy|slack|user):."#)
    .named("Actor")
    .says("The authenticated identity, or `policy:<rule>` if a rule of the policy approved the request.")
    .examples(&[r#""user:jane@acme.com""#, r#""policy:small""#]);

/// Somebody who may decide, as a policy names them. A name, a mention, a channel or a group is nobody.
pub const DECIDER: Shape = text()
    .at_most(limits::PRINCIPAL)
    .by_code()
    .pattern(DECIDERS)
    .named("Decider")
    .says("A principal who may decide, as a policy names them. A name, a mention, a channel or a group is not allowed.")
    .examples(&[r#""slack:U0123456789""#, r#""user:jane@acme.com""#]);

/// An identity of a person, as a policy names it; an agent may be one of them.
pub const IDENTITY: Shape = text()
    .at_most(limits::PRINCIPAL)
    .by_code()
    .pattern(IDENTITIES)
    .named("Identity")
    .says("An identity of a person, as a policy names it; an agent may be one of them.")
    .examples(&[r#""slack:U0123456789""#, r#""agent:demo""#]);

/// Any JSON as it is read here: whole numbers to 2^53 either way and no number with more digits than a double keeps (send o
pub const JSON: Shape = any().named("Json").says(
    "Any JSON as it is read here: whole numbers to 2^53 either way and no number with more \
                digits than a double keeps (send others as strings), no NUL, keys once, at most 64 \
                levels.",
);

/// Any JSON as it is read here, but never the text «redacted», which marks a hidden value.
pub const PARAMETER_VALUE: Shape = any()
    .named("ParameterValue")
    .says("Any JSON within the limits above, but never the text «redacted», which marks a hidden value.");

/// Whose API it speaks.
pub const CONNECTOR_TYPE: Shape =
    word(&["webhook", "slack", "teams", "jira", "pagerduty"]).named("ConnectorType").says(
        "The vendor whose API the \
        connector calls.",
    );

/// strict asks for a signing secret of its own; for slack alone.
pub const SLACK_SECURITY_MODE: Shape = word(&["compat", "strict"])
    .named("SlackSecurityMode")
    .says("For slack only: strict needs a signing secret of the connector's own.");

/// first_success: in order until one is shown; all: every one.
pub const DELIVERY_MODE: Shape = word(&["first_success", "all"]).named("DeliveryMode").says(
    "With first_success the connectors are tried in order until one has a card; with all every connector gets \
        a card.",
);

/// For PagerDuty.
pub const SEVERITY: Shape =
    word(&["critical", "error", "warning", "info"]).named("Severity").says("The severity of the PagerDuty alert.");

/// manual asks the super-approvers.
pub const UNKNOWN_ACTION: Shape =
    word(&["deny", "manual"]).named("UnknownAction").says("manual asks the super-approvers.");

/// allow asks nobody; deny refuses.
pub const EFFECT: Shape = word(&["ask", "deny", "allow"]).named("Effect").says(
    "With ask people decide. With deny the request is refused. With allow the request is approved and nobody is asked.",
);

/// What a person decides.
pub const DECISION: Shape = word(&["approved", "denied"]).named("Decision").says("A person's decision.");

/// Arbitrary parameters (will be redacted per policy). A value that is hidden reads «redacted».
pub const PARAMETERS: Shape = map(&PARAMETER_VALUE)
    .named("Parameters")
    .says("Arbitrary parameters (will be redacted per policy). A value that is hidden reads «redacted».")
    .examples(&[r#"{"to": "jane@acme.com", "subject": "Quick question"}"#]);

/// The parameters as they may be shown: a hidden value reads «redacted».
pub const SHOWN_PARAMETERS: Shape =
    anything().named("ShownParameters").says("The parameters as people may see them. A hidden value reads «redacted».");

/// Why it ended without an agreement.
pub const REASON_CODE: Shape = word(&["denied_by_human", "expired", "cancelled", "delivery_failed"])
    .named("ReasonCode")
    .says("Why the approval ended without being approved.");

/// What a connector did.
pub const ACTIVITY_EVENT: Shape = word(&[
    "dispatch_succeeded",
    "dispatch_failed",
    "dispatch_skipped",
    "fallback_to_ui",
    "update_succeeded",
    "update_failed",
    "decision_received",
    "execution_succeeded",
    "execution_failed",
    "callback_succeeded",
    "callback_failed",
    "connector_disabled",
])
.named("ActivityEvent")
.says("One act of a connector.");

/// Any JSON of at most so many bytes.
pub const fn json_of(bytes: usize) -> Shape {
    Shape { kind: Kind::Bytes(bytes), ..JSON }
}

fn web(text: &str) -> bool {
    let is_web = |url: url::Url| matches!(url.scheme(), "http" | "https") && url.has_host();
    text.len() <= limits::URL && url::Url::parse(text).is_ok_and(is_web)
}
