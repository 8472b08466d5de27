//! The shape of a policy.

use crate::limits;
use crate::shape::Shape;
use crate::shape::make::*;
use crate::shape::named::*;

/// What one action needs. approvers is required unless effect is deny.
pub const ACTION: Shape = sent_strictly(&[
    may("effect", EFFECT).says("ask has people decide; deny refuses it outright. Default: ask."),
    may("description", text()).says("For people."),
    may("title", text()).says("May hold {params.<path>}; else `<action> requested by “…”`."),
    may(
        "approvers",
        sent_strictly(&[
            may("anyOf", texts(&DECIDER)).says("Principals who may approve."),
            may("allowSlackIds", texts(&text().at_most(limits::ID).pattern(r#"^([TE][A-Z0-9]+/)?[UW][A-Z0-9]+$"#)))
                .says("The same as bare Slack ids."),
            may("minApprovals", count(1, limits::APPROVALS)).says("Distinct people who must. Default: 1."),
        ]),
    ),
    may("requiredPersonas", texts(&text())).says("Who must acknowledge before anybody can approve."),
    may("personasRequired", texts(&text())).says("Another spelling of requiredPersonas."),
    may("timeoutSec", count(1, limits::OPEN_SEC))
        .says("Seconds it stays open; else the agent's own, else routing.defaultTimeoutSec."),
    may(
        "redactParams",
        sent_strictly(&[
            must("mode", word(&["allowlist", "denylist", "all"]))
                .says("denylist hides keys, allowlist hides all others, all shows all."),
            may("keys", texts(&text())).says("Dotted paths; they cross arrays."),
        ]),
    ),
    may("allowParamOverrides", flag()).says("Whether an approver may edit. Default: false."),
    may("overrideKeys", texts(&text())).says("What they may edit."),
    may("overrideSchema", JSON).says("The JSON Schema that the result must satisfy."),
    may("allowedChannels", texts(&text())).says("Channels that a request's policyHints.channel may choose."),
    may("allowSelfApproval", flag()).says("Whether whoever asks may also decide. Default: false."),
    may("allowReRequest", flag()).says("Whether it may be asked again. Default: false."),
    may("reRequestCooldownSec", count(0, limits::OPEN_SEC)).says("How soon. Default: 0."),
    may("severity", SEVERITY).says("For PagerDuty."),
    may(
        "onApproved",
        sent_strictly(&[
            must("connector", text().at_least(1)).says("A webhook connector's name: the gate executes through it."),
            may("timeoutSec", count(limits::ATTEMPT_SEC.0, limits::ATTEMPT_SEC.1)).says("Default: 30."),
        ]),
    ),
    may(
        "escalation",
        sent_strictly(&[
            must("escalateBeforeSec", count(1, limits::OPEN_SEC)).says("So long before the deadline."),
            may("connectors", texts(&text())).says("Further connectors that are told."),
            may("channel", text()).says("A second Slack channel."),
            may("escalateMinApprovals", count(1, limits::APPROVALS)).says("A raised quorum."),
        ]),
    ),
    may(
        "delivery",
        sent_strictly(&[
            may("connectors", texts(&text())).says("By name; else all of the workspace's."),
            may("mode", DELIVERY_MODE),
            may("fallbackToUi", flag()).says("Whether it waits in the inbox when none takes it; else it is denied."),
        ]),
    ),
])
.named("Action")
.says("What one action needs. approvers is required unless effect is deny.");

/// The policy document of a workspace.
pub const POLICY: Shape = sent_strictly(&[
    may("people", map(&texts(&IDENTITY).null())).says("Name → identities of one person."),
    may("personas", map(&texts(&DECIDER).null())).says("Name → who may acknowledge in it."),
    may(
        "routing",
        sent_strictly(&[
            may("defaultChannel", text()).says("The Slack channel requests go to."),
            may("defaultTimeoutSec", count(1, limits::OPEN_SEC)).says("Default: 86400."),
            may("callbackHosts", texts(&text())).says("Hosts a request's callback may name."),
        ]),
    ),
    may(
        "defaults",
        sent_strictly(&[
            may("unknownAction", UNKNOWN_ACTION).says("manual asks the super-approvers. Default: deny."),
            may("superApprovers", texts(&DECIDER)).says("May approve any action."),
        ]),
    ),
    may(
        "limits",
        sent_strictly(&[
            may("createsPerMinute", count(1, limits::RATE)).says("Default: 60."),
            may("reRequestsPerHour", count(1, limits::RATE)).says("Default: 5."),
            may("retentionDays", count(1, limits::RETENTION_DAYS)).says("Default: 400."),
        ]),
    ),
    must(
        "actions",
        map(&ACTION)
            .at_most(limits::ACTIONS)
            .rules(&[("propertyNames", r#"{"pattern": "^[A-Za-z0-9._:/*-]{1,200}$"}"#)]),
    )
    .says("By exact name, else the longest glob."),
])
.named("Policy")
.says(
    "One document per workspace: which action asks whom. Faults between fields (quorums nobody \
                can fill, personas bound to nobody, globs that tie) are refused as well.",
)
.examples(&[r#"{"actions": {"gmail.send": {"approvers": {"anyOf": ["user:approver@localhost"]}}}}"#]);
