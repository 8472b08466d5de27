//! The operations of `callbacks`.

use crate::resources::Callbacks;
use crate::take::{from_jira, from_pagerduty};
use domain::limits;
use domain::shape::make::{anything, text};
use lambda::{Answered, JSON, Operation, Parameter, Route, Said, Sent, Serve, routes};

/// All of them.
pub const OPERATIONS: [Operation<Callbacks>; 2] = [JIRA_CALLBACK, PAGERDUTY_CALLBACK];

/// How they are served.
pub(crate) const ROUTES: [Route<Callbacks>; OPERATIONS.len()] = routes(&OPERATIONS);

const JIRA_CALLBACK: Operation<Callbacks> = Route::open(
    "POST",
    "/api/callbacks/jira/{connector_id}",
    Serve::Signature(|has, call| Box::pin(from_jira(has, call.request, call.named))),
)
.any_query()
.said(Said {
    id: "jiraCallback",
    event: "Jira",
    tag: "vendors",
    summary: "An issue was moved in Jira",
    who: "Jira, by its signature under that connector's webhook secret",
    more: "The body has at most {most}. The answer to a bad signature, and to a signed body that cannot be \
                understood, is 400.",
    segment: Some(
        &Parameter::must("connector_id", text().pattern(r#"^ac_[0-9a-z]{26}$"#))
            .example("ac_01j9xk8q4rkc8v2m5t7w9y1b3d")
            .listed("CallbackConnector"),
    ),
    headers: &[&Parameter::must("X-Hub-Signature", text()).says(
        "`sha256=` and HMAC-SHA256 in hexadecimal, over the raw body, under the connector's \
                webhook secret.",
    )],
    body: Some(
        Sent::of(&[(JSON, &anything().says("As the vendor documents it."))])
            .of_any_kind()
            .at_most(limits::CALLBACK_BYTES),
    ),
    answers: &[Answered::of(200, "Acknowledged, also if the callback has no effect", &[])],
    ..Said::NONE
});

const PAGERDUTY_CALLBACK: Operation<Callbacks> = Route::open(
    "POST",
    "/api/callbacks/pagerduty/{connector_id}",
    Serve::Signature(|has, call| Box::pin(from_pagerduty(has, call.request, call.named))),
)
.any_query()
.said(Said {
    id: "pagerdutyCallback",
    event: "PagerDuty",
    tag: "vendors",
    summary: "An incident changed in PagerDuty",
    who: "PagerDuty, by its signature under that connector's webhook secret",
    more: "The body has at most {most}. The answer to a bad signature, and to a signed body that cannot be \
                understood, is 400.",
    segment: Some(
        &Parameter::must("connector_id", text().pattern(r#"^ac_[0-9a-z]{26}$"#))
            .example("ac_01j9xk8q4rkc8v2m5t7w9y1b3d")
            .listed("CallbackConnector"),
    ),
    headers: &[&Parameter::must("X-PagerDuty-Signature", text()).says(
        "`v1=` and HMAC-SHA256 in hexadecimal, or several of them, over the raw body, under the \
                connector's webhook secret.",
    )],
    body: Some(
        Sent::of(&[(JSON, &anything().says("As the vendor documents it."))])
            .of_any_kind()
            .at_most(limits::CALLBACK_BYTES),
    ),
    answers: &[Answered::of(200, "Acknowledged, also if the callback has no effect", &[])],
    ..Said::NONE
});
