//! The operations of `connectors`.

use crate::manage::{activity, change, create, delete, list, read, test};
use crate::resources::Connectors;
use crate::shapes::{
    ACTIVITY, CONNECTOR, CONNECTOR_DEFAULTS, CONNECTOR_DELETED, CONNECTOR_TEST, DEAD_LETTER_PAGE, REPLAYED,
};
use crate::{dead_letters, defaults};
use app::settings::shapes::{CONNECTOR_CHANGE, CONNECTOR_DEFAULTS_INPUT, CONNECTOR_INPUT, CONNECTOR_TRIAL};
use domain::Role;
use domain::limits;
use domain::shape::make::{count, flag, list_of, text};
use lambda::operation::parameter::Usual;
use lambda::{Answered, Code, JSON, Operation, Parameter, Route, Said, Sent, To, routes};

/// All of them.
pub const OPERATIONS: [Operation<Connectors>; 11] = [
    LIST_APPROVAL_CONNECTORS,
    CREATE_APPROVAL_CONNECTOR,
    TEST_APPROVAL_CONNECTOR,
    GET_CONNECTOR_DEFAULTS,
    PUT_CONNECTOR_DEFAULTS,
    LIST_CONNECTOR_ACTIVITY,
    LIST_DEAD_LETTERS,
    REPLAY_DEAD_LETTER,
    GET_APPROVAL_CONNECTOR,
    CHANGE_APPROVAL_CONNECTOR,
    DELETE_APPROVAL_CONNECTOR,
];

/// How they are served.
pub(crate) const ROUTES: [Route<Connectors>; OPERATIONS.len()] = routes(&OPERATIONS);

const LIST_APPROVAL_CONNECTORS: Operation<Connectors> =
    Route::keyed("GET", "/api/settings/approval-connectors", &[Role::Admin, Role::Auditor], |has, caller, _| {
        Box::pin(list(has, caller))
    })
    .said(Said {
        id: "listApprovalConnectors",
        event: "List",
        tag: "connectors",
        summary: "List approval connectors",
        who: "admins and auditors",
        answers: &[Answered::of(
            200,
            "The connectors, in the order in which they were made",
            &[(JSON, &list_of(&CONNECTOR))],
        )],
        ..Said::NONE
    });

const CREATE_APPROVAL_CONNECTOR: Operation<Connectors> =
    Route::keyed("POST", "/api/settings/approval-connectors", &[Role::Admin], |has, caller, call| {
        Box::pin(create(has, caller, call.request))
    })
    .said(Said {
        id: "createApprovalConnector",
        event: "Create",
        tag: "connectors",
        summary: "Create an approval connector",
        who: "admins",
        more: "The answer is 409 if the name is taken, or if the workspace has {connectors} connectors.",
        body: Some(Sent::of(&[(JSON, &CONNECTOR_INPUT)])),
        answers: &[Answered::of(201, "The created connector", &[(JSON, &CONNECTOR)]).links(&[
            ("read", "getApprovalConnector", To::Parameter("id", "id")),
            ("change", "changeApprovalConnector", To::Parameter("id", "id")),
            ("delete", "deleteApprovalConnector", To::Parameter("id", "id")),
        ])],
        refusals: &[Code::Conflict],
        ..Said::NONE
    });

const TEST_APPROVAL_CONNECTOR: Operation<Connectors> =
    Route::keyed("POST", "/api/settings/approval-connectors/test", &[Role::Admin], |has, caller, call| {
        Box::pin(test(has, caller, call.request))
    })
    .said(Said {
        id: "testApprovalConnector",
        event: "Test",
        tag: "connectors",
        summary: "Test a configuration without saving it",
        who: "admins",
        more: "Three checks run in order. After a failed check the others are skipped.",
        body: Some(Sent::of(&[(JSON, &CONNECTOR_TRIAL)])),
        answers: &[Answered::of(200, "The result, also if a check failed", &[(JSON, &CONNECTOR_TEST)])],
        refusals: &[Code::NotFound, Code::Conflict],
        ..Said::NONE
    });

const GET_CONNECTOR_DEFAULTS: Operation<Connectors> = Route::keyed(
    "GET",
    "/api/settings/approval-connectors/defaults",
    &[Role::Admin, Role::Auditor],
    |has, caller, _| Box::pin(defaults::read(has, caller)),
)
.said(Said {
    id: "getConnectorDefaults",
    event: "ReadDefaults",
    tag: "connectors",
    summary: "Read the workspace's defaults",
    who: "admins and auditors",
    answers: &[Answered::of(
        200,
        "The values used when a policy or a connector does not set one",
        &[(JSON, &CONNECTOR_DEFAULTS)],
    )],
    ..Said::NONE
});

const PUT_CONNECTOR_DEFAULTS: Operation<Connectors> =
    Route::keyed("PUT", "/api/settings/approval-connectors/defaults", &[Role::Admin], |has, caller, call| {
        Box::pin(defaults::change(has, caller, call.request))
    })
    .said(Said {
        id: "putConnectorDefaults",
        event: "PutDefaults",
        tag: "connectors",
        summary: "Change the workspace's defaults",
        who: "admins",
        more: "Fields that the body leaves out keep their value.",
        body: Some(Sent::of(&[(JSON, &CONNECTOR_DEFAULTS_INPUT)])),
        answers: &[Answered::of(200, "The defaults after the change", &[(JSON, &CONNECTOR_DEFAULTS)])],
        ..Said::NONE
    });

