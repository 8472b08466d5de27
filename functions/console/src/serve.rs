//! Which page a request is for: signing in first, then looking or acting.

use crate::page::{assets, form};
use crate::resources::Console;
use crate::visit::Visit;
use crate::{approval, decide, inbox, overview, session, settings, sign_in};
use app::Failure;
use lambda::{Address, Answer, Error, Fields};
use lambda_http::Request;

pub(crate) async fn serve(has: &Console, request: &Request) -> Result<Answer, Error> {
    let Address { method, path } = lambda::route(request);
    let Some(("console", rest)) = path.split_first().map(|(first, rest)| (*first, rest)) else {
        return Err(Error::NoRoute);
    };
    if method == "POST" {
        must_come_from_here(request)?;
    }
    match (method.as_str(), rest) {
        ("GET", ["style.css"]) => return Ok(assets::style()),
        ("GET", ["script.js"]) => return Ok(assets::script()),
        ("GET", ["sign-in"]) => return Ok(sign_in::form(request, None)),
        ("POST", ["sign-in"]) => return sign_in::sign_in(&has.gate, request).await,
        ("POST", ["sign-out"]) => return sign_in::sign_out(&has.gate, request).await,
        _ => {}
    }
    let Some(session) = session::session(&has.gate, request).await? else {
        // A form leads back to the page it was on: an approval, or a part of the settings.
        let page = if method == "POST" { rest.get(..2).unwrap_or_default() } else { rest };
        return Ok(sign_in::first(page));
    };
    let visit = Visit { has, request, session, now: has.gate.clock.now() };
    match method.as_str() {
        "GET" => look(&visit, rest).await,
        "POST" => {
            let fields = lambda::fields(request)?;
            form::must_be_ours(&fields, &visit.session)?;
            act(&visit, rest, &fields).await
        }
        _ => Err(Error::NoRoute),
    }
}

async fn look(visit: &Visit<'_>, path: &[&str]) -> Result<Answer, Error> {
    match path {
        [] => inbox::show(visit).await,
        ["approvals", id] => approval::show(visit, id).await,
        ["approvals", id, "edit"] => approval::form(visit, id).await,
        ["approvals", id, "json"] => approval::json(visit, id).await,
        ["decide", link] => decide::follow(visit, link),
        ["overview"] => overview::show(visit).await,
        ["settings", rest @ ..] => settings::look(visit, rest).await,
        _ => Err(Error::NoRoute),
    }
}

async fn act(visit: &Visit<'_>, path: &[&str], fields: &Fields) -> Result<Answer, Error> {
    match path {
        ["approvals", id, "preview"] => approval::preview(visit, id, fields).await,
        ["approvals", id, what] => approval::act(visit, id, what, fields).await,
        ["settings", rest @ ..] => settings::act(visit, rest, fields).await,
        _ => Err(Error::NoRoute),
    }
}

/// A form is taken from our own pages only: whatever another site's page posts in somebody's name says where it comes from.
fn must_come_from_here(request: &Request) -> Result<(), Error> {
    let host = lambda::header(request, "host").unwrap_or_default();
    let origin = lambda::header(request, "origin").unwrap_or_default();
    let same = origin.split_once("://").is_some_and(|(_, from)| !host.is_empty() && from == host);
    if same {
        Ok(())
    } else {
        Err(Failure::Forbidden("this form was not sent from a page of this console".into()).into())
    }
}
