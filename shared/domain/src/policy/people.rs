//! Whose identity an identity is, found without going through all of them.

use crate::principal::{Kind, Principal};
use std::collections::HashMap;

/// The people of a policy by their identities. A Slack user without a team is that user of any team.
#[derive(Default)]
pub(super) struct IdentityOwners<'p> {
    /// By kind and name, whatever the team: the first two of different people.
    names: HashMap<(Kind, &'p str), (&'p str, Option<&'p str>)>,
    /// By kind, name and team, or no team.
    teams: HashMap<(Kind, &'p str, Option<&'p str>), &'p str>,
}

impl<'p> IdentityOwners<'p> {
    /// Adds an identity of a person's; whose it was already, if it was another's.
    pub(super) fn add(&mut self, owner: &'p str, id: &'p Principal) -> Option<&'p str> {
        let others = match id.team() {
            None => {
                let (first, second) = self.names.get(&(id.kind(), id.name())).copied().unzip();
                [first, second.flatten()]
            }
            Some(_) => [self.of_team(id, id.team()), self.of_team(id, None)],
        };
        let (first, second) = self.names.entry((id.kind(), id.name())).or_insert((owner, None));
        if *first != owner {
            second.get_or_insert(owner);
        }
        self.teams.entry((id.kind(), id.name(), id.team())).or_insert(owner);
        others.into_iter().flatten().find(|other| *other != owner)
    }

    /// Whose identity it may be, as [`super::Policy::person`] counts it: a user of another Slack team is taken for the one that is known.
    pub(super) fn owner(&self, id: &Principal) -> Option<&'p str> {
        let whatever_team = || self.names.get(&(id.kind(), id.name())).map(|(first, _)| *first);
        self.of_team(id, id.team()).or_else(|| self.of_team(id, None)).or_else(whatever_team)
    }

    fn of_team(&self, id: &Principal, team: Option<&str>) -> Option<&'p str> {
        self.teams.get(&(id.kind(), id.name(), team)).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_is_one_persons_whatever_team_is_left_out() {
        let id = |text: &str| Principal::parse(text).unwrap();
        let (any, one, two, mail) = (id("slack:U1"), id("slack:T1/U1"), id("slack:T2/U1"), id("user:jane@acme.com"));
        let mut known = IdentityOwners::default();
        assert_eq!((known.add("jane", &one), known.add("jane", &mail), known.add("jane", &one)), (None, None, None));
        assert_eq!(known.owner(&two), Some("jane"), "in a doubt it is one person");
        assert_eq!(known.add("omar", &two), None, "the same id in another team is another user");
        assert_eq!(known.add("ada", &any), Some("jane"));
        assert_eq!(
            (known.owner(&one), known.owner(&two), known.owner(&id("slack:T3/U1"))),
            (Some("jane"), Some("omar"), Some("ada"))
        );
        assert_eq!(
            (known.owner(&any), known.owner(&mail), known.owner(&id("jira:U1"))),
            (Some("ada"), Some("jane"), None)
        );
        assert_eq!(known.add("omar", &mail), Some("jane"));
    }
}
