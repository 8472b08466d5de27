//! The shapes of what is answered about an approval.

use crate::shape::Shape;
use crate::shape::make::*;
use crate::shape::named::*;

/// The same request with the same Idempotency-Key gets the same answer, to the byte.
pub const CREATE_REQUEST_RESPONSE: Shape = answer(&[
    must("token", WAIT_TOKEN),
    must("requestId", APPROVAL_ID),
    must("status", word(&["pending", "awaiting_personas", "ready_for_approval"]))
        .says("awaiting_personas while a persona has to acknowledge, else ready_for_approval."),
    must("expiresAt", TIMESTAMP).says("The deadline."),
    must(
        "policy",
        answer(&[
            must("minApprovals", at_least(1)).says("Distinct people who must approve."),
            must("requiredPersonas", list_of(&text())).says("Who must acknowledge first."),
            must("timeoutSec", at_least(1)).says("Seconds from asking to the deadline."),
            must("executes", word(&["agent", "gate"])).says(
                "Who executes it: the agent with decisionParams, or the gate through the \
policy's onApproved.",
            ),
        ]),
    ),
    must("digest", DIGEST),
    must("nonce", text().pattern(r#"^[0-9a-f]{32}$"#)).says("With it the agent can compute the digest itself."),
    must(
        "links",
        answer(&[
            must("stream", text().format("uri")).says("For GET ?token= with server-sent events."),
            may("websocket", text().format("uri")).says("For a WebSocket, where the deployment has one."),
        ]),
    ),
])
.named("CreateRequestResponse")
.says(
    "The same request with the same Idempotency-Key gets the same answer, to \
the byte.",
);

/// The answer of `RerequestResponse`.
pub const REREQUEST_RESPONSE: Shape = answer(&[
    must("token", WAIT_TOKEN),
    must("requestId", APPROVAL_ID),
    must("lineageId", APPROVAL_ID).says("The first request of the line."),
    must("status", word(&["pending", "awaiting_personas", "ready_for_approval"])),
    must("expiresAt", TIMESTAMP),
])
.named("RerequestResponse");

/// What became of an approved action.
pub const EXECUTION: Shape = answer(&[
    must("status", word(&["pending", "succeeded", "failed"])),
    may("attempts", at_least(0)).says("Attempts made so far."),
    may("status_code", whole()).says("The HTTP status of the last attempt."),
    may("result", any()).says("What the one who executed says of it."),
])
.named("Execution")
.says("What became of an approved action.");

/// The wait answer: by poll, event stream, WebSocket and callback alike.
pub const WAIT_REQUEST_RESPONSE: Shape = answer(&[
    must("status", word(&["pending", "awaiting_personas", "ready_for_approval", "approved", "denied", "expired"]))
        .says("Act on approved alone."),
    must("seq", at_least(1)).says("Grows with every change; an answer with a smaller one is older."),
    must("digest", DIGEST),
    may("approvers", list_of(&text())).says("Who approved so far; a Slack approver is the bare user id."),
    may("decisionParams", anything()).says(
        "Once approved, and where the agent executes: the whole effective parameters, original \
                values included.",
    ),
    may("askedParams", anything()).says(
        "Beside decisionParams, where an approver changed them: the parameters that were asked \
                for, original values included.",
    ),
    may("reason", text()).says("In a person's words."),
    may("reasonCode", REASON_CODE),
    may("decidedAt", TIMESTAMP),
    may("supersededBy", answer(&[must("requestId", APPROVAL_ID), must("token", WAIT_TOKEN)]))
        .says("The request that asks again, with its own wait token."),
    may("execution", EXECUTION),
])
.named("WaitRequestResponse")
.says("The wait answer: by poll, event stream, WebSocket and callback alike.");

/// `HistoryEntry`.
pub const HISTORY_ENTRY: Shape = answer(&[
    must("seq", at_least(1)),
    must("at", TIMESTAMP),
    must(
        "event",
        word(&[
            "requested",
            "persona_acked",
            "vote_cast",
            "edited",
            "approved",
            "denied",
            "expired",
            "cancelled",
            "escalated",
            "executed",
            "re_requested",
            "personas_changed",
        ]),
    ),
    may("by", PRINCIPAL).says("Who was authenticated, where it was somebody."),
    may("claimed", PRINCIPAL).says("On whose behalf, as the agent claims."),
    may("note", text()).says("Their words: a comment, a reason, the personas acknowledged, the keys edited."),
    may("digest", DIGEST).says("From here on, where it is new."),
    may("next", APPROVAL_ID).says("The request that asks again."),
])
.named("HistoryEntry");

/// `Delivery`.
pub const DELIVERY: Shape = answer(&[
    must("connector", text()).says("The connector's id; slack is the deployment's own app."),
    must("delivered", flag()).says("Whether something is shown there."),
    must("current", flag()).says("Whether it is what the approval is now."),
    must("channel", text().null()),
    must("event", ACTIVITY_EVENT.null()),
    must("status_code", whole().null()),
    must("duration_ms", at_least(0).null()),
    must("message", text().null()),
    must("timestamp", TIMESTAMP.null()),
])
.named("Delivery");

/// A person refused the same request, by the same agent, for the same action and with the same parameters, shortly before t
pub const REFUSED_BEFORE: Shape =
    answer(&[must("approval_id", APPROVAL_ID), must("by", text()).says("Who refused it."), must("at", TIMESTAMP)])
        .named("RefusedBefore")
        .says(
            "A person refused the same request, by the same agent, for the same action and with the \
                same parameters, shortly before this was asked.",
        );

/// An approval as people see it.
pub const APPROVAL: Shape = answer(&[
    must("approval_id", APPROVAL_ID),
    must("task_id", text().null()).says("meta.taskId, else meta.origin.run_id."),
    must("agent", text()).says("The slug of the calling key's subject."),
    must("title", text()).says("One line, which follows an edit. What an agent wrote stands in “…”."),
    must("description", text()).says("The agent's justification."),
    must("action", open_answer(&[must("type", text()).says("The action's name.")])).says("`{…params, type: action}`."),
    must("params", SHOWN_PARAMETERS),
    may("asked_params", SHOWN_PARAMETERS)
        .says("What was asked for, where an edit changed it; redacted values are hidden alike."),
    must("status", word(&["pending", "approved", "denied"])).says("denied where it expired or was cancelled, too."),
    may("denial_reason", REASON_CODE),
    may("comment", text()).says("A person's words with the decision."),
    must("digest", DIGEST),
    must(
        "requester",
        answer(&[must("id", text()), must("source", word(&["slack", "github", "agent"])), may("display", text())]),
    ),
    may("links", list_of(&answer(&[must("label", text()), must("url", text().format("uri"))]))),
    must("approvals", at_least(0)).says("How many have approved what it is now."),
    must("required", at_least(1)).says("How many must."),
    must(
        "personas",
        list_of(&answer(&[must("name", text()), may("acknowledged_by", PRINCIPAL), may("acknowledged_at", TIMESTAMP)])),
    ),
    must("history", list_of(&HISTORY_ENTRY)).says("Oldest first."),
    may("deliveries", list_of(&DELIVERY)).says("How it reached people; left out of lists."),
    may("execution", EXECUTION),
    may("supersedes", APPROVAL_ID).says("The refused request that this one repeats."),
    may("superseded_by", APPROVAL_ID).says("The request that repeats this one."),
    may("refused_before", REFUSED_BEFORE),
    must("created_at", TIMESTAMP),
    must("expires_at", TIMESTAMP),
    may("resolved_at", TIMESTAMP),
])
.named("Approval")
.says("An approval as people see it.");

/// `ApprovalPage`.
pub const APPROVAL_PAGE: Shape = answer(&[
    must("approvals", list_of(&APPROVAL)).says(
        "Newest first. May be shorter than the limit, even empty, while there is \
a next page.",
    ),
    must("next_cursor", text().null()).says("Where the next page begins; null after the last."),
])
.named("ApprovalPage");

/// The answer of `ResolveResponse`.
pub const RESOLVE_RESPONSE: Shape = answer(&[
    must("approval_id", APPROVAL_ID),
    must("decision", DECISION).says("What the caller decided."),
    must("status", word(&["pending", "approved", "denied"])).says("pending while more must agree."),
    must("approvals", at_least(0)),
    must("required", at_least(1)),
    may("waiting_for", list_of(&PRINCIPAL)).says(
        "Whose approval would count beside those that are there, while more must agree: one \
                identity a person.",
    ),
    may("resolved_at", TIMESTAMP).says("Left out while more must agree."),
])
.named("ResolveResponse");

/// The answer of `CancelResponse`.
pub const CANCEL_RESPONSE: Shape = answer(&[
    must("approval_id", APPROVAL_ID),
    must("status", only(r#""denied""#)),
    must("denial_reason", only(r#""cancelled""#)),
    must("resolved_at", TIMESTAMP),
])
.named("CancelResponse");

/// The answer of `ExecutionResponse`.
pub const EXECUTION_RESPONSE: Shape =
    answer(&[must("approval_id", APPROVAL_ID), must("execution", EXECUTION)]).named("ExecutionResponse");

/// `Fault`.
pub const FAULT: Shape = answer(&[
    must("field", text()).says("Where, as a path; empty for the whole."),
    must("problem", text()).says("The end of a sentence about the field."),
    may("line", at_least(1)).says("The line, in a policy's text."),
    may("column", at_least(1)).says("The character of that line."),
])
.named("Fault");

/// An approval, and how it reached people.
pub const APPROVAL_IN_FULL: Shape = also(&APPROVAL, &[must("deliveries", list_of(&DELIVERY))])
    .named("ApprovalInFull")
    .says("An approval, and how it reached people.");
