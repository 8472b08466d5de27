//! The shapes of what is sent about an approval: asked for, decided, taken back, reported.

use crate::approval::requester::SOURCES;
use crate::shape::make::*;
use crate::shape::named::*;
use crate::shape::{Form, Shape};
use crate::{ApprovalId, limits};

/// What an id can be at each source: code checks it (`spelling::claimed`).
const CLAIMED: &[(&str, &str)] = &[
    ("if", r#"{"properties": {"source": {"const": "slack"}}}"#),
    (
        "then",
        r#"{"properties": {"id": {"pattern": "^(@?([TE][A-Z0-9]+/)?[UW][A-Z0-9]+|<@([TE][A-Z0-9]+/)?[UW][A-Z0-9]+(\\|[^<>|]*)?>)$"}}}"#,
    ),
    (
        "else",
        concat!(
            r#"{"if": {"properties": {"source": {"const": "github"}}}, "#,
            r#""then": {"properties": {"id": {"pattern": "^@?[A-Za-z0-9][A-Za-z0-9-]{0,38}(_[A-Za-z0-9]{1,20})?(\\[bot\\])?$"}}}, "#,
            r#""else": {"properties": {"id": {"pattern": "^[^\\s/\\u0000-\\u001f\\u007f-\\u009f]+$"}}}}"#
        ),
    ),
];

/// Where a request comes from.
pub const ORIGIN: Shape = sent(&[
    must("repo", text().at_most(limits::NAME)).says("A repository."),
    may("branch", text().at_most(limits::NAME)).says("A branch."),
    may("pr", text().at_most(limits::NAME)).says("A pull request."),
    may("run_id", text().at_most(limits::NAME)).says("A run of the agent; the task where `taskId` does not say."),
])
.named("Origin")
.says("Where a request comes from.");

/// Who it is asked for: a claim. It keeps whom it names from approving and acknowledging, never from denying.
pub const REQUESTER: Shape = sent(&[
    must("id", text().at_least(1).at_most(limits::ID).by_code()).says(
        "Their id at the source: a Slack user's id (also as it is mentioned: <@U0123456789>), a \
                GitHub login, an agent's slug.",
    ),
    must("source", word(&SOURCES)).says("Where they are known."),
    may("display", text().at_most(limits::NAME)).says("Their name."),
])
.rules(CLAIMED)
.named("Requester")
.says(
    "Who it is asked for: a claim. It keeps whom it names from approving and acknowledging, \
                never from denying.",
);

/// A link the agent gives.
pub const LINK: Shape = sent(&[
    may("label", text().at_most(limits::NAME)).says("What it is called; the address where it is left out."),
    may("url", text().at_most(limits::URL).by_code().rules(&[("minLength", "1")]).form(WEB))
        .says("http or https. A link without an address is left out."),
])
.named("Link")
.says("A link the agent gives.");

/// The body of `CreateRequestInput`.
pub const CREATE_REQUEST_INPUT: Shape = sent(&[
    must("action", written().at_most(limits::NAME)).says("The policy knows it by this name."),
    must("params", PARAMETERS),
    must(
        "meta",
        sent(&[
            must("origin", ORIGIN),
            must("requester", REQUESTER),
            must("justification", text().at_least(3).at_most(limits::JUSTIFICATION).pattern(r#"\S[\s\S]+\S"#)).says(
                "Why, for those who decide: at least three characters, spaces around them \
not counted.",
            ),
            may("links", list_of(&LINK).at_most(limits::LINKS)),
            may("taskId", text().at_most(limits::NAME)).says("The task it belongs to."),
        ]),
    ),
    may(
        "policyHints",
        sent(&[may("channel", text().at_most(limits::NAME))
            .says("A Slack channel; counts only if the action's allowedChannels lists it.")]),
    )
    .says("Optional hints (e.g., channel override). A hint never weakens a policy."),
    may(
        "callback",
        sent(&[must(
            "url",
            text().at_least(1).at_most(limits::URL).in_bytes().form(Form { check: |_| Ok(()), ..WEB }),
        )
        .says("https, to a host of the policy's callbackHosts: receives the outcome.")]),
    ),
])
.named("CreateRequestInput")
.examples(&[concat!(
    r#"{"action": "gmail.send", "params": {"to": "jane@acme.com", "#,
    r#""subject": "Quick question"}, "meta": {"origin": {"repo": "acme/outreach", "#,
    r#""run_id": "run_17"}, "requester": {"id": "U123", "source": "slack", "#,
    r#""display": "Jane"}, "justification": "The customer asked for it", "#,
    r#""links": [{"label": "Ticket", "url": "https://acme.com/t/1"}]}}"#
)]);

const REQUEST_ID: Form = Form {
    pattern: "^appr_[0-9a-z]{26}$",
    format: "",
    check: |text| match ApprovalId::parse(text) {
        Some(_) => Ok(()),
        None => Err("must be a requestId, such as appr_…".into()),
    },
};

/// The body of `RerequestInput`.
pub const REREQUEST_INPUT: Shape = sent(&[
    must("originalRequestId", text().at_least(1).form(REQUEST_ID))
        .says("Of a request that was denied, cancelled or expired, by the agent that asked."),
    must(
        "actor",
        sent(&[
            must("id", text().at_least(1).at_most(limits::ID).by_code()).says(
                "Their id at the source: a Slack user's id (also as it is mentioned: <@U0123456789>), a \
                GitHub login, an agent's slug.",
            ),
            must("source", word(&SOURCES)),
        ])
        .rules(CLAIMED),
    )
    .says(
        "On whose behalf it is asked again, as the agent claims: they neither approve nor \
                acknowledge it.",
    ),
])
.named("RerequestInput")
.examples(&[concat!(
    r#"{"originalRequestId": "appr_01j9xk8q4rkc8v2m5t7w9y1b3d", "actor": {"id": "demo", "#,
    r#""source": "agent"}}"#
)]);

/// The body of `WaitRequestInput`.
pub const WAIT_REQUEST_INPUT: Shape = sent(&[
    must("token", written()).says("The wait token."),
    may("waitSec", count(0, limits::HOLD_SEC))
        .says("Holds the answer until the state moves, at most so long. Default: 0."),
])
.named("WaitRequestInput")
.examples(&[r#"{"token": "cwt_1_appr_01j9xk8q4rkc8v2m5t7w9y1b3d_0", "waitSec": 0}"#]);

/// The body of `CancelRequestInput`.
pub const CANCEL_REQUEST_INPUT: Shape =
    sent(&[must("token", written()).says("The wait token."), may("reason", text().at_most(limits::WORDS))])
        .named("CancelRequestInput")
        .examples(&[r#"{"token": "cwt_1_appr_01j9xk8q4rkc8v2m5t7w9y1b3d_0", "reason": "no longer needed"}"#]);

/// The body of `ResolveInput`.
pub const RESOLVE_INPUT: Shape = sent(&[
    must("decision", DECISION),
    may("comment", text().at_most(limits::WORDS)).says("Optional note recorded in the audit log."),
    may("modified_action", map(&PARAMETER_VALUE)).says(
        "Override the action before approving: a JSON Merge Patch over the parameters, of keys \
                that the policy's overrideKeys name. `type` is the action where it is the action's name, \
                and then changes nothing; another value is for a parameter of that name.",
    ),
    may("digest", text()).says("The decision holds only for what this digest stands for, else 409."),
])
.rules(&[
    ("if", r#"{"properties": {"decision": {"const": "denied"}}}"#),
    ("then", r#"{"properties": {"modified_action": {"type": "null"}}}"#),
])
.named("ResolveInput")
.examples(&[
    r#"{"decision": "approved", "comment": "Looks good, send it"}"#,
    r#"{"decision": "approved", "modified_action": {"subject": "Shorter"}}"#,
]);

/// The body of `CancelInput`.
pub const CANCEL_INPUT: Shape = sent(&[may("reason", text().at_most(limits::WORDS))])
    .named("CancelInput")
    .examples(&[r#"{"reason": "no longer needed"}"#]);

/// The body of `ExecutionInput`.
pub const EXECUTION_INPUT: Shape = sent(&[
    must("status", word(&["succeeded", "failed"])),
    may("detail", json_of(limits::DETAIL_BYTES)).says(
        "What became of it: at most {most} bytes. Values that the policy redacts are taken out of \
                it before it is stored.",
    ),
])
.named("ExecutionInput")
.examples(&[r#"{"status": "succeeded", "detail": {"message_id": "m1"}}"#]);
