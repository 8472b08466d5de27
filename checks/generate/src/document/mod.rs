//! The API's document, OpenAPI 3.1.

mod headers;
mod operations;
mod parameters;
mod refusals;

use crate::functions;
use crate::ordered::{Ordered, pretty};
use domain::limits::{BODY_BYTES, in_words};
use domain::shape::Shape;
use serde_json::json;
use std::io;

pub(crate) const PATH: &str = "functions/poll/src/openapi.json";

/// What is said before the operations.
const DESCRIPTION: &str = "An agent asks before it acts on the outside world. People decide in Slack, Jira, Teams, PagerDuty or the \
    console. The agent learns the outcome.\n\nBodies are JSON of at most {most}, read strictly. The gate refuses duplicate keys, NUL \
    characters, whole numbers beyond 2^53, numbers with more digits than a double keeps (send such a number as a string), and more than 64 \
    levels of nesting. In requests, null means that a field is left out. The gate refuses a query parameter that an operation does not \
    list, or that is given twice; pages of the console and vendors' webhooks ignore such parameters. Times are RFC 3339 in UTC. An answer \
    that is not 2xx has `error`, `code` and, if the input has faults, `details`; a gateway in front may answer with `message` instead. \
    CORS allows any origin to GET and POST.\n\nAgents can also wait on a WebSocket, which is outside OpenAPI: connect to \
    `links.websocket` with `?token=`, or send `{\"action\":\"subscribe\",\"token\":\"cwt_…\"}`; each message is \
    `{\"event\":\"state\",\"requestId\":\"appr_…\",\"data\":<WaitRequestResponse>}`. See docs/use/websocket.md.";
const BEARER: &str = "An API key (`csk_…`) or a JWT of an issuer that the deployment knows.";
/// What operations belong to.
const TAGS: [(&str, &str); 7] = [
    ("agents", "Agents ask, wait for the outcome and cancel."),
    ("approvals", "People read approvals and decide."),
    ("settings", "Policy, keys and agents' time limits."),
    ("connectors", "Connectors: the places that show approvals."),
    ("vendors", "Signed callbacks of vendors."),
    ("console", "Pages for people."),
    ("service", "The liveness probe and this document."),
];

/// The document, as it is kept.
///
/// # Errors
/// An operation refuses with codes for which there is no answer, or an example is no JSON.
pub(crate) fn text() -> io::Result<String> {
    Ok(pretty(&serde_json::to_string(&document()?)?))
}

fn document() -> serde_json::Result<Ordered> {
    Ordered::default()
        .with("openapi", "3.1.0")?
        .with("info", info()?)?
        .with("servers", servers()?)?
        .with("tags", tags()?)?
        .with("security", json!([{ "bearerAuth": [] }]))?
        .with("paths", operations::paths()?)?
        .with("components", components()?)
}

fn info() -> serde_json::Result<Ordered> {
    Ordered::default()
        .with("title", "Countersign")?
        .with("version", env!("CARGO_PKG_VERSION"))?
        .with("summary", "The human approval gate for AI agents.")?
        .with("description", DESCRIPTION.replace("{most}", &in_words(BODY_BYTES)))?
        .with("license", Ordered::default().with("name", "Apache-2.0")?.with("identifier", "Apache-2.0")?)
}

fn servers() -> serde_json::Result<Vec<Ordered>> {
    let servers = [("/", "The API"), ("/v1", "The same API under its version")];
    servers.into_iter().map(|(url, says)| Ordered::default().with("url", url)?.with("description", says)).collect()
}

fn tags() -> serde_json::Result<Vec<Ordered>> {
    TAGS.into_iter().map(|(name, says)| Ordered::default().with("name", name)?.with("description", says)).collect()
}

fn components() -> serde_json::Result<Ordered> {
    let cookie = "The cookie that signing in to the console sets.";
    let schemes = json!({
        "bearerAuth": { "type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": BEARER },
        "consoleSession": { "type": "apiKey", "in": "cookie", "name": "__Host-countersign", "description": cookie },
    });
    Ordered::default()
        .with("schemas", schemas()?)?
        .with("responses", refusals::responses()?)?
        .with("parameters", parameters::listed()?)?
        .with("headers", headers::all()?)?
        .with("securitySchemes", schemes)
}

/// Every shape with a name that an operation is sent or answers, and those of refusals.
fn schemas() -> serde_json::Result<Ordered> {
    let (operations, refusals) = (functions::operations(), refusals::shapes());
    let mut named: Vec<&Shape> = Vec::new();
    for said in operations.iter().map(|operation| &operation.said) {
        let sent = said.body.iter().flat_map(|body| body.kinds);
        let answered = said.answers.iter().flat_map(|answer| answer.kinds);
        sent.chain(answered).for_each(|(_, shape)| shape.names(&mut named));
    }
    slack::shapes::SLACK_INTERACTION_PAYLOAD.names(&mut named);
    refusals.iter().for_each(|shape| shape.names(&mut named));
    let mut schemas = Ordered::default();
    for shape in named {
        schemas.put(shape.name, shape.definition())?;
    }
    Ok(schemas)
}
