//! A channel that shows approvals: each card is posted once, then updated.

use super::card::{CardOptions, card};
use super::client::{API_URL, Client};
use super::config::BOT_TOKEN;
use crate::Failure;
use crate::connector::{Notice, Settings};
use crate::wire::http::Http;
use domain::Timestamp;
use domain::delivery::address::{Address, Message};
use std::sync::Arc;
use tokio::sync::OnceCell;

/// A channel, and the bot that posts there.
#[derive(Clone, Debug)]
pub struct Channel {
    client: Client,
    channel: String,
    /// Which team the token turned out to be of.
    team: Arc<OnceCell<String>>,
}

impl Channel {
    /// The channel of a connector's settings.
    pub fn new(http: &Http, settings: &Settings) -> Self {
        let token = settings.header(BOT_TOKEN).unwrap_or_default();
        let client = Client::new(http, API_URL, token, settings.timeout);
        Self { client, channel: settings.endpoint.clone(), team: Arc::default() }
    }

    /// The same where Slack's API is elsewhere; the team is asked for once for all who share the cell.
    #[must_use]
    pub fn reached_at(self, api_url: &str, team: Arc<OnceCell<String>>) -> Self {
        Self { client: self.client.at(api_url), team, ..self }
    }

    /// Posts an approval's card, or updates the card that exists.
    ///
    /// # Errors
    /// A [`Failure`]: after a transient one a card may have been posted all the same.
    pub async fn show(&self, notice: &Notice<'_>, before: Option<&Address>) -> Result<Address, Failure> {
        let options = CardOptions {
            editable: notice.editable,
            re_requestable: notice.re_requestable,
            console_url: notice.link.map(str::to_owned),
        };
        let drawn = card(notice.approval, &options, notice.now);
        if let Some(message) = before.and_then(Message::at) {
            let channel = message.channel.as_deref().unwrap_or(&self.channel);
            self.client.update(channel, &message.ts, &drawn).await?;
            return Ok(message.into());
        }
        let team = self.team().await?.to_owned();
        let posted = self.client.post(&self.channel, &drawn).await?;
        Ok(Message { channel: Some(posted.channel), ts: posted.ts, team: Some(team), app: posted.app_id }.into())
    }

    /// Whether the token is good and knows the channel.
    ///
    /// # Errors
    /// A [`Failure`].
    pub async fn probe(&self, _suffix: &str, _now: Timestamp) -> Result<(), Failure> {
        self.client.auth_test().await?;
        self.client.channel_exists(&self.channel).await
    }

    /// The team of the token.
    ///
    /// # Errors
    /// Slack could not be asked.
    pub async fn team(&self) -> Result<&str, Failure> {
        let ask = || async { self.client.auth_test().await.map(|identity| identity.team_id) };
        self.team.get_or_try_init(ask).await.map(String::as_str)
    }
}
