//! The wiring as template.yaml has it: functions and what sets them off, the table, the buses, the API.

mod api;
mod event;
mod failures;
mod function;
mod pattern;
mod properties;
mod resolve;
mod table;
mod websocket;
mod wiring;

use serde_json::{Map, Value};

use properties::only;
use resolve::Names;

pub use pattern::Pattern;
pub use wiring::{Cors, Function, Mapping, Route, Rule, Schedule, Table, Template, WebSocketApi, WebSocketRoute};

/// What the template says that this host cannot do, or that makes no sense, by its place.
#[derive(Debug, thiserror::Error)]
#[error("template.yaml: {0}")]
pub struct TemplateError(String);

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
