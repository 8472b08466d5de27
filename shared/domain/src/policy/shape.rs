//! The shape of a policy.

use crate::limits;
use crate::shape::Shape;
use crate::shape::make::*;
use crate::shape::named::*;

/// What is hidden of an action's parameters.
pub(super) const REDACTION_MODE: Shape = word(&["allowlist", "denylist", "all"]);

/// The fields of an action, beside some of its own. A rule inside an action may have each of them too.
macro_rules! with_fields {
    ($($own:expr),* $(,)?) => {
        sent_strictly(&[
            $($own,)*
            may("description", text()).says("A description for people."),
            may("title", text()).says(
                "The title of the approval, with {params.<path>} for a parameter. Default: `<action> \
                requested by “…”`.",
            ),
            may(
                "approvers",
                sent_strictly(&[
                    may("anyOf", texts(&DECIDER)).says("Principals who may approve."),
                    may("allowSlackIds", texts(&text().at_most(limits::ID).pattern(r#"^([TE][A-Z0-9]+/)?[UW][A-Z0-9]+$"#)))
                        .says("More approvers, as bare Slack ids."),
                    may("minApprovals", count(1, limits::APPROVALS)).says("How many distinct people must approve. Default: 1."),
                ]),
            ),
            may("requiredPersonas", texts(&text())).says("The personas that must acknowledge before anybody can approve."),
            may("personasRequired", texts(&text())).says("Another spelling of requiredPersonas."),
            may("timeoutSec", count(1, limits::OPEN_SEC))
                .says("Seconds that a request stays open. Default: the agent's own time, else routing.defaultTimeoutSec."),
            may(
                "redactParams",
                sent_strictly(&[
                    must("mode", REDACTION_MODE).says(
                        "With denylist the keys are hidden, with allowlist all others are hidden, with all everything \
                            is shown.",
                    ),
                    may("keys", texts(&text())).says("Dotted paths. A path applies to every element of an array."),
                ]),
            ),
            may("allowParamOverrides", flag()).says("Whether an approver may edit. Default: false."),
            may("overrideKeys", texts(&text())).says("The keys that an approver may edit."),
            may("overrideSchema", JSON).says("The JSON Schema that the edited parameters must satisfy."),
            may("allowedChannels", texts(&text())).says("Channels that a request's policyHints.channel may choose."),
            may("allowSelfApproval", flag()).says("Whether the requester may also decide. Default: false."),
            may("allowReRequest", flag()).says("Whether the agent may re-request an ended request. Default: false."),
            may("reRequestCooldownSec", count(0, limits::OPEN_SEC)).says(
                "Seconds after the end of a request before it may \
                be re-requested. Default: 0.",
            ),
            may("severity", SEVERITY).says("The severity of the PagerDuty alert."),
            may(
                "onApproved",
                sent_strictly(&[
                    must("connector", text().at_least(1)).says(
                        "The name of the webhook connector through which the gate \
                        executes the action.",
                    ),
                    may("timeoutSec", count(limits::ATTEMPT_SEC.0, limits::ATTEMPT_SEC.1)).says(
                        "Seconds that one call of \
                        the executor may take. Default: 30.",
                    ),
                ]),
            ),
            may(
                "escalation",
                sent_strictly(&[
                    must("escalateBeforeSec", count(1, limits::OPEN_SEC)).says(
                        "How many seconds before the deadline the \
                        approval escalates.",
                    ),
                    may("connectors", texts(&text())).says("Further connectors that the approval is posted to."),
                    may("channel", text()).says("A second Slack channel that gets the card."),
                    may("escalateMinApprovals", count(1, limits::APPROVALS)).says("The quorum after the escalation."),
                ]),
            ),
            may(
                "delivery",
                sent_strictly(&[
                    may("connectors", texts(&text())).says(
                        "The names of the connectors that carry the request. Default: all \
                        of the workspace's.",
                    ),
                    may("mode", DELIVERY_MODE),
                    may("fallbackToUi", flag()).says(
                        "Whether the approval waits in the inbox if no connector takes it. \
                        Without this it is denied.",
                    ),
                ]),
            ),
        ])
    };
}

/// A rule inside an action.
pub const RULE: Shape = with_fields![
    must(
        "name",
        text().at_least(1).at_most(limits::RULE_NAME).pattern("^[A-Za-z0-9._-]+$").by_code().examples(&[r#""small""#])
    )
    .says("The rule's name, unique within the action."),
    may("when", text().at_least(1).by_code().examples(&[r#""params.amount <= 50""#])).says(
        "A condition in CEL on action, params, agent, workspace, requester, origin, justification and now. Without a \
        condition the rule holds for every request.",
    ),
    may("effect", EFFECT).says("Default: ask."),
    may("reason", text()).says("Why the rule denies, for the caller. Only with the effect deny."),
    may("mode", word(&["shadow"])).says("A shadow rule is evaluated and recorded, and changes nothing."),
]
.named("Rule")
.says("A rule inside an action. A field that the rule does not name comes from the action.");

/// What one action needs. approvers is required unless effect is deny or allow.
pub const ACTION: Shape = with_fields![
    may("effect", EFFECT).says("Default: ask. An action with the effect allow has no approvers."),
    may("rules", list_of(&RULE).at_most(limits::RULES)).says(
        "A rule that matches and denies wins wherever it stands. Of the others the first that matches holds. If none \
        matches, the action's own fields hold.",
    ),
]
.named("Action")
.says("What an action needs. The field approvers is required unless effect is deny or allow.");

/// Hours of the week.
pub const CALENDAR: Shape = sent_strictly(&[
    must("timezone", text().at_least(1).by_code().examples(&[r#""Europe/Berlin""#]))
        .says("The name of a time zone, such as Europe/Berlin."),
    must("days", texts(&DAY)).says("The days of the week."),
    must("from", text().at_least(1).pattern("^[0-2][0-9]:[0-5][0-9]$").by_code().examples(&[r#""09:00""#]))
        .says("The first minute, such as 09:00."),
    must("to", text().at_least(1).pattern("^[0-2][0-9]:[0-5][0-9]$").by_code().examples(&[r#""18:00""#]))
        .says("The minute after the last, such as 18:00."),
    may("except", texts(&DATE)).says("Days that do not count, such as 2026-12-25."),
])
.named("Calendar")
.says("Hours of the week in a time zone, for the function during(\"name\") of a condition.");

const DATE: Shape = text().pattern("^[0-9]{4}-[0-9]{2}-[0-9]{2}$").by_code().examples(&[r#""2026-12-25""#]);
/// The days of a calendar.
pub(super) const DAY: Shape = word(&["mon", "tue", "wed", "thu", "fri", "sat", "sun"]);

/// The policy document of a workspace.
pub const POLICY: Shape = sent_strictly(&[
    may("people", map(&texts(&IDENTITY).null())).says("For each name the identities of one person."),
    may("personas", map(&texts(&DECIDER).null())).says("For each persona the principals who may acknowledge for it."),
    may(
        "routing",
        sent_strictly(&[
            may("defaultChannel", text()).says("The Slack channel that gets the cards."),
            may("defaultTimeoutSec", count(1, limits::OPEN_SEC)).says(
                "Seconds that a request stays open if its \
                action and its agent set no time. Default: 86400.",
            ),
            may("callbackHosts", texts(&text())).says("The hosts that a request's callback may have."),
        ]),
    ),
    may(
        "defaults",
        sent_strictly(&[
            may("unknownAction", UNKNOWN_ACTION).says(
                "What happens to an action without a rule: deny refuses it, \
                manual asks the super-approvers. Default: deny.",
            ),
            may("superApprovers", texts(&DECIDER)).says("The principals who may approve any action."),
        ]),
    ),
    may(
        "limits",
        sent_strictly(&[
            may("createsPerMinute", count(1, limits::RATE)).says(
                "Requests a minute that the workspace may make. \
                Default: 60.",
            ),
            may("allowedPerMinute", count(1, limits::RATE))
                .says("Requests a minute that the policy may allow without asking anybody. Default: 6000."),
            may("reRequestsPerHour", count(1, limits::RATE)).says("Re-requests an hour in one lineage. Default: 5."),
            may("retentionDays", count(1, limits::RETENTION_DAYS)).says(
                "Days that an ended approval is kept. \
                Default: 400.",
            ),
        ]),
    ),
    may("calendars", map(&CALENDAR)).says("The calendars that conditions can use, by name."),
    must(
        "actions",
        map(&ACTION)
            .at_most(limits::ACTIONS)
            .rules(&[("propertyNames", r#"{"pattern": "^[A-Za-z0-9._:/*-]{1,200}$"}"#)]),
    )
    .says(
        "The rules by action. A request gets the rule of its exact name, else that of the longest glob that \
        matches.",
    ),
])
.named("Policy")
.says(
    "One document per workspace: which action asks whom. Faults between fields (quorums nobody \
                can fill, personas bound to nobody, globs that tie) are refused as well.",
)
.examples(&[r#"{"actions": {"gmail.send": {"approvers": {"anyOf": ["user:approver@localhost"]}}}}"#]);
