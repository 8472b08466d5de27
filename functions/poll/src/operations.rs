//! The operations of `poll`.

use crate::openapi::document;
use crate::read::{health, list, one, poll};
use crate::resources::Poll;
use domain::Role;
use domain::approval::shapes::WAIT_REQUEST_INPUT;
use domain::limits;
use domain::shape::make::{answer, count, must, only, open_answer, text, word};
use domain::view::shapes::{APPROVAL_IN_FULL, APPROVAL_PAGE, WAIT_REQUEST_RESPONSE};
use lambda::operation::parameter::{APPROVAL, Usual};
use lambda::{Answered, Code, JSON, Operation, Parameter, Route, Said, Sent, Serve, routes};

/// All of them.
pub const OPERATIONS: [Operation<Poll>; 5] = [WAIT_REQUEST_POLL, LIST_APPROVALS, GET_APPROVAL, HEALTH, GET_OPEN_API];

/// How they are served.
pub(crate) const ROUTES: [Route<Poll>; OPERATIONS.len()] = routes(&OPERATIONS);

const WAIT_REQUEST_POLL: Operation<Poll> =
    Route::<Poll>::open("POST", "/api/guard/wait", Serve::Token(|has, call| Box::pin(poll(&has.gate, call.request))))
        .said(Said {
            id: "waitRequestPoll",
            event: "Wait",
            tag: "agents",
            summary: "Poll for decision (non-SSE)",
            who: "the holder of the wait token",
            more: "The wait token authenticates the call; an API key is not needed.",
            body: Some(Sent::of(&[(JSON, &WAIT_REQUEST_INPUT)])),
            answers: &[Answered::of(200, "Terminal or pending state", &[(JSON, &WAIT_REQUEST_RESPONSE)])
                .headers(&[("Retry-After", "AskAgain")])],
            refusals: &[Code::TokenNotFound],
            ..Said::NONE
        });

const LIST_APPROVALS: Operation<Poll> = Route::<Poll>::keyed(
    "GET",
    "/approvals",
    &[Role::Agent, Role::Approver, Role::Auditor, Role::Admin],
    |has, caller, call| Box::pin(list(&has.gate, caller, call.request)),
)
.query(&[
    Parameter::may("status", word(&["pending", "approved", "denied", "expired"]))
        .says("The value denied includes expired and cancelled approvals.")
        .usually(Usual::Word("pending")),
    Parameter::may("agent", text().at_most(limits::NAME)).says("Filter by agent slug"),
    Parameter::may("task_id", text().at_most(limits::NAME)).says("Filter by task"),
    Parameter::may("limit", count(1, limits::APPROVALS_ON_A_PAGE.1))
        .usually(Usual::Count(limits::APPROVALS_ON_A_PAGE.0)),
    Parameter::may("cursor", text()).says("The `next_cursor` of the previous page."),
])
.said(Said {
    id: "listApprovals",
    event: "List",
    tag: "approvals",
    summary: "List approvals",
    who: "approvers, auditors and admins; an agent sees its own",
    more: "Without `status` the list has the open ones. A list may lack the newest approvals for a moment. It never \
    shows a wrong status.",
    answers: &[Answered::of(200, "A page, newest first", &[(JSON, &APPROVAL_PAGE)])],
    ..Said::NONE
});

const GET_APPROVAL: Operation<Poll> = Route::<Poll>::keyed(
    "GET",
    "/approvals/{approval_id}",
    &[Role::Agent, Role::Approver, Role::Auditor, Role::Admin],
    |has, caller, call| Box::pin(one(&has.gate, caller, call.named)),
)
.said(Said {
    id: "getApproval",
    event: "Read",
    tag: "approvals",
    summary: "Get an approval",
    who: "approvers, auditors and admins; an agent sees its own",
    segment: Some(&APPROVAL),
    answers: &[Answered::of(200, "The approval, with its deliveries", &[(JSON, &APPROVAL_IN_FULL)])],
    refusals: &[Code::NotFound],
    ..Said::NONE
});

const HEALTH: Operation<Poll> =
    Route::<Poll>::open("GET", "/healthz", Serve::Anyone(|_, _| Box::pin(health()))).said(Said {
        id: "health",
        event: "Health",
        tag: "service",
        summary: "Liveness probe",
        who: "anyone",
        answers: &[Answered::of(200, "OK", &[(JSON, &answer(&[must("status", only(r#""ok""#))]).named("Health"))])],
        ..Said::NONE
    });

const GET_OPEN_API: Operation<Poll> =
    Route::<Poll>::open("GET", "/openapi.json", Serve::Anyone(|_, call| Box::pin(document(call.request)))).said(Said {
        id: "getOpenApi",
        event: "OpenApi",
        tag: "service",
        summary: "This document",
        who: "anyone",
        headers: &[&Parameter::may("If-None-Match", text()).says("The ETag of the version that the caller has.")],
        answers: &[
            Answered::of(200, "OpenAPI 3.1", &[(JSON, &open_answer(&[must("openapi", text().pattern(r#"^3\.1\."#))]))])
                .headers(&[("ETag", "ETag"), ("Cache-Control", "Cache-Control")]),
            Answered::of(304, "The caller has this version", &[]).headers(&[("ETag", "ETag")]),
        ],
        ..Said::NONE
    });
