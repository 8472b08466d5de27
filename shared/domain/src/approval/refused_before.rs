//! What an approval says of a refusal shortly before it.

use crate::{ApprovalId, Principal};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// That the same agent asked for the same action with the same parameters, and a person refused it a short while ago.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedBefore {
    /// The approval that was refused.
    pub approval_id: ApprovalId,
    /// Who refused it.
    pub by: Principal,
    /// When.
    pub at: Timestamp,
}

impl RefusedBefore {
    /// How long before an instant it was refused, as people say it.
    pub fn ago(&self, now: Timestamp) -> String {
        let seconds = now.duration_since(self.at).as_secs().max(0);
        let of = |n: i64, unit: &str| format!("{n} {unit}{} ago", if n == 1 { "" } else { "s" });
        match seconds {
            0..60 => of(seconds, "second"),
            60..3_600 => of(seconds / 60, "minute"),
            3_600..86_400 => of(seconds / 3_600, "hour"),
            _ => of(seconds / 86_400, "day"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_long_ago_is_said_in_the_largest_unit() {
        let at: Timestamp = "2026-11-22T06:00:00Z".parse().unwrap();
        let by = Principal::parse("slack:T1/U1").unwrap();
        let refused = RefusedBefore { approval_id: ApprovalId::from_bits([7; 16]), by, at };
        let said = [0, 1, 59, 60, 200, 3_600, 86_400, 200_000]
            .map(|seconds| refused.ago(at + jiff::SignedDuration::from_secs(seconds)));
        let expected = [
            "0 seconds ago",
            "1 second ago",
            "59 seconds ago",
            "1 minute ago",
            "3 minutes ago",
            "1 hour ago",
            "1 day ago",
            "2 days ago",
        ];
        assert_eq!(said, expected);
    }
}
