//! What a template says: the functions and what sets them off, the tables, the buses and the two APIs.

use serde_json::{Map, Value};
use std::time::Duration;

use crate::template::pattern::Pattern;

/// A template, read whole.
#[derive(Debug, Default)]
pub struct Template {
    /// The functions, in the template's order of names.
    pub functions: Vec<Function>,
    /// The HTTP API's routes.
    pub routes: Vec<Route>,
    /// The rules on the buses.
    pub rules: Vec<Rule>,
    /// What runs every so often.
    pub schedules: Vec<Schedule>,
    /// The functions fed by a table's stream.
    pub mappings: Vec<Mapping>,
    /// The tables.
    pub tables: Vec<Table>,
    /// The event buses beside `default`.
    pub buses: Vec<String>,
    /// The HTTP API's CORS configuration.
    pub cors: Option<Cors>,
    /// The WebSocket API.
    pub websocket: Option<WebSocketApi>,
}

impl Template {
    /// The function of this logical id.
    #[must_use]
    pub fn function(&self, logical: &str) -> Option<&Function> {
        self.functions.iter().find(|function| function.logical == logical)
    }
}

/// A function of the template.
#[derive(Clone, Debug)]
pub struct Function {
    /// Its logical id.
    pub logical: String,
    /// The crate it is built from.
    pub code: String,
    /// Its address.
    pub arn: String,
    /// How long one invocation may take.
    pub timeout: Duration,
    /// Whether it has a Function URL that streams.
    pub streams: bool,
    /// Attempts after the first when invoked asynchronously.
    pub retries: u32,
    /// Where its asynchronous failures go.
    pub on_failure: Option<String>,
    /// Its environment, as the template spells it: here its code reads none.
    pub variables: Map<String, Value>,
}

/// A route of the HTTP API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The method; none stands for any.
    pub method: Option<String>,
    /// The path, with `{name}` for a segment and `{name+}` for the rest; none is `$default`.
    pub path: Option<String>,
    /// The function, by logical id.
    pub function: String,
}

/// A rule: what it lets through, on which bus, and to which function.
#[derive(Clone, Debug)]
pub struct Rule {
    /// The rule's logical id, for messages.
    pub name: String,
    /// The bus it listens on.
    pub bus: String,
    /// What it lets through.
    pub pattern: Pattern,
    /// The function it invokes, by logical id.
    pub function: String,
}

/// A function and how often it runs.
#[derive(Clone, Debug)]
pub struct Schedule {
    /// The rule's name.
    pub name: String,
    /// The function, by logical id.
    pub function: String,
    /// The time between two runs.
    pub every: Duration,
    /// What it gets instead of the usual event.
    pub input: Option<Value>,
}

/// A table's stream and the function it feeds.
#[derive(Clone, Debug)]
pub struct Mapping {
    /// The function, by logical id.
    pub function: String,
    /// The table, by name.
    pub table: String,
    /// One of these must match a record; with none, every record is delivered.
    pub filters: Vec<Pattern>,
    /// So many records go out together at most.
    pub batch_size: usize,
    /// So often a failed batch is tried again; none is until it expires.
    pub retries: Option<u32>,
    /// Records older than this are not tried again.
    pub max_age: Option<Duration>,
    /// Whether a failed batch is halved.
    pub bisect: bool,
    /// Whether the function's `batchItemFailures` count.
    pub report_item_failures: bool,
    /// Where lost records go.
    pub on_failure: Option<String>,
}

/// A table of the template.
#[derive(Clone, Debug)]
pub struct Table {
    /// Its logical id.
    pub logical: String,
    /// Its name.
    pub name: String,
    /// The body of the `CreateTable` request that makes it.
    pub create: Value,
    /// The attribute that says when an item expires.
    pub ttl: Option<String>,
}

/// Who may call the API from a browser.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cors {
    /// The origins; `*` is any.
    pub origins: Vec<String>,
    /// The methods.
    pub methods: Vec<String>,
    /// The request's headers.
    pub headers: Vec<String>,
    /// The answer's headers a page may read.
    pub exposed: Vec<String>,
    /// How many seconds a browser may remember this.
    pub max_age: Option<i64>,
    /// Whether cookies may be sent.
    pub credentials: bool,
}

/// The WebSocket API of the template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebSocketApi {
    /// The stage, as events name it and the management API's address ends.
    pub stage: String,
    /// The field of a message that names its route.
    pub selector: String,
    /// The routes.
    pub routes: Vec<WebSocketRoute>,
}

/// A route of the WebSocket API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebSocketRoute {
    /// Its key: `$connect`, `$disconnect`, `$default` or what a message says.
    pub key: String,
    /// The function, by logical id.
    pub function: String,
    /// Whether what the function answers goes back to the client.
    pub responds: bool,
}
