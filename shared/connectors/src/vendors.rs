//! The five vendors behind one face: which of them a connector's settings mean, and what all of them can do.

use crate::connector::{Kind, Notice, Settings, Shown};
use crate::{Failure, Http, jira, pagerduty, slack, teams, webhook};
use domain::{Fault, Timestamp};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::OnceCell;

/// A vendor, ready to be called.
#[derive(Clone, Debug)]
pub struct Vendor {
    speaks: Speaks,
    timeout: Duration,
}

#[derive(Clone, Debug)]
enum Speaks {
    Webhook(webhook::Client),
    Slack(slack::Channel),
    Teams(teams::Client),
    Jira(jira::Client),
    Pagerduty(pagerduty::Client),
}

impl Vendor {
    /// The vendor of a connector's settings. `slack_team` is shared by all who call the same Slack connector.
    pub fn new(http: &Http, settings: &Settings, slack_api_url: &str, slack_team: Arc<OnceCell<String>>) -> Self {
        let speaks = match settings.kind {
            Kind::Webhook => Speaks::Webhook(webhook::Client::new(http, settings)),
            Kind::Slack => Speaks::Slack(slack::Channel::new(http, settings, slack_api_url, slack_team)),
            Kind::Teams => Speaks::Teams(teams::Client::new(http, settings)),
            Kind::Jira => Speaks::Jira(jira::Client::new(http, settings)),
            Kind::Pagerduty => Speaks::Pagerduty(pagerduty::Client::new(http, settings)),
        };
        Self { speaks, timeout: settings.timeout }
    }

    /// How long one attempt may take.
    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    /// How many a second it takes of what comes back after it was away.
    pub fn per_second(&self) -> usize {
        match self.speaks {
            Speaks::Slack(_) => slack::config::MAX_PER_SECOND,
            // The others publish none: as fast as Teams takes them is gentle.
            Speaks::Teams(_) | Speaks::Webhook(_) | Speaks::Jira(_) | Speaks::Pagerduty(_) => teams::MAX_PER_SECOND,
        }
    }

    /// Shows an approval: posts it the first time, later brings what is shown up to date.
    ///
    /// # Errors
    /// A [`Failure`], which knows whether trying again can help; also where the attempt takes too long.
    pub async fn show(&self, notice: &Notice<'_>, before: Option<&Shown>) -> Result<Shown, Failure> {
        let show = async {
            match &self.speaks {
                Speaks::Webhook(client) => client.show(notice, before).await,
                Speaks::Slack(channel) => channel.show(notice, before).await,
                Speaks::Teams(client) => client.show(notice, before).await,
                Speaks::Jira(client) => client.show(notice, before).await,
                Speaks::Pagerduty(client) => client.show(notice, before).await,
            }
        };
        // Some vendors take several calls: together they take no longer than one attempt may.
        let late = |_| Failure::transient(format!("no answer within {} s", self.timeout.as_secs_f32()), None);
        tokio::time::timeout(self.timeout, show).await.map_err(late)?
    }

    /// Proves that the vendor takes the credentials: by a harmless call where there is one, else by a message marked as a test.
    ///
    /// # Errors
    /// A [`Failure`].
    pub async fn probe(&self, suffix: &str, now: Timestamp) -> Result<(), Failure> {
        match &self.speaks {
            Speaks::Webhook(client) => client.probe(now).await,
            Speaks::Slack(channel) => channel.probe().await,
            Speaks::Teams(client) => client.probe().await,
            Speaks::Jira(client) => client.probe().await,
            Speaks::Pagerduty(client) => client.probe(suffix).await,
        }
    }
}

/// Every fault of a connector's settings.
pub fn check(settings: &Settings, allow_insecure: bool) -> Vec<Fault> {
    match settings.kind {
        Kind::Webhook => webhook::config::check(settings, allow_insecure),
        Kind::Slack => slack::config::check(settings, allow_insecure),
        Kind::Teams => teams::config::check(settings, allow_insecure),
        Kind::Jira => jira::check(settings, allow_insecure),
        Kind::Pagerduty => pagerduty::check(settings, allow_insecure),
    }
}

/// Whether a header's value is no secret.
pub fn is_public_header(kind: Kind, name: &str) -> bool {
    let public = match kind {
        Kind::Webhook => webhook::config::PUBLIC_HEADERS,
        Kind::Slack => slack::config::PUBLIC_HEADERS,
        Kind::Teams => teams::config::PUBLIC_HEADERS,
        Kind::Jira => jira::PUBLIC_HEADERS,
        Kind::Pagerduty => pagerduty::PUBLIC_HEADERS,
    };
    public.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// An endpoint as it may be shown: what in it is a secret is masked.
pub fn masked_endpoint(kind: Kind, endpoint: &str) -> String {
    match kind {
        Kind::Teams => teams::config::masked(endpoint),
        _ => endpoint.to_owned(),
    }
}

/// A secret as it may be shown: what it begins with where that says only its kind, and never how long it is.
pub fn masked_value(value: &str) -> String {
    let known = ["xoxb-", "xoxp-", "whsec_", "Bearer ", "Basic "];
    let prefix = known.into_iter().find(|prefix| value.starts_with(prefix)).unwrap_or_default();
    format!("{prefix}...")
}
