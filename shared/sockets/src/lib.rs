//! The WebSocket connections: posts to one, in order, and knows when it is gone.
//!
//! The gateway keeps no order between two functions. Within one process an older state is never posted after a newer one; a message
//! carries its number for what crosses between two.

use aws_sdk_apigatewaymanagement::Client;
use aws_sdk_apigatewaymanagement::config::Config;
use aws_sdk_apigatewaymanagement::operation::delete_connection::DeleteConnectionError;
use aws_sdk_apigatewaymanagement::operation::post_to_connection::PostToConnectionError;
use aws_sdk_apigatewaymanagement::primitives::Blob;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use thiserror::Error;
use tokio::sync::Mutex as AsyncMutex;

/// Stands for the API's id.
const API: &str = "{api}";
/// The most bytes a message has (API Gateway quotas, WebSocket API).
pub const MOST_MESSAGE_BYTES: usize = 128 * 1024;
/// Lines remembered in one generation; the older of two is forgotten when the younger is full.
const REMEMBERED: usize = 10_000;

/// The connections of one API.
#[derive(Clone, Debug)]
pub struct Connections {
    client: Client,
    /// The API's address where it is not known whole: it says `{api}`, which each call fills in.
    address: Option<Arc<str>>,
    told: Arc<Mutex<NewestPosted>>,
}

/// What came of a post.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Posted {
    /// The gateway took it.
    Taken,
    /// Something newer was posted already.
    Overtaken,
    /// There is no such connection, or not yet.
    Gone,
}

/// The gateway could not be reached, or did not take a message.
#[derive(Debug, Error)]
#[error("post to connection: {0}")]
pub struct PostError(String);

/// The newest number posted on each line, in two generations.
#[derive(Debug, Default)]
struct NewestPosted {
    young: HashMap<String, Arc<AsyncMutex<u64>>>,
    old: HashMap<String, Arc<AsyncMutex<u64>>>,
}

impl NewestPosted {
    fn line(&mut self, name: &str) -> Arc<AsyncMutex<u64>> {
        if let Some(line) = self.young.get(name) {
            return line.clone();
        }
        if self.young.len() >= REMEMBERED {
            // A line that somebody holds is not forgotten.
            self.old.retain(|_, line| Arc::strong_count(line) > 1);
            self.old.extend(std::mem::take(&mut self.young));
        }
        let line = self.old.remove(name).unwrap_or_default();
        self.young.insert(name.to_owned(), line.clone());
        line
    }
}

impl Connections {
    /// The connections reached through a client.
    pub fn new(client: Client) -> Self {
        Self { client, address: None, told: Arc::default() }
    }

    /// The same at an address that may say `{api}`.
    pub fn at(client: Client, address: &str) -> Self {
        let address = address.contains(API).then(|| address.into());
        Self { address, ..Self::new(client) }
    }

    /// Closes a connection of an API; one that is gone is closed.
    ///
    /// # Errors
    /// The gateway could not be reached, or did not do it.
    pub async fn close(&self, connection: &str, api: &str) -> Result<(), PostError> {
        let close = self.client.delete_connection().connection_id(connection).customize();
        let close = match &self.address {
            Some(address) => close.config_override(Config::builder().endpoint_url(address.replace(API, api))),
            None => close,
        };
        match close.send().await.map_err(|e| e.into_service_error()) {
            Ok(_) | Err(DeleteConnectionError::GoneException(_)) => Ok(()),
            Err(other) => Err(PostError(format!("{other:?}"))),
        }
    }

    /// Posts the text numbered `seq` about `subject` to a connection, unless something newer about it was posted already; with
    /// `again` the same number may be posted once more.
    ///
    /// # Errors
    /// The gateway could not be reached, or did not take it.
    pub async fn post(
        &self,
        connection: &str,
        subject: &str,
        seq: u64,
        again: bool,
        text: String,
    ) -> Result<Posted, PostError> {
        let line = self.told.lock().unwrap_or_else(PoisonError::into_inner).line(&format!("{connection}/{subject}"));
        // Held while posting: the next one waits for its turn.
        let mut newest = line.lock().await;
        if seq < *newest || (seq == *newest && !again) {
            return Ok(Posted::Overtaken);
        }
        let posted = self.send(connection, text).await?;
        if posted == Posted::Taken {
            *newest = seq;
        }
        Ok(posted)
    }

    /// Posts a text that has no number.
    ///
    /// # Errors
    /// The gateway could not be reached, or did not take it.
    pub async fn send(&self, connection: &str, text: String) -> Result<Posted, PostError> {
        let post = self.client.post_to_connection().connection_id(connection).data(Blob::new(text.into_bytes()));
        match post.send().await {
            Ok(_) => Ok(Posted::Taken),
            Err(e) => match e.into_service_error() {
                PostToConnectionError::GoneException(_) => Ok(Posted::Gone),
                other => Err(PostError(format!("{other:?}"))),
            },
        }
    }
}
