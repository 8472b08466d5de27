//! What each vendor needs, in words: the fields of a connector's form, and where to find what belongs into them.

use vendors::connector::Kind;
use vendors::{jira, pagerduty, slack, webhook};

/// A vendor, as the form explains it.
pub(super) struct Vendor {
    pub(super) kind: Kind,
    pub(super) name: &'static str,
    /// What a connector of its kind does.
    pub(super) does: &'static str,
    pub(super) endpoint: Part<'static>,
    /// What the endpoint is before anybody types.
    pub(super) default: &'static str,
    pub(super) headers: &'static [(&'static str, Part<'static>)],
    /// Where people's answers come in, and where an admin enters that address at the vendor.
    pub(super) way_back: Option<(WayBack, &'static str)>,
}

/// One field.
pub(super) struct Part<'a> {
    pub(super) label: &'a str,
    pub(super) help: &'a str,
    pub(super) required: bool,
}

/// The path that a vendor posts to.
#[derive(Clone, Copy)]
pub(super) enum WayBack {
    /// The same for all connectors.
    At(&'static str),
    /// With the connector's id at its end.
    Of(&'static str),
}

const fn required(label: &'static str, help: &'static str) -> Part<'static> {
    Part { label, help, required: true }
}

const fn optional(label: &'static str, help: &'static str) -> Part<'static> {
    Part { label, help, required: false }
}

/// Every vendor, in the order that they are offered.
pub(super) static VENDORS: [&Vendor; 5] = [&SLACK, &TEAMS, &JIRA, &PAGERDUTY, &WEBHOOK];

static SLACK: Vendor = Vendor {
    kind: Kind::Slack,
    name: "Slack",
    does: "Posts a card to a channel; people decide on it there.",
    endpoint: required(
        "Channel id",
        "In Slack, the channel's details show it at the bottom: it begins with C, G or D.",
    ),
    default: "",
    headers: &[
        (
            slack::config::BOT_TOKEN,
            required(
                "Bot token",
                "In your Slack app, “OAuth & Permissions” shows it: it begins with xoxb-. Invite the bot to the channel.",
            ),
        ),
        (
            slack::config::SIGNING_SECRET,
            optional(
                "Signing secret",
                "In your Slack app, “Basic Information” shows it. Without it, the deployment's own Slack app signs.",
            ),
        ),
    ],
    way_back: Some((
        WayBack::At("/api/slack/interactions"),
        "In your Slack app, under “Interactivity & Shortcuts”, as the Request URL.",
    )),
};

static TEAMS: Vendor = Vendor {
    kind: Kind::Teams,
    name: "Microsoft Teams",
    does: "Posts a card to a channel, with a link to decide here.",
    endpoint: required(
        "Workflow's address",
        "In the channel, make a workflow “Post to a channel when a webhook request is received” and copy its whole address: the sig= in it is the secret.",
    ),
    default: "",
    headers: &[],
    way_back: None,
};

static JIRA: Vendor = Vendor {
    kind: Kind::Jira,
    name: "Jira",
    does: "Makes an issue of each request; people decide by moving it.",
    endpoint: required("Site", "The address of your Jira Cloud site alone, such as https://acme.atlassian.net."),
    default: "",
    headers: &[
        (
            jira::config::EMAIL,
            required(
                "Account's e-mail",
                "The Atlassian account that makes the issues, best one of its own: what it moves is nobody's answer.",
            ),
        ),
        (
            jira::config::API_TOKEN,
            required("API token", "Made by that account under “Security”, “API tokens”, without scopes."),
        ),
        (jira::config::PROJECT, required("Project's key", "What the issues' keys begin with, such as OPS.")),
        (jira::config::ISSUE_TYPE, optional("Issue type", "Its name in the project; Task where this is empty.")),
        (
            jira::config::WEBHOOK_SECRET,
            optional(
                "Webhook's secret",
                "Make one up and enter it at Jira, too. Without it, moving an issue decides nothing.",
            ),
        ),
    ],
    way_back: Some((
        WayBack::Of("/api/callbacks/jira"),
        "In Jira, under “System”, “Webhooks”, as the URL, with the same secret and the event “Issue: updated”.",
    )),
};

static PAGERDUTY: Vendor = Vendor {
    kind: Kind::Pagerduty,
    name: "PagerDuty",
    does: "Pages the person on call, with a link to decide here.",
    endpoint: required("Events API's address", "Accounts of the EU use https://events.eu.pagerduty.com/v2/enqueue."),
    default: pagerduty::DEFAULT_ENDPOINT,
    headers: &[
        (
            pagerduty::config::ROUTING_KEY_HEADER,
            required(
                "Integration key",
                "At PagerDuty, the service's integration “Events API V2” shows it: 32 letters and digits.",
            ),
        ),
        (
            pagerduty::config::WEBHOOK_SECRET,
            optional(
                "Webhook's secret",
                "PagerDuty shows it once, when the webhook is added. Without it, what is resolved too early stays so.",
            ),
        ),
    ],
    way_back: Some((
        WayBack::Of("/api/callbacks/pagerduty"),
        "At PagerDuty, under “Generic Webhooks (v3)”, as the URL, with the scope “Service” and the event incident.resolved.",
    )),
};

static WEBHOOK: Vendor = Vendor {
    kind: Kind::Webhook,
    name: "Webhook",
    does: "Posts every change to an address of your own, signed (Standard Webhooks).",
    endpoint: required("Address", "Where the messages go: an https address of yours that can be reached from outside."),
    default: "",
    headers: &[(
        webhook::config::SECRET_HEADER,
        optional(
            "Signing secret",
            "Begins with whsec_. Where there is none, one is made and shown once. While you rotate it, two, separated by a space.",
        ),
    )],
    way_back: None,
};

/// The vendor of a word.
pub(super) fn called(word: &str) -> Option<&'static Vendor> {
    VENDORS.into_iter().find(|vendor| vendor.kind.word() == word)
}

/// The vendor of a kind.
pub(super) fn of(kind: Kind) -> &'static Vendor {
    match kind {
        Kind::Slack => &SLACK,
        Kind::Teams => &TEAMS,
        Kind::Jira => &JIRA,
        Kind::Pagerduty => &PAGERDUTY,
        Kind::Webhook => &WEBHOOK,
    }
}

impl Vendor {
    /// Whether the endpoint itself is a secret.
    pub(super) fn hides_endpoint(&self) -> bool {
        self.kind == Kind::Teams
    }

    /// The explanation of a header, whatever its case.
    pub(super) fn explains(&self, header: &str) -> bool {
        self.headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(header))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vendors::known_headers;

    #[test]
    fn every_vendor_is_offered_and_every_header_it_takes_is_explained() {
        for &(word, kind) in Kind::ALL {
            let vendor = called(word).unwrap();
            assert!(std::ptr::eq(vendor, of(kind)) && vendor.kind == kind);
            let mut explained: Vec<&str> = vendor.headers.iter().map(|(name, _)| *name).collect();
            let mut known = known_headers(kind).unwrap_or(&[webhook::config::SECRET_HEADER]).to_vec();
            explained.sort_unstable();
            known.sort_unstable();
            assert_eq!(explained, known, "{word}");
        }
    }
}
