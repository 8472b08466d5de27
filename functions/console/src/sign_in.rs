//! Signing in with a key, and out.

use crate::page::{self, hidden};
use crate::session::{self, session};
use app::authenticate::authenticate_key;
use app::{Failure, Gate};
use edge::{Answer, Error, query};
use lambda_http::Request;
use maud::html;
use store::api_keys::Role;

/// Where somebody is who has followed no link.
pub(crate) async fn home(gate: &Gate, request: &Request) -> Result<Answer, Error> {
    let Some(session) = session(gate, request).await? else { return Ok(page::redirect("/console/sign-in")) };
    let who = session.caller.subject.as_ref().map(ToString::to_string).unwrap_or_default();
    let body = html! {
        h1 { "Countersign" }
        p { "You are signed in as " strong { (who) } "." }
        p { "Open a request by the link on its card or message. What waits is also listed by " code { "GET /approvals" } "." }
        (sign_out_form(&session.csrf))
    };
    Ok(page::page(200, "Countersign", &body))
}

pub(crate) fn sign_out_form(csrf: &str) -> maud::Markup {
    html! { form method="post" action="/console/sign-out" { (hidden("csrf", csrf)) button.quiet { "Sign out" } } }
}

/// The form; where it leads is only ever a page of ours.
pub(crate) fn form(request: &Request, problem: Option<&str>) -> Answer {
    let next = next(query(request, "next"));
    let body = html! {
        h1 { "Sign in" }
        @if let Some(problem) = problem { p.problem role="alert" { (problem) } }
        form method="post" action="/console/sign-in" {
            (hidden("next", &next))
            label for="key" { "Your key" }
            input #key type="password" name="key" autocomplete="current-password" required autofocus placeholder="csk_…";
            button { "Sign in" }
        }
        p.hint { "A key with the role approver or admin. It stays on this device for 12 hours, sealed; signing out forgets it." }
    };
    page::page(if problem.is_some() { 401 } else { 200 }, "Sign in", &body)
}

/// Takes a key in exchange for a session.
pub(crate) async fn sign_in(gate: &Gate, request: &Request) -> Result<Answer, Error> {
    let fields = edge::fields(request)?;
    let key = fields.get("key").map(|key| key.trim()).unwrap_or_default();
    let known = match authenticate_key(gate, key).await {
        Ok((caller, hash)) if caller.is(&[Role::Approver, Role::Admin]) => Some(hash),
        Ok(_) | Err(Failure::Unauthenticated(_)) => None,
        Err(e) => return Err(e.into()),
    };
    match known {
        None => Ok(form(request, Some("This key is unknown, expired, revoked, or not one of an approver or admin."))),
        Some(hash) => {
            let cookie = session::begin(gate, request, &hash)?;
            Ok(page::redirect(&next(fields.get("next").map(String::as_str))).with("set-cookie", cookie))
        }
    }
}

/// Ends a session.
pub(crate) async fn sign_out(gate: &Gate, request: &Request) -> Result<Answer, Error> {
    if let Some(session) = session(gate, request).await? {
        page::must_have(&edge::fields(request)?, &session.csrf)?;
    }
    Ok(page::redirect("/console/sign-in").with("set-cookie", session::end(request)))
}

fn next(wanted: Option<&str>) -> String {
    let good = |path: &&str| {
        let inside = path.starts_with("/console/decide/") && !path.contains("..");
        inside && path.chars().all(|c| c.is_ascii_alphanumeric() || "/._-".contains(c))
    };
    wanted.filter(good).unwrap_or("/console").to_owned()
}
