//! The operations of `create`.

use crate::ask::{create, create_again, evaluate};
use crate::resources::Create;
use domain::Role;
use domain::approval::shapes::{CREATE_REQUEST_INPUT, REREQUEST_INPUT};
use domain::limits;
use domain::shape::make::text;
use domain::view::shapes::{CREATE_REQUEST_RESPONSE, EVALUATION, REREQUEST_RESPONSE};
use lambda::To;
use lambda::{Answered, Code, JSON, Operation, Parameter, Route, Said, Sent, routes};

const IDEMPOTENCY_KEY: Parameter = Parameter::may(
    "Idempotency-Key",
    text().at_least(1).at_most(limits::IDEMPOTENCY_KEY).pattern("^[!-~]([ -~]*[!-~])?$"),
)
.says("The same key and body get the first answer, to the byte; another body gets 422.")
.example("run-17-step-3")
.listed("IdempotencyKey");
const RATES: &[(&str, &str)] = &[("RateLimit-Policy", "RateLimit-Policy"), ("RateLimit", "RateLimit")];
/// What can be done with a request.
const LINKS: &[(&str, &str, To)] = &[
    ("wait", "waitRequestPoll", To::Body("token", "token")),
    ("takeBack", "cancelRequest", To::Body("token", "token")),
    ("read", "getApproval", To::Parameter("approval_id", "requestId")),
    ("resolve", "resolveApproval", To::Parameter("approval_id", "requestId")),
    ("cancel", "cancelApproval", To::Parameter("approval_id", "requestId")),
    ("execution", "reportExecution", To::Parameter("approval_id", "requestId")),
];

/// All of them.
pub const OPERATIONS: [Operation<Create>; 3] = [CREATE_REQUEST, EVALUATE, REREQUEST];

/// How they are served.
pub(crate) const ROUTES: [Route<Create>; OPERATIONS.len()] = routes(&OPERATIONS);

const CREATE_REQUEST: Operation<Create> =
    Route::<Create>::keyed("POST", "/api/guard/request", &[Role::Agent], |has, caller, call| {
        Box::pin(create(&has.gate, caller, call.request))
    })
    .lately()
    .said(Said {
        id: "createRequest",
        event: "Request",
        tag: "agents",
        summary: "Create guarded action request",
        who: "a key with the role `agent`",
        more: "A repeat with the same Idempotency-Key and a refused request use up no rate.",
        headers: &[&IDEMPOTENCY_KEY],
        body: Some(Sent::of(&[(JSON, &CREATE_REQUEST_INPUT)])),
        answers: &[Answered::of(200, "Request accepted", &[(JSON, &CREATE_REQUEST_RESPONSE)])
            .headers(RATES)
            .links(LINKS)],
        refusals: &[Code::PolicyNotFound, Code::PolicyDenied, Code::IdempotencyMismatch, Code::RateLimited],
        ..Said::NONE
    });

const EVALUATE: Operation<Create> =
    Route::<Create>::keyed("POST", "/api/guard/evaluate", &[Role::Agent], |has, caller, call| {
        Box::pin(evaluate(&has.gate, caller, call.request))
    })
    .lately()
    .said(Said {
        id: "evaluateRequest",
        event: "Evaluate",
        tag: "agents",
        summary: "Find out what the policy says of a request",
        who: "a key with the role `agent`",
        more: "Nothing is stored, nobody is asked, and no rate is used up. The request itself may get another answer, \
               because the policy can change.",
        body: Some(Sent::of(&[(JSON, &CREATE_REQUEST_INPUT)])),
        answers: &[Answered::of(200, "What the policy says", &[(JSON, &EVALUATION)])],
        ..Said::NONE
    });

const REREQUEST: Operation<Create> =
    Route::<Create>::keyed("POST", "/api/guard/rerequest", &[Role::Agent], |has, caller, call| {
        Box::pin(create_again(&has.gate, caller, call.request))
    })
    .lately()
    .said(Said {
        id: "rerequest",
        event: "RequestAgain",
        tag: "agents",
        summary: "Re-request a denied, cancelled or expired request",
        who: "the agent that asked, if the action has allowReRequest",
        more: "The policy in force is applied.",
        headers: &[&IDEMPOTENCY_KEY],
        body: Some(Sent::of(&[(JSON, &REREQUEST_INPUT)])),
        answers: &[Answered::of(
            200,
            "Request accepted. A repeat gets the same answer",
            &[(JSON, &REREQUEST_RESPONSE)],
        )
        .headers(RATES)
        .links(LINKS)],
        refusals: &[
            Code::PolicyNotFound,
            Code::PolicyDenied,
            Code::NotFound,
            Code::InvalidState,
            Code::TokenExpired,
            Code::Conflict,
            Code::IdempotencyMismatch,
            Code::RateLimited,
        ],
        ..Said::NONE
    });
