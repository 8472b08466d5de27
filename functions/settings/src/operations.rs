//! The operations of `settings`.

use crate::resources::Settings;
use crate::shapes::{AGENT_CONFIG, KEY_PAGE, NEW_KEY, POLICY_HEAD, POLICY_VERDICT, REVOKED_KEY};
use crate::{agents, keys, policy};
use app::settings::shapes::{AGENT_CONFIG_INPUT, KEY_INPUT, POLICY_TRIAL};
use domain::Role;
use domain::limits;
use domain::policy::shape::POLICY;
use domain::shape::make::{any, text, word};
use lambda::{Answered, Code, JSON, Operation, Parameter, Route, Said, Sent, To, routes};

/// All of them.
pub const OPERATIONS: [Operation<Settings>; 8] =
    [GET_POLICY, PUT_POLICY, CHECK_POLICY, LIST_KEYS, CREATE_KEY, REVOKE_KEY, GET_AGENT_CONFIG, CHANGE_AGENT_CONFIG];

/// How they are served.
pub(crate) const ROUTES: [Route<Settings>; OPERATIONS.len()] = routes(&OPERATIONS);

const GET_POLICY: Operation<Settings> =
    Route::<Settings>::keyed("GET", "/api/settings/policy", &[Role::Admin, Role::Auditor], |has, caller, _| {
        Box::pin(policy::read(&has.gate, caller))
    })
    .said(Said {
        id: "getPolicy",
        event: "ReadPolicy",
        tag: "settings",
        summary: "Read the policy in force",
        who: "admins and auditors",
        answers: &[Answered::of(200, "The document as it was sent", &[("application/yaml", &POLICY), (JSON, &POLICY)])
            .headers(&[("ETag", "PolicyETag"), ("X-Policy-Version", "X-Policy-Version")])],
        refusals: &[Code::NotFound],
        ..Said::NONE
    });

