//! The functions' code, registered by crate name and matched against the template; or by a function's logical id, where two functions
//! have one crate.

use std::collections::HashMap;
use std::fmt;

pub use crate::code::{EventHandler, Handler, HttpHandler, StreamBody, StreamHandler};
use crate::events::invoke::Target;
use crate::observe::at_work::Name;
use crate::observe::invocations::Invoked;
use crate::observe::ledger::Ledger;
use crate::template::{Function, Template};

/// The template names a function in a role that no code was registered for.
#[derive(Debug, thiserror::Error)]
#[error("the template's function {function} needs the crate `{code}` as {role}, which is not registered")]
pub struct Unregistered {
    function: String,
    code: String,
    role: &'static str,
}

/// All handlers of one host. A crate may have one of each kind.
#[derive(Clone, Default)]
pub struct Handlers {
    http: HashMap<String, HttpHandler>,
    stream: HashMap<String, StreamHandler>,
    event: HashMap<String, EventHandler>,
    ledger: Option<Ledger>,
}

impl Handlers {
    /// Registers a crate's code.
    #[must_use]
    pub fn with(mut self, code: &str, handler: Handler) -> Self {
        let code = code.to_owned();
        match handler {
            Handler::Http(handler) => drop(self.http.insert(code, handler)),
            Handler::Stream(handler) => drop(self.stream.insert(code, handler)),
            Handler::Event(handler) => drop(self.event.insert(code, handler)),
        }
        self
    }

    /// The same, with these in the place of those of the same crate and kind.
    #[must_use]
    pub fn but(mut self, others: Self) -> Self {
        self.http.extend(others.http);
        self.stream.extend(others.stream);
        self.event.extend(others.event);
        self
    }

    /// The same code; each invocation is written down in the ledger, where there is one.
    #[must_use]
    pub fn recorded(self, ledger: Option<Ledger>) -> Self {
        Self { ledger, ..self }
    }

    /// The event functions of `template`, by logical id, as they are to be invoked. Every function of the template
    /// must have the code its triggers need.
    pub fn targets(&self, template: &Template) -> Result<HashMap<String, Target>, Unregistered> {
        for function in template.functions.iter().filter(|function| function.streams) {
            self.stream(function)?;
        }
        let idle = template.functions.iter().filter(|function| !self.knows(&function.code));
        if let Some(function) = idle.into_iter().next() {
            return Err(missing(function, "a handler"));
        }
        let rules = template.rules.iter().map(|rule| &rule.function);
        let schedules = template.schedules.iter().map(|schedule| &schedule.function);
        let mappings = template.mappings.iter().map(|mapping| &mapping.function);
        let invoked: Vec<&String> = rules.chain(schedules).chain(mappings).collect();
        let functions = template.functions.iter().filter(|function| invoked.contains(&&function.logical));
        functions.map(|function| Ok((function.logical.clone(), self.target(function)?))).collect()
    }

    fn knows(&self, code: &str) -> bool {
        self.http.contains_key(code) || self.stream.contains_key(code) || self.event.contains_key(code)
    }

    fn target(&self, function: &Function) -> Result<Target, Unregistered> {
        Ok(Target {
            handler: self.event(function)?,
            arn: function.arn.clone(),
            retries: function.retries,
            timeout: function.timeout,
            on_failure: function.on_failure.clone(),
        })
    }

    pub(crate) fn event(&self, function: &Function) -> Result<EventHandler, Unregistered> {
        let handler = of(&self.event, function).cloned().ok_or_else(|| missing(function, "an event handler"))?;
        Ok(self.invoked(function, "").event(handler))
    }

    pub(crate) fn http(&self, function: &Function) -> Result<HttpHandler, Unregistered> {
        let handler = of(&self.http, function).cloned().ok_or_else(|| missing(function, "an HTTP handler"))?;
        Ok(self.invoked(function, "").http(handler))
    }

    pub(crate) fn stream(&self, function: &Function) -> Result<StreamHandler, Unregistered> {
        let handler = of(&self.stream, function).cloned();
        let handler = handler.ok_or_else(|| missing(function, "a streaming handler"))?;
        Ok(self.invoked(function, "-stream").stream(handler))
    }

    fn invoked(&self, function: &Function, how: &str) -> Invoked {
        let name = Name { logical: function.logical.clone(), code: format!("{}{how}", function.code) };
        Invoked::new(name, self.ledger.clone())
    }
}

impl fmt::Debug for Handlers {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [http, stream] = [self.http.len(), self.stream.len()];
        formatter.debug_struct("Handlers").field("http", &http).field("stream", &stream).finish_non_exhaustive()
    }
}

/// A function's own code, else its crate's.
fn of<'a, H>(handlers: &'a HashMap<String, H>, function: &Function) -> Option<&'a H> {
    handlers.get(&function.logical).or_else(|| handlers.get(&function.code))
}

fn missing(function: &Function, role: &'static str) -> Unregistered {
    Unregistered { function: function.logical.clone(), code: function.code.clone(), role }
}
