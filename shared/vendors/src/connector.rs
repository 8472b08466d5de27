//! A connector as an admin configured it, and what every vendor is asked to do with it: check it, show an approval, prove it works.

pub use domain::connector::Kind;
use domain::{Approval, Fault, Timestamp};
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// A connector's settings, secrets in the clear: only ever in memory.
#[derive(Clone)]
pub struct Settings {
    /// Whose API it speaks.
    pub kind: Kind,
    /// A channel id, or an address.
    pub endpoint: String,
    /// Credentials and what else the vendor needs, under the names as configured; looked up without regard to case.
    pub headers: BTreeMap<String, String>,
    /// How long one attempt may take.
    pub timeout: Duration,
    /// Slack's strict mode: a signing secret of its own.
    pub strict: bool,
}

impl Settings {
    /// A header's value, whatever the case of its name; none where it is empty.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
    }
}

/// Without a secret.
impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings").field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// What is shown: an approval as it is at an instant, and what it does not know itself.
#[derive(Clone, Copy, Debug)]
pub struct Notice<'a> {
    /// The approval.
    pub approval: &'a Approval,
    /// The instant.
    pub now: Timestamp,
    /// Where a signed-in person sees and decides it, signed and expiring; none where there is no console.
    pub link: Option<&'a str>,
    /// `critical`, `error`, `warning` or `info`, as the policy says.
    pub severity: Option<&'a str>,
    /// Whether the policy lets approvers change parameters.
    pub editable: bool,
    /// Whether the policy lets it be asked again.
    pub re_requestable: bool,
}

/// A fault of a header, named as in a request's body.
pub fn header_fault(name: &str, problem: &str) -> Fault {
    Fault::new(format!("headers.{name}"), problem)
}