const PUT_POLICY: Operation<Settings> =
    Route::<Settings>::keyed("PUT", "/api/settings/policy", &[Role::Admin], |has, caller, call| {
        Box::pin(policy::replace(&has.gate, caller, call.request))
    })
    .said(Said {
        id: "putPolicy",
        event: "PutPolicy",
        tag: "settings",
        summary: "Replace the policy, whole or not at all",
        who: "admins",
        more: "A document with a fault is refused with every fault named by its path.",
        headers: &[
            &Parameter::may("If-Match", text().pattern(r#"^(\*|(W/)?"[!#-~]*")$"#))
                .says(
                    "The policy is replaced only if it has this ETag, or, with `*`, if there is one; else the \
                    answer is 409.",
                )
                .listed("IfMatch"),
            &Parameter::may("If-None-Match", word(&["*"]))
                .says("With `*` the policy is stored only if the workspace has none.")
                .listed("IfNoneMatch"),
        ],
        body: Some(Sent::of(&[
            (JSON, &POLICY),
            ("application/yaml", &POLICY),
            ("application/x-yaml", &POLICY),
            ("text/yaml", &POLICY),
            ("text/x-yaml", &POLICY),
            ("text/plain", &text().says("The document in YAML or JSON.")),
        ])),
        answers: &[
            Answered::of(200, "The policy is in force", &[(JSON, &POLICY_HEAD)]).headers(&[("ETag", "PolicyETag")])
        ],
        refusals: &[Code::Conflict],
        ..Said::NONE
    });

const CHECK_POLICY: Operation<Settings> = Route::<Settings>::keyed(
    "POST",
    "/api/settings/policy/check",
    &[Role::Admin, Role::Auditor],
    |has, caller, call| Box::pin(policy::check(&has.gate, caller, call.request)),
)
.said(Said {
    id: "checkPolicy",
    event: "CheckPolicy",
    tag: "settings",
    summary: "Try a policy on a sample action",
    who: "admins and auditors",
    more: "The answer is 404 if the body has no document and no policy is in force.",
    body: Some(Sent::of(&[
        (JSON, &POLICY_TRIAL),
        ("application/yaml", &any().says("The document in YAML, tried without a sample action.")),
        ("application/x-yaml", &any().says("The document in YAML, tried without a sample action.")),
        ("text/yaml", &any().says("The document in YAML, tried without a sample action.")),
        ("text/x-yaml", &any().says("The document in YAML, tried without a sample action.")),
        ("text/plain", &any().says("The document in YAML, tried without a sample action.")),
    ])),
    answers: &[Answered::of(
        200,
        "The decision that the policy would make. Nothing is saved",
        &[(JSON, &POLICY_VERDICT)],
    )],
    refusals: &[Code::NotFound],
    ..Said::NONE
});

const LIST_KEYS: Operation<Settings> =
    Route::<Settings>::keyed("GET", "/api/settings/keys", &[Role::Admin], |has, caller, call| {
        Box::pin(keys::list(&has.gate, caller, call.request))
    })
    .query(&[Parameter::may("cursor", text().form(keys::CURSOR)).says("The `next_cursor` of the previous page.")])
    .said(Said {
        id: "listKeys",
        event: "ListKeys",
        tag: "settings",
        summary: "List API keys",
        who: "admins",
        answers: &[Answered::of(200, "A page, in the order of the ids, without the secrets", &[(JSON, &KEY_PAGE)])],
        ..Said::NONE
    });

const CREATE_KEY: Operation<Settings> =
    Route::<Settings>::keyed("POST", "/api/settings/keys", &[Role::Admin], |has, caller, call| {
        Box::pin(keys::create(&has.gate, caller, call.request))
    })
    .said(Said {
        id: "createKey",
        event: "MakeKey",
        tag: "settings",
        summary: "Make an API key",
        who: "admins, and the deployment's bootstrap secret, which can do nothing else",
        body: Some(Sent::of(&[(JSON, &KEY_INPUT)])),
        answers: &[Answered::of(
            201,
            "The key, with its secret. No later answer shows the secret",
            &[(JSON, &NEW_KEY)],
        )
        .links(&[("revoke", "revokeKey", To::Parameter("id", "id"))])],
        ..Said::NONE
    });

const REVOKE_KEY: Operation<Settings> =
    Route::<Settings>::keyed("DELETE", "/api/settings/keys/{id}", &[Role::Admin], |has, caller, call| {
        Box::pin(keys::revoke(&has.gate, caller, call.named))
    })
    .said(Said {
        id: "revokeKey",
        event: "RevokeKey",
        tag: "settings",
        summary: "Revoke an API key",
        who: "admins",
        segment: Some(
            &Parameter::must("id", text().pattern(r#"^key_[0-9a-z]{26}$"#))
                .example("key_01j9xk8q4rkc8v2m5t7w9y1b3d")
                .listed("KeyId"),
        ),
        answers: &[Answered::of(
            200,
            "The key decides, reads and sets nothing from the next request on; asking stops a moment later",
            &[(JSON, &REVOKED_KEY)],
        )],
        refusals: &[Code::NotFound],
        ..Said::NONE
    });

const GET_AGENT_CONFIG: Operation<Settings> =
    Route::<Settings>::keyed("GET", "/agents/{agent}/config", &[Role::Admin, Role::Auditor], |has, caller, call| {
        Box::pin(agents::read(&has.gate, caller, agents::slug(call)))
    })
    .said(Said {
        id: "getAgentConfig",
        event: "ReadAgent",
        tag: "settings",
        summary: "Read an agent's settings",
        who: "admins and auditors",
        segment: Some(
            &Parameter::must(
                "agent",
                text().at_least(1).at_most(limits::ID).pattern(r#"^[^\s/\u0000-\u001f\u007f-\u009f]+$"#),
            )
            .says("The agent's slug.")
            .example("sales")
            .listed("Agent"),
        ),
        answers: &[Answered::of(
            200,
            "The agent's settings; null for a setting that nobody has set",
            &[(JSON, &AGENT_CONFIG)],
        )],
        ..Said::NONE
    });

const CHANGE_AGENT_CONFIG: Operation<Settings> =
    Route::<Settings>::keyed("PATCH", "/agents/{agent}/config", &[Role::Admin], |has, caller, call| {
        Box::pin(agents::change(&has.gate, caller, agents::slug(call), call.request))
    })
    .said(Said {
        id: "changeAgentConfig",
        event: "ChangeAgent",
        tag: "settings",
        summary: "Change an agent's settings",
        who: "admins",
        more: "The body is read as JSON whatever content type it comes with.",
        segment: Some(
            &Parameter::must(
                "agent",
                text().at_least(1).at_most(limits::ID).pattern(r#"^[^\s/\u0000-\u001f\u007f-\u009f]+$"#),
            )
            .says("The agent's slug.")
            .example("sales")
            .listed("Agent"),
        ),
        body: Some(Sent::of(&[(JSON, &AGENT_CONFIG_INPUT)]).of_any_kind()),
        answers: &[Answered::of(200, "The settings after the change", &[(JSON, &AGENT_CONFIG)])],
        ..Said::NONE
    });
