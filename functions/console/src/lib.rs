//! The console: pages for people with a key. A decision link opens one approval, signed in or through sign-in; a GET decides nothing.

mod decide;
mod page;
mod session;
mod sign_in;

use app::{Failure, Gate};
use edge::{Answer, Error, Route};
use lambda_http::{Body, Request, Response};

/// The one style sheet.
const STYLE: &str = include_str!("style.css");

/// Answers a request.
pub async fn handle(gate: &Gate, request: Request) -> Response<Body> {
    let served = serve(gate, &request).await;
    served.unwrap_or_else(page::problem).into_response()
}

async fn serve(gate: &Gate, request: &Request) -> Result<Answer, Error> {
    let Route { method, path } = edge::route(request);
    let Some(("console", rest)) = path.split_first().map(|(first, rest)| (*first, rest)) else {
        return Err(Error::NoRoute);
    };
    if method == "POST" {
        must_come_from_here(request)?;
    }
    match (method.as_str(), rest) {
        ("GET", ["style.css"]) => Ok(Answer::text(200, "text/css; charset=utf-8", STYLE.into())),
        ("GET", []) => sign_in::home(gate, request).await,
        ("GET", ["sign-in"]) => Ok(sign_in::form(request, None)),
        ("POST", ["sign-in"]) => sign_in::sign_in(gate, request).await,
        ("POST", ["sign-out"]) => sign_in::sign_out(gate, request).await,
        ("GET", ["decide", link]) => decide::show(gate, request, link).await,
        ("POST", ["decide", link]) => decide::decide(gate, request, link).await,
        _ => Err(Error::NoRoute),
    }
}

/// A form is taken from our own pages only: whatever another site's page posts in somebody's name says where it comes from.
fn must_come_from_here(request: &Request) -> Result<(), Error> {
    let host = edge::header(request, "host").unwrap_or_default();
    let origin = edge::header(request, "origin").unwrap_or_default();
    let same = origin.split_once("://").is_some_and(|(_, from)| !host.is_empty() && from == host);
    if same {
        Ok(())
    } else {
        Err(Failure::Forbidden("this form was not sent from a page of this console".into()).into())
    }
}
