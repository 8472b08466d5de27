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
    may("run_id", text().at_most(limits::NAME)).says("A run of the agent. It is the task if `taskId` is left out."),
])
.named("Origin")
.says("Where a request comes from.");

/// The person that the agent asks for, as the agent claims.
pub const REQUESTER: Shape = sent(&[
    must("id", text().at_least(1).at_most(limits::ID).by_code()).says(
        "The id at the source: a Slack user's id (also as a mention: <@U0123456789>), a GitHub login, or an agent's \
        slug.",
    ),
    must("source", word(&SOURCES)).says("The system that knows this id."),
    may("display", text().at_most(limits::NAME)).says("The person's name."),
])
.rules(CLAIMED)
.named("Requester")
.says(
    "The person that the agent asks for, as the agent claims. This person cannot approve or acknowledge the request, \
    but may deny it.",
);

/// A link from the agent.
pub const LINK: Shape = sent(&[
    may("label", text().at_most(limits::NAME)).says("The link's text. Default: the address."),
    may("url", text().at_most(limits::URL).by_code().rules(&[("minLength", "1")]).form(WEB))
        .says("http or https. A link without an address is left out."),
])
.named("Link")
.says("A link from the agent.");

/// The body of `CreateRequestInput`.
pub const CREATE_REQUEST_INPUT: Shape = sent(&[
    must("action", written().at_most(limits::NAME)).says("The action's name in the policy."),
    must("params", PARAMETERS),
    must(
        "meta",
        sent(&[
            must("origin", ORIGIN),
            must("requester", REQUESTER),
            must("justification", text().at_least(3).at_most(limits::JUSTIFICATION).pattern(r#"\S[\s\S]+\S"#)).says(
                "The reason, for the people who decide: at least three characters, not counting spaces around them.",
            ),
            may("links", list_of(&LINK).at_most(limits::LINKS)),
            may("taskId", text().at_most(limits::NAME)).says("The task that the request belongs to."),
        ]),
    ),
    may(
        "policyHints",
        sent(&[may("channel", text().at_most(limits::NAME))
            .says("A Slack channel. It counts only if the action's allowedChannels lists it.")]),
    )
    .says("Optional hints (e.g., channel override). A hint never weakens a policy."),
    may(
        "callback",
        sent(&[must(
            "url",
            text().at_least(1).at_most(limits::URL).in_bytes().form(Form { check: |_| Ok(()), ..WEB }),
        )
        .says("An https address that receives the outcome. The policy's callbackHosts must list its host.")]),
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
        .says("The id of a denied, cancelled or expired request of this agent."),
    must(
        "actor",
        sent(&[
            must("id", text().at_least(1).at_most(limits::ID).by_code()).says(
                "The id at the source: a Slack user's id (also as a mention: <@U0123456789>), a GitHub login, or an \
                agent's slug.",
            ),
            must("source", word(&SOURCES)),
        ])
        .rules(CLAIMED),
    )
    .says(
        "The person for whom the agent asks again, as the agent claims. This person cannot approve or acknowledge \
        the request.",
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
        .says("How many seconds the answer is held if nothing changes. Default: 0."),
])
.named("WaitRequestInput")
.examples(&[r#"{"token": "cwt_1_appr_01j9xk8q4rkc8v2m5t7w9y1b3d_0", "waitSec": 0}"#]);

/// The body of `CancelRequestInput`.
pub const CANCEL_REQUEST_INPUT: Shape =
    sent(&[must("token", written()).says("The wait token."), may("reason", text().at_most(limits::COMMENT))])
        .named("CancelRequestInput")
        .examples(&[r#"{"token": "cwt_1_appr_01j9xk8q4rkc8v2m5t7w9y1b3d_0", "reason": "no longer needed"}"#]);

/// The body of `ResolveInput`.
pub const RESOLVE_INPUT: Shape = sent(&[
    must("decision", DECISION),
    may("comment", text().at_most(limits::COMMENT)).says("Optional note recorded in the audit log."),
    may("modified_action", map(&PARAMETER_VALUE)).says(
        "Override the action before approving: a JSON Merge Patch over the parameters, of keys \
                that the policy's overrideKeys name. `type` is the action where it is the action's name, \
                and then changes nothing; another value is for a parameter of that name.",
    ),
    may("digest", text()).says(
        "The digest of the version that the person saw. If the approval has another digest, \
        the answer is 409.",
    ),
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
pub const CANCEL_INPUT: Shape = sent(&[may("reason", text().at_most(limits::COMMENT))])
    .named("CancelInput")
    .examples(&[r#"{"reason": "no longer needed"}"#]);

/// The body of `ExecutionInput`.
pub const EXECUTION_INPUT: Shape = sent(&[
    must("status", word(&["succeeded", "failed"])),
    may("detail", json_of(limits::DETAIL_BYTES)).says(
        "The result: at most {most} bytes. Values that the policy redacts are removed from \
                the report before it is stored.",
    ),
])
.named("ExecutionInput")
.examples(&[r#"{"status": "succeeded", "detail": {"message_id": "m1"}}"#]);
