//! The WebSocket API: which function serves a route, and which routes answer.

use serde_json::{Map, Value};

use super::properties::{CLOUD_OF_API, only};
use super::resolve::Names;
use super::wiring::{Template, WebSocketApi, WebSocketRoute};

/// Reads the API.
pub(super) fn read(
    template: &mut Template,
    names: &Names<'_>,
    logical: &str,
    properties: &Map<String, Value>,
) -> Result<(), String> {
    let known: Vec<&str> =
        CLOUD_OF_API.into_iter().chain(["IpAddressType", "StageName", "RouteSelectionExpression", "Routes"]).collect();
    only(properties, &known)?;
    if template.websocket.is_some() {
        return Err("only one WebSocket API is implemented here".to_owned());
    }
    let routes = properties.get("Routes").and_then(Value::as_object).ok_or("it has no Routes")?;
    let routes = routes.iter().map(|(key, route)| {
        let read = route_of(names, logical, key, route);
        read.map_err(|error| format!("route {key}: {error}"))
    });
    let routes = routes.collect::<Result<_, _>>()?;
    // SAM's own name for a stage that has none.
    let stage = properties.get("StageName").map_or_else(|| Ok("default".to_owned()), |stage| names.text(stage))?;
    template.websocket = Some(WebSocketApi { stage, selector: selector(properties)?, routes });
    Ok(())
}

/// The field in a selection expression; of all there are, only one that names a field of the body is read.
fn selector(properties: &Map<String, Value>) -> Result<String, String> {
    let expression = properties.get("RouteSelectionExpression").and_then(Value::as_str);
    let expression = expression.ok_or("it has no RouteSelectionExpression")?;
    let field = expression.strip_prefix("$request.body.").filter(|field| !field.is_empty() && !field.contains('.'));
    field.map(str::to_owned).ok_or_else(|| format!("the RouteSelectionExpression {expression} is not implemented here"))
}

fn route_of(names: &Names<'_>, api: &str, key: &str, route: &Value) -> Result<WebSocketRoute, String> {
    let fields = route.as_object().ok_or("it is no object")?;
    only(fields, &["FunctionArn", "RouteResponseSelectionExpression", "OperationName"])?;
    let function = fields.get("FunctionArn").and_then(Names::target).ok_or("its FunctionArn is no Fn::GetAtt")?;
    let responds = match fields.get("RouteResponseSelectionExpression").map(Value::as_str) {
        None => false,
        // The expression alone sends nothing: the answer needs its RouteResponse, which SAM does not make.
        Some(Some("$default")) => names.has_route_response(&route_id(api, key)),
        Some(other) => return Err(format!("the RouteResponseSelectionExpression {other:?} is unknown")),
    };
    Ok(WebSocketRoute { key: key.to_owned(), function: function.to_owned(), responds })
}

/// The logical id SAM gives a route.
fn route_id(api: &str, key: &str) -> String {
    let key = key.trim_start_matches('$').to_lowercase();
    let mut letters = key.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{api}{first}{}Route", letters.as_str())
}
