//! The operations of `resolve`.

use crate::decide::resolve;
use crate::resources::Resolve;
use crate::{cancel, execution};
use domain::Role;
use domain::approval::shapes::{CANCEL_INPUT, CANCEL_REQUEST_INPUT, EXECUTION_INPUT, RESOLVE_INPUT};
use domain::view::shapes::{CANCEL_RESPONSE, EXECUTION_RESPONSE, RESOLVE_RESPONSE, WAIT_REQUEST_RESPONSE};
use lambda::operation::parameter::APPROVAL;
use lambda::{Answered, Code, JSON, Operation, Route, Said, Sent, Serve, routes};

/// All of them.
pub const OPERATIONS: [Operation<Resolve>; 4] = [RESOLVE_APPROVAL, CANCEL_APPROVAL, REPORT_EXECUTION, CANCEL_REQUEST];

/// How they are served.
pub(crate) const ROUTES: [Route<Resolve>; OPERATIONS.len()] = routes(&OPERATIONS);

const RESOLVE_APPROVAL: Operation<Resolve> = Route::<Resolve>::keyed(
    "POST",
    "/approvals/{approval_id}/resolve",
    &[Role::Approver, Role::Admin],
    |has, caller, call| Box::pin(resolve(&has.gate, caller, call.request, call.named)),
)
.said(Said {
    id: "resolveApproval",
    event: "Resolve",
    tag: "approvals",
    summary: "Resolve an approval",
    who: "a person's key (approver or admin) whose subject the policy names",
    segment: Some(&APPROVAL),
    body: Some(Sent::of(&[(JSON, &RESOLVE_INPUT)])),
    answers: &[Answered::of(
        200,
        "The decision is stored. The status is pending while more people must approve. A repeat of the caller's own \
        decision gets the same answer",
        &[(JSON, &RESOLVE_RESPONSE)],
    )],
    refusals: &[
        Code::PolicyNotFound,
        Code::PolicyDenied,
        Code::NotFound,
        Code::InvalidState,
        Code::TokenExpired,
        Code::Conflict,
        Code::OverrideNotAllowed,
    ],
    ..Said::NONE
});

const CANCEL_APPROVAL: Operation<Resolve> = Route::<Resolve>::keyed(
    "POST",
    "/approvals/{approval_id}/cancel",
    &[Role::Agent, Role::Admin],
    |has, caller, call| Box::pin(cancel::by_key(&has.gate, caller, call.request, call.named)),
)
.said(Said {
    id: "cancelApproval",
    event: "Cancel",
    tag: "approvals",
    summary: "Cancel a request by its id",
    who: "the agent that asked, or an admin",
    more: "The body may be left out.",
    segment: Some(&APPROVAL),
    body: Some(Sent::of(&[(JSON, &CANCEL_INPUT)]).if_any()),
    answers: &[Answered::of(
        200,
        "The request is cancelled. A repeat gets the same answer",
        &[(JSON, &CANCEL_RESPONSE)],
    )],
    refusals: &[Code::NotFound, Code::InvalidState, Code::TokenExpired, Code::Conflict],
    ..Said::NONE
});

const REPORT_EXECUTION: Operation<Resolve> =
    Route::<Resolve>::keyed("POST", "/approvals/{approval_id}/execution", &[Role::Agent], |has, caller, call| {
        Box::pin(execution::report(&has.gate, caller, call.request, call.named))
    })
    .said(Said {
        id: "reportExecution",
        event: "Execution",
        tag: "approvals",
        summary: "Report the result of the action",
        who: "the agent that asked and executes",
        segment: Some(&APPROVAL),
        body: Some(Sent::of(&[(JSON, &EXECUTION_INPUT)])),
        answers: &[Answered::of(200, "The result is stored, once", &[(JSON, &EXECUTION_RESPONSE)])],
        refusals: &[Code::NotFound, Code::InvalidState, Code::TokenExpired, Code::Conflict],
        ..Said::NONE
    });

const CANCEL_REQUEST: Operation<Resolve> = Route::<Resolve>::open(
    "POST",
    "/api/guard/cancel",
    Serve::Token(|has, call| Box::pin(cancel::by_token(&has.gate, call.request))),
)
.said(Said {
    id: "cancelRequest",
    event: "CancelByToken",
    tag: "agents",
    summary: "Cancel a request",
    who: "the holder of the wait token",
    more: "The wait token authenticates the call; an API key is not needed.",
    body: Some(Sent::of(&[(JSON, &CANCEL_REQUEST_INPUT)])),
    answers: &[Answered::of(
        200,
        "The request is cancelled. The answer is that of a poll; a repeat gets the same",
        &[(JSON, &WAIT_REQUEST_RESPONSE)],
    )],
    refusals: &[Code::TokenNotFound, Code::InvalidState, Code::TokenExpired, Code::Conflict],
    ..Said::NONE
});
