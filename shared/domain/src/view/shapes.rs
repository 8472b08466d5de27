//! The shapes of what is answered about an approval.

use crate::shape::Shape;
use crate::shape::make::*;
use crate::shape::named::*;

/// The same request with the same Idempotency-Key gets the same answer, to the byte.
pub const CREATE_REQUEST_RESPONSE: Shape = answer(&[
    must("token", WAIT_TOKEN),
    must("requestId", APPROVAL_ID),
    must("status", word(&["pending", "awaiting_personas", "ready_for_approval"])).says(
        "The value is awaiting_personas while a persona must acknowledge, else ready_for_approval; pending if the \
            policy allows the request, with the field outcome.",
    ),
    must("expiresAt", TIMESTAMP).says("The deadline."),
    must(
        "policy",
        answer(&[
            must("minApprovals", at_least(0)).says("Distinct people who must approve."),
            must("requiredPersonas", list_of(&text())).says("The personas that must acknowledge first."),
            must("timeoutSec", at_least(1)).says("Seconds from asking to the deadline."),
            must("executes", word(&["agent", "gate"])).says(
                "The party that executes the action: the agent with decisionParams, or the gate through the policy's \
                onApproved.",
            ),
        ]),
    ),
    must("digest", DIGEST),
    must("nonce", text().pattern(r#"^[0-9a-f]{32}$"#)).says("The agent can compute the digest with this nonce."),
    must(
        "links",
        answer(&[
            must("stream", text().format("uri")).says("The address for GET ?token= with server-sent events."),
            may("websocket", text().format("uri")).says("The address of the WebSocket, if the deployment has one."),
        ]),
    ),
    may("outcome", WAIT_REQUEST_RESPONSE).says(
        "If a rule of the policy allows the request: the answer that a poll gives. The field status is pending then.",
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
    must("lineageId", APPROVAL_ID).says("The id of the first request of the lineage."),
    must("status", word(&["pending", "awaiting_personas", "ready_for_approval"])),
    must("expiresAt", TIMESTAMP),
])
.named("RerequestResponse");

/// What became of an approved action.
pub const EXECUTION: Shape = answer(&[
    must("status", word(&["pending", "succeeded", "failed"])),
    may("attempts", at_least(0)).says("Attempts made so far."),
    may("status_code", whole()).says("The HTTP status of the last attempt."),
    may("result", any()).says("What the executor reports."),
])
.named("Execution")
.says("The result of an approved action.");

/// What the policy says of a request.
pub const EVALUATION: Shape = answer(&[
    must("decision", word(&["allow", "ask", "deny"])).says(
        "With allow the request is approved and nobody is asked; with ask people decide; with deny it is refused.",
    ),
    may("rule", text()).says("The rule that holds. Without it the action's own fields hold."),
    may("reason", text()).says("Why the request is denied, or which rule could not be evaluated."),
    may("policy", text()).says("The SHA-256 of the policy."),
    may("shadow", list_of(&SHADOW)).says("The shadow rules that match. They change nothing."),
])
.named("Evaluation")
.says("What the policy in force says of a request.");

const SHADOW: Shape = answer(&[must("rule", text()), must("effect", word(&["allow", "ask", "deny"]))]);

/// The wait answer: by poll, event stream, WebSocket and callback alike.
pub const WAIT_REQUEST_RESPONSE: Shape = answer(&[
    must("status", word(&["pending", "awaiting_personas", "ready_for_approval", "approved", "denied", "expired"]))
        .says("The agent may act only on approved."),
    must("seq", at_least(1)).says("The number grows with every change. An answer with a smaller number is older."),
    must("digest", DIGEST),
    may("approvers", list_of(&text())).says(
        "The people who have approved so far. A Slack approver appears as the \
        bare user id.",
    ),
    may("decisionParams", anything()).says(
        "All parameters to act on, with the original hidden values. Present only after the approval, and only if the \
        agent executes.",
    ),
    may("askedParams", anything()).says(
        "The parameters that the agent asked for, with the original hidden values. Present beside decisionParams if \
        an approver changed the parameters.",
    ),
    may("reason", text()).says("The reason in a person's words."),
    may("reasonCode", REASON_CODE),
    may("decidedAt", TIMESTAMP),
    may("supersededBy", answer(&[must("requestId", APPROVAL_ID), must("token", WAIT_TOKEN)]))
        .says("The re-request, with its own wait token."),
    may("execution", EXECUTION),
])
.named("WaitRequestResponse")
.says("The wait answer, the same by poll, event stream, WebSocket and callback.");

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
    may("by", ACTOR).says("Who made the change, if a caller or a rule of the policy did."),
    may("claimed", PRINCIPAL).says("The person for whom the agent asks, as the agent claims."),
    may("note", text()).says("A comment, a reason, the personas acknowledged or the keys edited."),
    may("digest", DIGEST).says("The new digest, if the change made one."),
    may("next", APPROVAL_ID).says("The id of the re-request."),
])
.named("HistoryEntry");

/// `Delivery`.
pub const DELIVERY: Shape = answer(&[
    must("connector", text()).says("The connector's id; slack stands for the deployment's own app."),
    must("delivered", flag()).says("Whether the connector has a card."),
    must("current", flag()).says("Whether the card shows the newest version."),
    must("channel", text().null()),
    must("event", ACTIVITY_EVENT.null()),
    must("status_code", whole().null()),
    must("duration_ms", at_least(0).null()),
    must("message", text().null()),
    must("timestamp", TIMESTAMP.null()),
])
.named("Delivery");

/// A person refused the same request, by the same agent, for the same action and with the same parameters, shortly before t
pub const REFUSED_BEFORE: Shape = answer(&[
    must("approval_id", APPROVAL_ID),
    must("by", text()).says("The person who denied it."),
    must("at", TIMESTAMP),
])
.named("RefusedBefore")
.says(
    "An earlier request of the same agent, for the same action and with the same parameters, which a person \
            denied shortly before.",
);

/// An approval as people see it.
pub const APPROVAL: Shape = answer(&[
    must("approval_id", APPROVAL_ID),
    must("task_id", text().null()).says("The value of meta.taskId, else of meta.origin.run_id."),
    must("agent", text()).says("The slug of the calling key's subject."),
    must("title", text()).says("The title in one line. It follows edits. Text from the agent stands in “…”."),
    must("description", text()).says("The agent's justification."),
    must("action", open_answer(&[must("type", text()).says("The action's name.")])).says(
        "The parameters with the \
        action's name as `type`: `{…params, type: action}`.",
    ),
    must("params", SHOWN_PARAMETERS),
    may("asked_params", SHOWN_PARAMETERS)
        .says("The parameters that were asked for, if an edit changed them. Redacted values are hidden here too."),
    must("status", word(&["pending", "approved", "denied"])).says(
        "The status. An expired or cancelled approval has \
        the value denied too.",
    ),
    may("denial_reason", REASON_CODE),
    may("comment", text()).says("The comment with the decision."),
    must("digest", DIGEST),
    must(
        "requester",
        answer(&[must("id", text()), must("source", word(&["slack", "github", "agent"])), may("display", text())]),
    ),
    may("links", list_of(&answer(&[must("label", text()), must("url", text().format("uri"))]))),
    must("approvals", at_least(0)).says("How many people have approved the current version."),
    must("required", at_least(0))
        .says("How many people must approve. The number is 0 if the policy allowed the request."),
    may("rule", text()).says("The rule that held when the request was made. Without it the action's own fields held."),
    may("failed_rule", answer(&[must("rule", text()), must("why", text())]))
        .says("The rule that could not be evaluated when the request was made."),
    may("shadow", list_of(&SHADOW)).says("The shadow rules that matched when the request was made."),
    must(
        "personas",
        list_of(&answer(&[must("name", text()), may("acknowledged_by", PRINCIPAL), may("acknowledged_at", TIMESTAMP)])),
    ),
    must("history", list_of(&HISTORY_ENTRY)).says("All changes, oldest first."),
    may("deliveries", list_of(&DELIVERY)).says("How the approval reached people. Left out of lists."),
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
        "The approvals, newest first. The list may be shorter than the limit, even empty, although there is a next \
        page.",
    ),
    must("next_cursor", text().null()).says("The cursor of the next page; null on the last page."),
])
.named("ApprovalPage");

/// The answer of `ResolveResponse`.
pub const RESOLVE_RESPONSE: Shape = answer(&[
    must("approval_id", APPROVAL_ID),
    must("decision", DECISION).says("The caller's decision."),
    must("status", word(&["pending", "approved", "denied"])).says(
        "The value is pending while more people must \
        approve.",
    ),
    must("approvals", at_least(0)),
    must("required", at_least(1)),
    may("waiting_for", list_of(&PRINCIPAL)).says(
        "The people whose approval would count, while more people must approve. Each person appears with one identity.",
    ),
    may("resolved_at", TIMESTAMP).says("When the approval ended. Left out while more people must approve."),
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
    must("field", text()).says("The path of the field. Empty if the fault is in the whole input."),
    must("problem", text()).says("The end of a sentence about the field."),
    may("line", at_least(1)).says("The line in the policy's text."),
    may("column", at_least(1)).says("The character in that line."),
])
.named("Fault");

/// An approval, and how it reached people.
pub const APPROVAL_IN_FULL: Shape = also(&APPROVAL, &[must("deliveries", list_of(&DELIVERY))])
    .named("ApprovalInFull")
    .says("An approval with its deliveries.");
