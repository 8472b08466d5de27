//! The WebSocket API in front of the functions: its connections, from the handshake to the goodbye.

mod connection;
mod count;
mod event;
mod farewell;
mod handshake;
mod life;
mod limits;
mod management;
mod messages;
mod routes;
mod shared;

use futures::FutureExt as _;
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock};
use tokio::sync::watch;

use crate::gateway::WebSocket;
use crate::handlers::{Handlers, Unregistered};
use crate::template::Template;
use crate::{Clock, Ids};
use count::Count;
use routes::Routes;
use shared::Shared;

pub use limits::Limits;
pub use management::ServiceAnswer;

/// The connections of one host; clones are the same connections.
#[derive(Clone)]
pub struct Sockets {
    shared: Arc<Shared>,
}

impl Sockets {
    /// No connections, and nobody to serve them until they are connected to functions.
    #[must_use]
    pub fn new(limits: Limits, clock: Clock, ids: Ids) -> Self {
        let shared = Shared {
            limits,
            clock,
            ids,
            routes: OnceLock::new(),
            connections: Mutex::default(),
            closing: watch::Sender::new(false),
            open: Count::default(),
            invoked: Count::default(),
        };
        Self { shared: Arc::new(shared) }
    }

    /// Connects the template's WebSocket API, where it has one, to its functions. It comes after [`Sockets::new`]: the
    /// functions may post to the connections themselves.
    pub fn connect(&self, template: &Template, handlers: &Handlers) -> Result<(), Unregistered> {
        let Some(routes) = Routes::read(template, handlers)? else {
            return Ok(());
        };
        if self.shared.routes.set(routes).is_err() {
            tracing::error!("the WebSocket API is connected already and stays as it is");
        }
        Ok(())
    }

    /// What serves the WebSocket API, where the template has one.
    #[must_use]
    pub fn websocket(&self) -> Option<WebSocket> {
        self.shared.routes.get()?;
        let shared = self.shared.clone();
        Some(Arc::new(move |request, peer| handshake::answer(shared.clone(), request, peer).boxed()))
    }

    /// Closes every connection, and every one that is still to come.
    pub fn close(&self) {
        self.shared.closing.send_replace(true);
    }

    /// Waits until no connection is open and no function is under way.
    pub async fn closed(&self) {
        self.shared.open.none().await;
        self.shared.invoked.none().await;
    }

    /// Waits until no function that a connection invoked is under way.
    pub async fn idle(&self) {
        self.shared.invoked.none().await;
    }
}

impl fmt::Debug for Sockets {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Sockets").field("open", &self.shared.connections().len()).finish_non_exhaustive()
    }
}
