//! Lambda as a program sees it beside the Runtime API: its environment, and how requests come and answers go.

use data_encoding::BASE64;
use http::Response;
use lambda_http::Body;
use local::gateway::Event;
use local::template::{Function, Template};
use serde_json::Value;
use std::collections::BTreeMap;

use super::aws::{Aws, SECRET_KEY, SESSION};

/// What the template computes, by the name of the variable.
pub type Addresses = BTreeMap<&'static str, String>;

/// Where everything is, and what it is called, that the template computes. A secret has its logical id for a name.
pub fn addresses(template: &Template, aws: &Aws, host: &str, slack: &str) -> Addresses {
    BTreeMap::from([
        ("EVENT_BUS_NAME", template.buses[0].clone()),
        ("TABLE_NAME", template.tables[0].name.clone()),
        ("HOLDS_ANSWERS", "true".to_owned()),
        ("JWT_ISSUERS", "[]".to_owned()),
        ("RUST_LOG", "info".to_owned()),
        ("SLACK_API_URL", slack.to_owned()),
        ("STREAM_URL", format!("{host}/")),
        ("WEBSOCKET_URL", format!("{}/ws", host.replacen("http", "ws", 1))),
        ("CONSOLE_URL", format!("{host}/console")),
        ("MANAGEMENT_URL", format!("{}/live", aws.url)),
    ])
}

/// What a function's process finds in its environment: Lambda's own, and what the template says.
pub fn variables(function: &Function, aws: &Aws, addresses: &Addresses) -> BTreeMap<String, String> {
    let logical = function.logical.as_str();
    let lambda = [
        ("AWS_REGION", "us-east-1"),
        ("AWS_DEFAULT_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", logical),
        ("AWS_SECRET_ACCESS_KEY", SECRET_KEY),
        ("AWS_SESSION_TOKEN", SESSION),
        ("AWS_ENDPOINT_URL", &aws.url),
        ("AWS_EXECUTION_ENV", "AWS_Lambda_provided.al2023"),
        ("AWS_LAMBDA_FUNCTION_NAME", logical),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/countersign"),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "2026/11/22/[$LATEST]0123"),
        ("AWS_LAMBDA_LOG_FORMAT", "JSON"),
        ("_HANDLER", "bootstrap"),
    ];
    let mut all: BTreeMap<String, String> = lambda.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let said = function.variables.iter();
    all.extend(said.map(|(name, value)| (name.clone(), spelled(name, value, addresses))));
    all
}

fn spelled(name: &str, value: &Value, addresses: &Addresses) -> String {
    let given = addresses.get(name).map(String::as_str);
    let text = given.or_else(|| value.as_str()).or_else(|| value["Ref"].as_str());
    text.unwrap_or_else(|| panic!("what is {name}, which the template computes as {value}?")).to_owned()
}

/// The event that a request came as.
pub fn event(request: &lambda_http::Request) -> String {
    let Event(event) = request.extensions().get().unwrap();
    event.clone()
}

/// The answer of a function behind the HTTP API, format 2.0.
pub fn whole(answer: &Value) -> Response<Body> {
    let text = answer["body"].as_str().unwrap_or_default();
    let body = match answer["isBase64Encoded"].as_bool() {
        Some(true) => Body::Binary(BASE64.decode(text.as_bytes()).unwrap()),
        _ => Body::Text(text.to_owned()),
    };
    head(answer).body(body).unwrap()
}

/// The answer of one that streams, as far as it comes first.
pub fn head(answer: &Value) -> http::response::Builder {
    let status = answer["statusCode"].as_u64().unwrap_or_else(|| panic!("no status in {answer}"));
    let headers = answer["headers"].as_object().into_iter().flatten();
    let headers = headers.map(|(name, value)| (name.as_str(), value.as_str().unwrap()));
    let cookies = answer["cookies"].as_array().into_iter().flatten();
    let cookies = cookies.map(|cookie| ("set-cookie", cookie.as_str().unwrap()));
    let start = Response::builder().status(u16::try_from(status).unwrap());
    headers.chain(cookies).fold(start, |head, (name, value)| head.header(name, value))
}
