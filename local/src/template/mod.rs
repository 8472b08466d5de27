//! The wiring as template.yaml has it: functions and what sets them off, the table, the buses, the API.

mod api;
mod event;
mod function;
mod resolve;
mod table;
mod websocket;

use serde_json::{Map, Value};
use std::time::Duration;

use crate::bus::Rule;
use crate::pattern::Pattern;
use crate::schedule::Schedule;
use resolve::Names;

pub use api::Cors;
pub use function::Function;
pub use table::Table;
pub use websocket::{WebSocketApi, WebSocketRoute};

/// What the template says that this host cannot do, or that makes no sense, by its place.
#[derive(Debug, thiserror::Error)]
#[error("template.yaml: {0}")]
pub struct TemplateError(String);

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

/// Resources that change nothing about how events reach functions.
const BYSTANDERS: [&str; 19] = [
    "AWS::ApiGatewayV2::ApiMapping",
    "AWS::ApiGatewayV2::DomainName",
    "AWS::CloudWatch::",
    "AWS::IAM::",
    "AWS::KMS::",
    "AWS::Lambda::Permission",
    "AWS::Logs::",
    "AWS::Route53::",
    "AWS::S3::",
    "AWS::SNS::",
    "AWS::SQS::",
    "AWS::SSM::",
    "AWS::SecretsManager::",
    "AWS::Events::EventBusPolicy",
    "AWS::Events::Archive",
    "AWS::CloudFormation::",
    "AWS::Budgets::",
    "AWS::XRay::",
    "AWS::ApplicationInsights::",
];

impl Template {
    /// Reads a SAM template. What the host cannot honour is an error that names it, never passed over.
    pub fn read(yaml: &str) -> Result<Self, TemplateError> {
        let whole: Value = serde_saphyr::from_str(yaml).map_err(|error| TemplateError(error.to_string()))?;
        read(&whole).map_err(TemplateError)
    }

    /// The function of this logical id.
    #[must_use]
    pub fn function(&self, logical: &str) -> Option<&Function> {
        self.functions.iter().find(|function| function.logical == logical)
    }
}

fn read(whole: &Value) -> Result<Template, String> {
    let resources = whole.get("Resources").and_then(Value::as_object).ok_or("it has no Resources")?;
    let names = Names::new(whole);
    let cors = whole.pointer("/Globals/HttpApi/CorsConfiguration").map(Cors::read).transpose()?;
    let mut template = Template { cors: cors.flatten(), ..Template::default() };
    for (logical, resource) in resources {
        let read = resource_of(&mut template, &names, logical, resource);
        read.map_err(|error| format!("{logical}: {error}"))?;
    }
    known_functions(&template)?;
    Ok(template)
}

fn resource_of(template: &mut Template, names: &Names<'_>, logical: &str, resource: &Value) -> Result<(), String> {
    let kind = resource.get("Type").and_then(Value::as_str).ok_or("it has no Type")?;
    if BYSTANDERS.iter().any(|bystander| kind.starts_with(bystander)) {
        return Ok(());
    }
    if resource.get("Condition").is_some() {
        return Err("conditions are not implemented here".to_owned());
    }
    let empty = Map::new();
    let properties = resource.get("Properties").and_then(Value::as_object).unwrap_or(&empty);
    match kind {
        "AWS::Serverless::Function" => function::read(template, names, logical, resource, properties)?,
        "AWS::Serverless::HttpApi" => api::read(template, properties)?,
        "AWS::Serverless::WebSocketApi" => websocket::read(template, names, logical, properties)?,
        // Read with the route it belongs to.
        "AWS::ApiGatewayV2::RouteResponse" => only(properties, &["ApiId", "RouteId", "RouteResponseKey"])?,
        "AWS::DynamoDB::Table" => template.tables.push(table::read(names, logical, properties)?),
        "AWS::Events::EventBus" => template.buses.push(names.of(logical)?),
        "AWS::Events::Rule" => event::rule_resource(template, names, logical, properties)?,
        other => return Err(format!("the resource type {other} is not implemented here")),
    }
    Ok(())
}

fn known_functions(template: &Template) -> Result<(), String> {
    for rule in &template.rules {
        if template.function(&rule.function).is_none() {
            return Err(format!("{}: its target {} is no function of the template", rule.name, rule.function));
        }
        if rule.bus != "default" && !template.buses.contains(&rule.bus) {
            return Err(format!("{}: its bus {} is not in the template", rule.name, rule.bus));
        }
    }
    for route in template.websocket.iter().flat_map(|api| &api.routes) {
        if template.function(&route.function).is_none() {
            return Err(format!("route {}: {} is no function of the template", route.key, route.function));
        }
    }
    Ok(())
}

/// Refuses a property that is not among `known`.
fn only(properties: &Map<String, Value>, known: &[&str]) -> Result<(), String> {
    match properties.keys().find(|name| !known.contains(&name.as_str())) {
        Some(unknown) => Err(format!("the property {unknown} is not implemented here")),
        None => Ok(()),
    }
}

/// A whole number that may be absent.
fn number(properties: &Map<String, Value>, name: &str) -> Result<Option<i64>, String> {
    match properties.get(name) {
        None => Ok(None),
        Some(value) => value.as_i64().map(Some).ok_or_else(|| format!("{name} is a whole number, not {value}")),
    }
}
