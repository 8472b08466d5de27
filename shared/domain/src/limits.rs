//! How much of everything is taken: each limit once, for the code that holds to it, for what people read of it and for the schemas.

/// Bytes of a body in JSON, and of a policy.
pub const BODY_BYTES: usize = 256 * 1024;
/// Bytes of a form: percent-encoding makes it three times as long, and a view of Slack's has up to 250 KB of blocks.
pub const FORM_BYTES: usize = 1024 * 1024;
/// Bytes of a vendor's webhook: Jira's carries the whole issue.
pub const CALLBACK_BYTES: usize = 1024 * 1024;

/// Faults that are reported. More would not help, and an attacker could make them costly.
pub const FAULTS: usize = 100;

/// Characters of the short texts of a request (an action, an id, a branch): they are keys and labels, not documents.
pub const NAME: usize = 256;
/// Characters of an identity's own id, without its kind: a Slack user's id, an e-mail address, an agent's slug.
pub const ID: usize = 254;
/// Characters of a whole identity, kind included, as the API's document states it: `user:jane@acme.com`.
pub const PRINCIPAL: usize = 250;
/// Characters of a justification.
pub const JUSTIFICATION: usize = 4_000;
/// Characters of an address that an agent gives.
pub const URL: usize = 2_000;
/// Links of a request.
pub const LINKS: usize = 10;
/// Characters of an `Idempotency-Key`.
pub const IDEMPOTENCY_KEY: usize = 255;
/// Characters of the comment on a decision, and of the reason of a cancellation.
pub const COMMENT: usize = 3_000;
/// Bytes of what an agent says of an execution.
pub const DETAIL_BYTES: usize = 4_096;

/// Seconds that an answer is held: the gateway ends a request at 30.
pub const HOLD_SEC: u64 = 25;
/// Approvals on a page, where nobody says otherwise, and at most.
pub const APPROVALS_ON_A_PAGE: (u64, u64) = (20, 100);
/// Activity records, where nobody says otherwise, and at most.
pub const ACTIVITY_RECORDS: (u64, u64) = (50, 200);

/// Connectors of a workspace: each delivery reads them all.
pub const CONNECTORS: usize = 100;
/// Characters of a connector's name.
pub const CONNECTOR_NAME: usize = 100;
/// Characters of a connector's endpoint, and of the value of a header.
pub const CONNECTOR_VALUE: usize = 4_000;
/// Headers of a connector.
pub const HEADERS: usize = 30;
/// Seconds that one attempt may take (`tests/contract/connectors-api.yaml`), at least and at most.
pub const ATTEMPT_SEC: (u64, u64) = (1, 120);

/// Seconds that an approval may stay open: 30 days.
pub const OPEN_SEC: u64 = 30 * 24 * 3_600;
/// Actions of a policy.
pub const ACTIONS: usize = 1_000;
/// Rules inside an action.
pub const RULES: usize = 64;
/// Bytes of a rule's name.
pub const RULE_NAME: usize = 64;
/// Approvals that a rule may ask for.
pub const APPROVALS: u64 = 50;
/// Requests that a rate may let through.
pub const RATE: u64 = 1_000_000;
/// Days that an ended approval may be kept.
pub const RETENTION_DAYS: u64 = 3_650;

/// What is said of a text that has more characters than it may.
pub fn too_long(most: usize) -> String {
    format!("must have at most {most} characters")
}

/// A number of bytes as people read it: `256 KB`, `1 MB`.
pub fn in_words(bytes: usize) -> String {
    const KB: usize = 1024;
    if bytes.is_multiple_of(KB * KB) { format!("{} MB", bytes / KB / KB) } else { format!("{} KB", bytes / KB) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_told_in_the_unit_that_they_are_set_in() {
        assert_eq!([BODY_BYTES, FORM_BYTES, CALLBACK_BYTES].map(in_words), ["256 KB", "1 MB", "1 MB"]);
    }
}
