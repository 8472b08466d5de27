//! Who acts: principals as their authenticated identity, and the spellings a policy may name them by.

use crate::{limits, spelling};
use serde::{Deserialize, Serialize};
use std::fmt;

/// An identity somebody was authenticated by: `slack:<team>/<user>`, `user:<email>`, `github:<login>`, `jira:<accountId>`,
/// `pagerduty:<id>` or `agent:<slug>`. In a policy also `slack:<user>`, of any team a connector of the workspace serves.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Principal {
    kind: Kind,
    team: Option<String>,
    name: String,
}

/// The system that knows an identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// An agent: asks, never decides.
    Agent,
    /// A GitHub login.
    Github,
    /// A Jira account id.
    Jira,
    /// A PagerDuty user id.
    Pagerduty,
    /// A rule of the policy that lets requests through: nobody.
    Policy,
    /// A Slack user id.
    Slack,
    /// A person by e-mail address.
    User,
}

const KINDS: [(&str, Kind); 7] = [
    ("agent", Kind::Agent),
    ("github", Kind::Github),
    ("jira", Kind::Jira),
    ("pagerduty", Kind::Pagerduty),
    ("policy", Kind::Policy),
    ("slack", Kind::Slack),
    ("user", Kind::User),
];

impl Kind {
    /// What its identities begin with.
    pub fn word(self) -> &'static str {
        KINDS.iter().find(|(_, k)| *k == self).map_or("", |(word, _)| word)
    }
}

impl Principal {
    /// Reads a spelling that somebody enters, in a policy or a key: it must be one that somebody can have. The error is the end of a
    /// sentence about it.
    ///
    /// # Errors
    /// As of [`Principal::parse`], or an id that does not exist at its vendor: a name, a mention, a channel.
    pub fn entered(text: &str) -> Result<Self, String> {
        let read = Self::parse(text)?;
        let problem = match read.kind {
            Kind::Agent => None,
            Kind::Github if spelling::is_github_login(&read.name) => None,
            Kind::Github => Some("is no GitHub login, such as github:octocat"),
            Kind::Jira if spelling::is_jira_account(&read.name) => None,
            Kind::Jira => Some("is no Atlassian account's id, such as jira:5b10ac8d82e05b22cc7d4ef5"),
            Kind::Pagerduty if spelling::is_pagerduty_user(&read.name) => None,
            Kind::Pagerduty => Some("is no PagerDuty user's id, such as pagerduty:PLH1HKV"),
            Kind::Policy => Some("is a rule of the policy, and nobody"),
            Kind::Slack => spelling::slack(read.team(), &read.name),
            Kind::User if spelling::is_email(&read.name) => None,
            Kind::User => Some("is no e-mail address, such as user:jane@acme.com"),
        };
        problem.map_or(Ok(read), |problem| Err(format!("{text:?} {problem}")))
    }

    /// Reads a spelling as it is stored: one that was taken before must still be read. It may name nobody.
    ///
    /// # Errors
    /// The end of a sentence about an unknown kind, an empty name, or characters no vendor's ids have.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (kind, name) =
            text.split_once(':').ok_or("must be <kind>:<name>, such as slack:U123 or user:jane@acme.com")?;
        let kind = KINDS.iter().find(|(word, _)| *word == kind).map(|(_, k)| *k);
        let kind = kind.ok_or("must begin with slack:, user:, github:, jira:, pagerduty: or agent:")?;
        let (team, name) = match (kind, name.split_once('/')) {
            (Kind::Slack, Some((team, user))) => (Some(team.to_owned()), user),
            _ => (None, name),
        };
        let good = |s: &str| {
            (1..=limits::ID).contains(&s.len())
                && !s.contains(|c: char| c.is_whitespace() || c.is_control() || (c == '/' && kind != Kind::Policy))
        };
        let ok = good(name) && team.as_deref().is_none_or(good) && (kind != Kind::User || name.contains('@'));
        // E-mail addresses and logins do not know case: two spellings are one identity everywhere.
        let caseless = matches!(kind, Kind::User | Kind::Github);
        let name = if caseless { name.to_lowercase() } else { name.to_owned() };
        ok.then_some(Self { kind, team, name }).ok_or_else(|| format!("{text:?} has no valid name"))
    }

    /// The rule, or the action, of a policy that lets a request through.
    pub fn policy(name: &str) -> Self {
        Self { kind: Kind::Policy, team: None, name: name.into() }
    }

    /// A Slack user of a team, as a verified interaction names them.
    pub fn slack(team: &str, user: &str) -> Self {
        Self { kind: Kind::Slack, team: Some(team.into()), name: user.into() }
    }

    /// The system that knows this identity.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The Slack team, where it is given.
    pub fn team(&self) -> Option<&str> {
        self.team.as_deref()
    }

    /// The part after the kind and team: a Slack user id, an e-mail address, an agent's slug.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The spelling in answers to agents: a Slack approver is the bare user id.
    pub fn short(&self) -> String {
        if self.kind == Kind::Slack { self.name.clone() } else { self.to_string() }
    }

    /// Whether `self`, as a policy spells it, names the one who acts. A Slack user without a team is of one of the `teams` that the
    /// workspace's connectors serve.
    pub fn names(&self, actor: &Self, teams: &[String]) -> bool {
        let team = match (&self.team, &actor.team) {
            (Some(mine), Some(theirs)) => mine == theirs,
            (None, Some(theirs)) => teams.contains(theirs),
            (None, None) => true,
            (Some(_), None) => false,
        };
        team && self.same_name(actor)
    }

    /// Whether two spellings can name one identity.
    pub fn overlaps(&self, other: &Self) -> bool {
        let teams_can_agree = self.team.is_none() || other.team.is_none() || self.team == other.team;
        teams_can_agree && self.same_name(other)
    }

    /// Whether both could be one identity, whatever the team: for claims, which may only ever exclude.
    pub fn resembles(&self, other: &Self) -> bool {
        self.same_name(other)
    }

    fn same_name(&self, other: &Self) -> bool {
        self.kind == other.kind && self.name == other.name
    }
}

impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self.kind.word();
        match &self.team {
            Some(team) => write!(f, "{kind}:{team}/{}", self.name),
            None => write!(f, "{kind}:{}", self.name),
        }
    }
}

impl TryFrom<String> for Principal {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text)
    }
}

impl From<Principal> for String {
    fn from(p: Principal) -> Self {
        p.to_string()
    }
}
