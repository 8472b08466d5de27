//! Who acts, and whether they are at home where they act.

use domain::Principal;

/// An authenticated person who acts.
#[derive(Clone, Copy, Debug)]
pub struct Actor<'a> {
    /// As they were authenticated.
    pub who: &'a Principal,
    /// A member of another Slack team than the one they clicked in: only a policy that names that very team names them.
    pub guest: bool,
}

impl<'a> From<&'a Principal> for Actor<'a> {
    fn from(who: &'a Principal) -> Self {
        Self { who, guest: false }
    }
}
