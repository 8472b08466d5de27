//! Which function a message goes to, and what becomes of its answer.

use serde_json::Value;
use std::collections::HashMap;
use std::time::Duration;

use crate::code::EventHandler;
use crate::events::invoke::call;
use crate::handlers::{Handlers, Unregistered};
use crate::template::Template;

/// An integration may take so long, whatever the function's own limit.
const LONGEST: Duration = Duration::from_secs(29);

/// What the client reads when the function fails or its answer is no answer.
pub(super) const FAILED: &str = "Internal server error";

/// The WebSocket API's routes.
pub(super) struct Routes {
    pub(super) stage: String,
    selector: String,
    routes: HashMap<String, Route>,
}

/// A route and its function.
pub(super) struct Route {
    pub(super) key: String,
    /// Whether the function's answer goes to the client.
    pub(super) responds: bool,
    handler: EventHandler,
    timeout: Duration,
}

impl Routes {
    /// The template's routes over these handlers; nothing where it has no WebSocket API.
    pub(super) fn read(template: &Template, handlers: &Handlers) -> Result<Option<Self>, Unregistered> {
        let Some(api) = &template.websocket else {
            return Ok(None);
        };
        let mut routes = HashMap::new();
        for route in &api.routes {
            let Some(function) = template.function(&route.function) else {
                continue;
            };
            let (key, responds) = (route.key.clone(), route.responds);
            let handler = handlers.event(function)?;
            routes.insert(route.key.clone(), Route { key, responds, handler, timeout: function.timeout });
        }
        Ok(Some(Self { stage: api.stage.clone(), selector: api.selector.clone(), routes }))
    }

    pub(super) fn find(&self, key: &str) -> Option<&Route> {
        self.routes.get(key)
    }

    /// The route a message asks for, else `$default`. What is no JSON asks for none.
    pub(super) fn of_message(&self, text: &str) -> Option<&Route> {
        let message: Option<Value> = serde_json::from_str(text).ok();
        let asked = message.as_ref().and_then(|message| message.get(&self.selector)?.as_str());
        // No client connects or disconnects by a message.
        let asked = asked.filter(|key| !key.starts_with('$')).and_then(|key| self.find(key));
        asked.or_else(|| self.find("$default"))
    }
}

impl Route {
    /// Invokes the function; an error is the sentence the client reads.
    pub(super) async fn invoke(&self, event: Value) -> Result<Value, &'static str> {
        let patience = LONGEST.min(self.timeout);
        let answer = tokio::time::timeout(patience, call(&self.handler, event, self.timeout)).await;
        match answer {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => {
                tracing::warn!(route = self.key, error, "a WebSocket invocation failed");
                Err(FAILED)
            }
            Err(_) if self.timeout > LONGEST => Err("Endpoint request timed out"),
            Err(_) => Err(FAILED),
        }
    }
}

/// The status of a proxy answer; one without a status is malformed.
pub(super) fn status(answer: &Value) -> Option<u16> {
    u16::try_from(answer.get("statusCode")?.as_u64()?).ok()
}
