//! Signing in with a key, and out.

use crate::page;
use crate::page::form::{self, hidden};
use crate::session::{self, session};
use app::callers::authenticate::authenticate_key;
use app::{Failure, Keyed};
use domain::Role;
use lambda::{Answer, Error, query};
use lambda_http::Request;
use maud::html;

/// Leads a person who is not signed in to the sign-in page, and back afterwards.
pub(crate) fn first(path: &[&str]) -> Answer {
    let wanted = format!("/console/{}", path.join("/"));
    match next(Some(&wanted)).as_str() {
        "/console" => page::redirect("/console/sign-in"),
        next => page::redirect(&format!("/console/sign-in?next={next}")),
    }
}

/// The form; where it leads is only ever a page of ours.
pub(crate) fn form(request: &Request, problem: Option<&str>) -> Answer {
    form_to(&next(query(request, "next")), problem)
}

fn form_to(next: &str, problem: Option<&str>) -> Answer {
    let body = html! {
        section.door {
            p.brand { "Countersign" }
            h1 { "Sign in" }
            @if let Some(problem) = problem { p.problem role="alert" { (problem) } }
            form.stack method="post" action="/console/sign-in" {
                (hidden("next", next))
                label for="key" { "Your key" }
                input #key type="password" name="key" autocomplete="current-password" required autofocus placeholder="csk_…";
                button { "Sign in" }
            }
            p.hint { "A key with the role approver or admin. This device stays signed in for 12 hours; signing out ends that here, revoking the key everywhere." }
        }
    };
    page::page(if problem.is_some() { 401 } else { 200 }, "Sign in", &body)
}

/// Takes a key in exchange for a session.
pub(crate) async fn sign_in(gate: &Keyed, request: &Request) -> Result<Answer, Error> {
    let fields = lambda::fields(request)?;
    let next = next(Some(fields.get("next")));
    let known = match authenticate_key(gate, fields.get("key").trim()).await {
        Ok((caller, hash)) if caller.is(&[Role::Approver, Role::Admin]) => Some(hash),
        Ok(_) | Err(Failure::Unauthenticated(_)) => None,
        Err(e) => return Err(e.into()),
    };
    match known {
        None => Ok(form_to(&next, Some("This key is unknown, expired, revoked, or not one of an approver or admin."))),
        Some(hash) => Ok(page::redirect(&next).with("set-cookie", session::begin(gate, request, &hash)?)),
    }
}

/// Ends a session.
pub(crate) async fn sign_out(gate: &Keyed, request: &Request) -> Result<Answer, Error> {
    if let Some(session) = session(gate, request).await? {
        form::must_be_ours(&lambda::fields(request)?, &session)?;
    }
    Ok(page::redirect("/console/sign-in").with("set-cookie", session::end(request)))
}

fn next(wanted: Option<&str>) -> String {
    let good = |path: &&str| {
        let inside = path.starts_with("/console/") && !path.contains("..") && !path.contains("//");
        inside && path.chars().all(|c| c.is_ascii_alphanumeric() || "/._-".contains(c))
    };
    wanted.filter(good).unwrap_or("/console").trim_end_matches('/').to_owned()
}
