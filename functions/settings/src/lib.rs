//! Settings of a workspace: its policy, its API keys, its agents' time limits.

mod agents;
mod keys;
mod policy;

use app::Gate;
use lambda::{Answer, Error, Route, only};
use lambda_http::{Body, Request, Response};

/// Answers a request.
pub async fn handle(gate: &Gate, request: Request) -> Response<Body> {
    lambda::render(serve(gate, &request).await)
}

async fn serve(gate: &Gate, request: &Request) -> Result<Answer, Error> {
    let caller = lambda::caller(gate, request).await?;
    let Route { method, path } = lambda::route(request);
    let lists_keys = method == "GET" && path == ["api", "settings", "keys"];
    only(request, if lists_keys { &["cursor"] } else { &[] })?;
    match (method.as_str(), path.as_slice()) {
        ("GET", ["agents", raw, "config"]) => return agents::read(gate, &caller, agent(request, raw)).await,
        ("PATCH", ["agents", raw, "config"]) => {
            return agents::change(gate, &caller, agent(request, raw), request).await;
        }
        _ => {}
    }
    let Some(["api", "settings"]) = path.first_chunk::<2>() else { return Err(Error::NoRoute) };
    match (method.as_str(), path.get(2..).unwrap_or_default()) {
        ("GET", ["policy"]) => policy::read(gate, &caller).await,
        ("PUT", ["policy"]) => policy::replace(gate, &caller, request).await,
        ("POST", ["policy", "check"]) => policy::check(gate, &caller, request).await,
        ("GET", ["keys"]) => keys::list(gate, &caller, request).await,
        ("POST", ["keys"]) => keys::create(gate, &caller, request).await,
        ("DELETE", ["keys", id]) => keys::revoke(gate, &caller, id).await,
        _ => Err(Error::NoRoute),
    }
}

/// The agent's name, which may be anything but a space or a slash.
fn agent<'a>(request: &'a Request, raw: &'a str) -> &'a str {
    lambda::path_parameter(request, "agent").unwrap_or(raw)
}
