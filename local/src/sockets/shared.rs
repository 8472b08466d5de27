//! What the connections of one host share: who is connected, and the functions that get the events.

use serde_json::Value;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use tokio::sync::watch;

use super::connection::Connection;
use super::count::Count;
use super::event::Occasion;
use super::farewell::Ending;
use super::limits::Limits;
use super::routes::Routes;
use crate::{Clock, Ids};

pub(super) struct Shared {
    pub(super) limits: Limits,
    pub(super) clock: Clock,
    pub(super) ids: Ids,
    pub(super) routes: OnceLock<Routes>,
    pub(super) connections: Mutex<HashMap<String, Arc<Connection>>>,
    pub(super) closing: watch::Sender<bool>,
    pub(super) open: Count,
    pub(super) invoked: Count,
}

impl Shared {
    pub(super) fn connections(&self) -> MutexGuard<'_, HashMap<String, Arc<Connection>>> {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn find(&self, id: &str) -> Option<Arc<Connection>> {
        self.connections().get(id).cloned()
    }

    /// From now on the connection can be posted to.
    pub(super) fn admit(&self, connection: &Arc<Connection>) {
        self.connections().insert(connection.id.clone(), connection.clone());
    }

    /// From now on it cannot.
    pub(super) fn forget(&self, connection: &Connection) {
        self.connections().remove(&connection.id);
        connection.shut();
    }

    /// A connection's id, which ends as API Gateway's do: with a sign that addresses must escape.
    pub(super) fn connection_id(&self) -> String {
        format!("{}=", (self.ids)())
    }

    pub(super) fn occasion<'a>(&self, connection: &'a Connection, route: &'a str) -> Occasion<'a> {
        let stage = self.routes.get().map_or("", |routes| &routes.stage).to_owned();
        Occasion { connection, route, stage, request_id: (self.ids)(), now: (self.clock)() }
    }

    /// Invokes the function of a route; nothing where the API has no such route.
    pub(super) async fn invoke(&self, route: &str, event: Value) -> Option<Result<Value, &'static str>> {
        let route = self.routes.get()?.find(route)?;
        let _invoked = self.invoked.one();
        Some(route.invoke(event).await)
    }

    /// Invokes the function because a connection has ended; AWS does so as best effort.
    pub(super) async fn disconnected(&self, connection: &Connection, ending: &Ending) {
        let event = self.occasion(connection, "$disconnect").disconnect(ending);
        if let Some(Err(error)) = self.invoke("$disconnect", event).await {
            tracing::warn!(error, connection = connection.id, "$disconnect failed");
        }
    }
}
