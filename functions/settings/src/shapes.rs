//! The shapes of what the settings answer.

use app::settings::shapes::TTL_HOURS;
use domain::shape::make::*;
use domain::shape::named::*;
use domain::shape::{Field, Shape};
use domain::view::shapes::FAULT;

/// `PolicyHead`.
pub const POLICY_HEAD: Shape = answer(&[
    must("hash", text().pattern(r#"^[0-9a-f]{64}$"#)).says("The SHA-256 of the text, which is also the ETag."),
    must("version", at_least(1)),
    must("by", PRINCIPAL),
    must("at", TIMESTAMP),
])
.named("PolicyHead");

/// `PolicyVerdict`.
pub const POLICY_VERDICT: Shape = answer(&[
    must("valid", flag()),
    must("faults", list_of(&FAULT)),
    may("hash", text().pattern(r#"^[0-9a-f]{64}$"#)),
    may(
        "decision",
        answer(&[
            must("effect", word(&["allow", "ask", "deny"])),
            may("rule", text()).says("The rule that holds. Without it the action's own fields hold."),
            may("reason", text()).says("Why the action is denied, or which rule could not be evaluated."),
            may("matched", text()).says(
                "The name or glob of the rule that applies. Empty for an unknown action \
                under manual.",
            ),
            must("approvers", list_of(&PRINCIPAL)),
            must("superApprovers", list_of(&PRINCIPAL)),
            must("minApprovals", at_least(0)),
            must("requiredPersonas", list_of(&text())),
            must("timeoutSec", at_least(0)),
            must("params", SHOWN_PARAMETERS),
        ]),
    ),
])
.named("PolicyVerdict");

/// `Key`.
pub const KEY: Shape = answer(&[
    must("id", text().pattern(r#"^key_"#)),
    must("name", text()),
    must("workspace", text()),
    must("subject", PRINCIPAL),
    must("roles", list_of(&word(&["agent", "approver", "auditor", "admin"]))),
    must("owner", PRINCIPAL.null()),
    must("created_at", TIMESTAMP),
    must("expires_at", TIMESTAMP.null()),
    must("revoked_at", TIMESTAMP.null()),
])
.named("Key");

/// `NewKey`.
pub const NEW_KEY: Shape = answer(&[
    must("id", text().pattern(r#"^key_"#)),
    must("name", text()),
    must("workspace", text()),
    must("subject", PRINCIPAL),
    must("roles", list_of(&word(&["agent", "approver", "auditor", "admin"]))),
    must("owner", PRINCIPAL.null()),
    must("created_at", TIMESTAMP),
    must("expires_at", TIMESTAMP.null()),
    must("revoked_at", TIMESTAMP.null()),
    must("key", text().pattern(r#"^csk_[a-z2-7]{52}$"#)).says("The secret. No later answer shows it."),
])
.named("NewKey");

/// `KeyPage`.
pub const KEY_PAGE: Shape = answer(&[must("keys", list_of(&KEY)), must("next_cursor", text().null())]).named("KeyPage");

/// `RevokedKey`.
pub const REVOKED_KEY: Shape = answer(&[must("id", text()), must("status", only(r#""revoked""#))]).named("RevokedKey");

/// `AgentConfig`.
pub const AGENT_CONFIG: Shape = answer(&[
    must("agent", text()),
    Field { needed: true, ..TTL_HOURS },
    must("updated_at", TIMESTAMP.null()),
    must("updated_by", PRINCIPAL.null()),
])
.named("AgentConfig");
