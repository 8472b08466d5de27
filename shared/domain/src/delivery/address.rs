//! Where a card is, as its vendor finds it again: each vendor has an address of its own, and all are stored under the same four names.

/// An address, as it is stored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Address {
    /// Slack's channel, Jira's site.
    pub channel: Option<String>,
    /// The card's own name at its vendor; without it there is no card.
    pub ts: Option<String>,
    /// The Slack team.
    pub team: Option<String>,
    /// The Slack app; for Jira the newest history entry that the issue has.
    pub app: Option<String>,
}

/// A message in Slack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The channel; none where a click taught the message alone.
    pub channel: Option<String>,
    /// Slack's timestamp, which is the message's id in its channel.
    pub ts: String,
    /// The team.
    pub team: Option<String>,
    /// The app that posted it.
    pub app: Option<String>,
}

/// An issue in Jira.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
    /// The site's address.
    pub site: String,
    /// The issue's key; none where an approval ended before it had an issue.
    pub key: Option<String>,
    /// The number of the newest history entry that the issue has as a comment.
    pub told: u64,
}

/// The address of a message that cannot be updated: a webhook's or Teams' last message, PagerDuty's alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastMessage(pub String);

impl Message {
    /// The message at an address; none where there is none.
    pub fn at(address: &Address) -> Option<Self> {
        let Address { channel, ts, team, app } = address.clone();
        ts.map(|ts| Self { channel, ts, team, app })
    }
}

impl From<Message> for Address {
    fn from(Message { channel, ts, team, app }: Message) -> Self {
        Self { channel, ts: Some(ts), team, app }
    }
}

impl Issue {
    /// The issue at an address.
    pub fn at(address: &Address) -> Option<Self> {
        let told = address.app.as_deref().and_then(|told| told.parse().ok()).unwrap_or(0);
        Some(Self { site: address.channel.clone()?, key: address.ts.clone(), told })
    }
}

impl From<Issue> for Address {
    fn from(Issue { site, key, told }: Issue) -> Self {
        Self { channel: Some(site), ts: key, team: None, app: (told > 0).then(|| told.to_string()) }
    }
}

impl LastMessage {
    /// The last message at an address.
    pub fn at(address: &Address) -> Option<Self> {
        address.ts.clone().map(Self)
    }
}

impl From<LastMessage> for Address {
    fn from(LastMessage(last): LastMessage) -> Self {
        Self { ts: Some(last), ..Self::default() }
    }
}
