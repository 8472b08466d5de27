//! The WebSocket API in front of the functions: its connections, from the handshake to the goodbye.

mod connection;
mod event;
mod farewell;
mod handshake;
mod management;
mod messages;
mod routes;

use futures::FutureExt as _;
use serde_json::Value;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

use crate::gateway::WebSocket;
use crate::handlers::{Handlers, Unregistered};
use crate::template::Template;
use crate::{Clock, Ids};
use connection::Connection;
use farewell::Ending;
use routes::Routes;

pub use management::Answer;

/// What a connection may do. The first four are API Gateway's quotas for WebSocket APIs, which nobody can have raised:
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html>
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// A connection that nothing passes over for so long is closed.
    pub idle: Duration,
    /// Every connection is closed after so long.
    pub longest: Duration,
    /// The bytes of a message, either way.
    pub message: usize,
    /// The bytes of a frame, either way.
    pub frame: usize,
    /// The bytes that may wait for a client to read them. AWS has such a bound and does not tell it.
    pub unread: usize,
    /// Messages of one connection handled at once; AWS throttles by rate instead.
    pub concurrency: usize,
    /// How long a connection that was told to close may take.
    pub farewell: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            idle: Duration::from_secs(10 * 60),
            longest: Duration::from_secs(2 * 60 * 60),
            message: 128 * 1024,
            frame: 32 * 1024,
            unread: 1024 * 1024,
            concurrency: 16,
            farewell: Duration::from_secs(1),
        }
    }
}

/// The connections of one host; clones are the same connections.
#[derive(Clone)]
pub struct Sockets {
    shared: Arc<Shared>,
}

struct Shared {
    limits: Limits,
    clock: Clock,
    ids: Ids,
    routes: OnceLock<Routes>,
    connections: Mutex<HashMap<String, Arc<Connection>>>,
    closing: watch::Sender<bool>,
    open: Count,
    invoked: Count,
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

impl Shared {
    fn connections(&self) -> MutexGuard<'_, HashMap<String, Arc<Connection>>> {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn find(&self, id: &str) -> Option<Arc<Connection>> {
        self.connections().get(id).cloned()
    }

    /// From now on the connection can be posted to.
    fn admit(&self, connection: &Arc<Connection>) {
        self.connections().insert(connection.id.clone(), connection.clone());
    }

    /// From now on it cannot.
    fn forget(&self, connection: &Connection) {
        self.connections().remove(&connection.id);
        connection.shut();
    }

    /// A connection's id, which ends as API Gateway's do: with a sign that addresses must escape.
    fn connection_id(&self) -> String {
        format!("{}=", (self.ids)())
    }

    fn occasion<'a>(&self, connection: &'a Connection, route: &'a str) -> event::Occasion<'a> {
        let stage = self.routes.get().map_or("", |routes| &routes.stage).to_owned();
        event::Occasion { connection, route, stage, request_id: (self.ids)(), now: (self.clock)() }
    }

    /// Invokes the function of a route; nothing where the API has no such route.
    async fn invoke(&self, route: &str, event: Value) -> Option<Result<Value, &'static str>> {
        let route = self.routes.get()?.find(route)?;
        let _invoked = self.invoked.one();
        Some(route.invoke(event).await)
    }

    /// Tells the function that a connection is over; AWS does its best and no more.
    async fn disconnected(&self, connection: &Connection, ending: &Ending) {
        let event = self.occasion(connection, "$disconnect").disconnect(ending);
        if let Some(Err(error)) = self.invoke("$disconnect", event).await {
            tracing::warn!(error, connection = connection.id, "$disconnect failed");
        }
    }
}

/// How many of something are under way.
#[derive(Default)]
struct Count(Arc<watch::Sender<usize>>);

/// One of them, until it is dropped.
struct One(Arc<watch::Sender<usize>>);

impl Count {
    fn one(&self) -> One {
        self.0.send_modify(|count| *count += 1);
        One(self.0.clone())
    }

    async fn none(&self) {
        let _ = self.0.subscribe().wait_for(|count| *count == 0).await;
    }
}

impl Drop for One {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count = count.saturating_sub(1));
    }
}

impl fmt::Debug for Sockets {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Sockets").field("open", &self.shared.connections().len()).finish_non_exhaustive()
    }
}