const LIST_CONNECTOR_ACTIVITY: Operation<Connectors> = Route::keyed(
    "GET",
    "/api/settings/approval-connectors/activity",
    &[Role::Admin, Role::Auditor],
    |has, caller, call| Box::pin(activity(has, caller, call.request)),
)
.query(&[Parameter::may("limit", count(1, limits::ACTIVITY_RECORDS.1))
    .says("Maximum number of activity records to return")
    .usually(Usual::Count(limits::ACTIVITY_RECORDS.0))])
.said(Said {
    id: "listConnectorActivity",
    event: "Activity",
    tag: "connectors",
    summary: "List the latest activity of connectors",
    who: "admins and auditors",
    answers: &[Answered::of(200, "The records, newest first", &[(JSON, &list_of(&ACTIVITY))])],
    ..Said::NONE
});

const LIST_DEAD_LETTERS: Operation<Connectors> = Route::keyed(
    "GET",
    "/api/settings/approval-connectors/dead-letters",
    &[Role::Admin, Role::Auditor],
    |has, caller, call| Box::pin(dead_letters::list(has, caller, call.request)),
)
.query(&[Parameter::may("cursor", text().at_most(200).form(dead_letters::CURSOR))
    .says("The `next_cursor` of the previous page.")])
.said(Said {
    id: "listDeadLetters",
    event: "DeadLetters",
    tag: "connectors",
    summary: "List deliveries that were given up",
    who: "admins and auditors",
    answers: &[Answered::of(200, "A page, in the order of the ids", &[(JSON, &DEAD_LETTER_PAGE)])],
    ..Said::NONE
});

const REPLAY_DEAD_LETTER: Operation<Connectors> = Route::keyed(
    "POST",
    "/api/settings/approval-connectors/dead-letters/{id}/replay",
    &[Role::Admin],
    |has, caller, call| Box::pin(dead_letters::replay(has, caller, call.named)),
)
.said(Said {
    id: "replayDeadLetter",
    event: "Replay",
    tag: "connectors",
    summary: "Replay a delivery that was given up",
    who: "admins",
    more: "The answer is 409, and the dead letter stays, if nothing would be tried.",
    segment: Some(
        &Parameter::must("id", text().pattern(r#"^appr_[0-9a-z]{26}\.[a-z0-9_:]{1,60}$"#))
            .example("appr_01j9xk8q4rkc8v2m5t7w9y1b3d.ac_01j9xk8q4rkc8v2m5t7w9y1b3d"),
    ),
    answers: &[Answered::of(
        200,
        "The delivery is tried. The dead letter is deleted after the attempt",
        &[(JSON, &REPLAYED)],
    )],
    refusals: &[Code::NotFound, Code::Conflict],
    ..Said::NONE
});

const GET_APPROVAL_CONNECTOR: Operation<Connectors> = Route::keyed(
    "GET",
    "/api/settings/approval-connectors/{id}",
    &[Role::Admin, Role::Auditor],
    |has, caller, call| Box::pin(read(has, caller, call.named)),
)
.said(Said {
    id: "getApprovalConnector",
    event: "Read",
    tag: "connectors",
    summary: "Get an approval connector",
    who: "admins and auditors",
    segment: Some(
        &Parameter::must("id", text().pattern(r#"^ac_[0-9a-z]{26}$"#))
            .example("ac_01j9xk8q4rkc8v2m5t7w9y1b3d")
            .listed("ConnectorId"),
    ),
    answers: &[Answered::of(200, "The connector", &[(JSON, &CONNECTOR)])],
    refusals: &[Code::NotFound],
    ..Said::NONE
});

const CHANGE_APPROVAL_CONNECTOR: Operation<Connectors> =
    Route::keyed("PATCH", "/api/settings/approval-connectors/{id}", &[Role::Admin], |has, caller, call| {
        Box::pin(change(has, caller, call.named, call.request))
    })
    .said(Said {
        id: "changeApprovalConnector",
        event: "Change",
        tag: "connectors",
        summary: "Change an approval connector",
        who: "admins",
        more: "The answer is 409 if the name is taken, if another change was faster, or if the connector's secrets \
            cannot be opened any more.",
        segment: Some(
            &Parameter::must("id", text().pattern(r#"^ac_[0-9a-z]{26}$"#))
                .example("ac_01j9xk8q4rkc8v2m5t7w9y1b3d")
                .listed("ConnectorId"),
        ),
        body: Some(Sent::of(&[(JSON, &CONNECTOR_CHANGE)])),
        answers: &[Answered::of(200, "The connector after the change", &[(JSON, &CONNECTOR)])],
        refusals: &[Code::NotFound, Code::Conflict],
        ..Said::NONE
    });

const DELETE_APPROVAL_CONNECTOR: Operation<Connectors> =
    Route::keyed("DELETE", "/api/settings/approval-connectors/{id}", &[Role::Admin], |has, caller, call| {
        Box::pin(delete(has, caller, call.named, call.request))
    })
    .query(&[Parameter::may("force", flag())
        .says("Whether to delete the connector although the policy names it.")
        .usually(Usual::Flag(false))])
    .said(Said {
        id: "deleteApprovalConnector",
        event: "Delete",
        tag: "connectors",
        summary: "Delete an approval connector",
        who: "admins",
        more: "The answer is 409 if the policy names the connector, unless force is true.",
        segment: Some(
            &Parameter::must("id", text().pattern(r#"^ac_[0-9a-z]{26}$"#))
                .example("ac_01j9xk8q4rkc8v2m5t7w9y1b3d")
                .listed("ConnectorId"),
        ),
        answers: &[Answered::of(200, "The connector is deleted", &[(JSON, &CONNECTOR_DELETED)])],
        refusals: &[Code::NotFound, Code::Conflict],
        ..Said::NONE
    });
