//! The table of operations.
//!
//! INVARIANT 19: An operation, a body's shape and a limit are each declared once: an operation in the `operations.rs` of its function.
//! Dispatch, the API's document, the events of `template.yaml` and the table of the API's page come from it.
//!
//! What a program needs to serve an operation is its [`Route`]; what is said of it besides stands in [`Said`], and is in no program:
//! [`routes`] takes the routes out when the program is compiled.

pub(crate) mod dispatch;
pub mod parameter;
pub mod said;

use crate::{Answer, Error};
use app::Caller;
use app::callers::authenticate::Freshness;
use domain::Role;
use lambda_http::Request;
use parameter::Parameter;
use said::Said;
use std::pin::Pin;

/// One operation of a function that has so much, and all that is said of it; of whichever function, where only that matters.
#[derive(Debug)]
pub struct Operation<Has = ()> {
    /// What serves it.
    pub route: Route<Has>,
    /// The texts for people and for makers of clients.
    pub said: Said,
}

/// What serves an operation.
#[derive(Debug)]
pub struct Route<Has = ()> {
    /// `GET`, `POST`, …
    pub method: &'static str,
    /// The path, without its version: `/approvals/{approval_id}`.
    pub path: &'static str,
    /// What it reads of its query.
    pub query: Query,
    /// Whom it is for, and how it is served.
    pub serve: Serve<Has>,
}

/// What an operation reads of its query.
#[derive(Clone, Copy, Debug)]
pub enum Query {
    /// These parameters; whatever else is in it is a fault.
    Only(&'static [Parameter]),
    /// What it does not know is left alone: mail programs and vendors add parameters of their own.
    Any,
}

/// An answer to come.
pub type Pending<'a> = Pin<Box<dyn Future<Output = Result<Answer, Error>> + Send + 'a>>;
/// Serves a call without credentials.
pub type Open<Has> = for<'a> fn(&'a Has, Call<'a>) -> Pending<'a>;
/// Serves an authenticated caller.
pub type ForCaller<Has> = for<'a> fn(&'a Has, &'a Caller, Call<'a>) -> Pending<'a>;

/// Whom an operation is for, and how it is served.
#[derive(Debug)]
pub enum Serve<Has = ()> {
    /// Callers with a key or token that has one of these roles, and how fresh the knowledge of the key must be.
    Key(&'static [Role], Freshness, ForCaller<Has>),
    /// The holder of a wait token.
    Token(Open<Has>),
    /// A vendor, by its signature.
    Signature(Open<Has>),
    /// A person in a browser who has signed in.
    Session(Open<Has>),
    /// Anyone.
    Anyone(Open<Has>),
}

/// One call of an operation.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// The request.
    pub request: &'a Request,
    /// The segment that the path's parameter stands for, as it is in the address; empty where the path has none.
    pub named: &'a str,
}

/// The routes of a table.
pub const fn routes<Has, const N: usize>(operations: &[Operation<Has>; N]) -> [Route<Has>; N] {
    let mut routes = [Route::NONE; N];
    let (mut left, mut into): (&[Operation<Has>], &mut [Route<Has>]) = (operations, &mut routes);
    while let ([first, rest @ ..], [place, places @ ..]) = (left, into) {
        *place = first.route;
        (left, into) = (rest, places);
    }
    routes
}

async fn none() -> Result<Answer, Error> {
    Err(Error::NoRoute)
}

// Derived, these would ask of what a function has that it can be copied too.
impl<Has> Clone for Serve<Has> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<Has> Copy for Serve<Has> {}

impl<Has> Clone for Route<Has> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<Has> Copy for Route<Has> {}

impl<Has> Clone for Operation<Has> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<Has> Copy for Operation<Has> {}

impl<Has> Operation<Has> {
    /// The operation without what serves it.
    pub fn told(&self) -> Operation {
        let serve = match self.route.serve {
            Serve::Key(roles, freshness, _) => Serve::Key(roles, freshness, |_, _, _| Box::pin(none())),
            Serve::Token(_) => Serve::Token(|_, _| Box::pin(none())),
            Serve::Signature(_) => Serve::Signature(|_, _| Box::pin(none())),
            Serve::Session(_) => Serve::Session(|_, _| Box::pin(none())),
            Serve::Anyone(_) => Serve::Anyone(|_, _| Box::pin(none())),
        };
        let Route { method, path, query, .. } = self.route;
        Operation { route: Route { method, path, query, serve }, said: self.said }
    }
}

impl<Has> Route<Has> {
    const NONE: Self = Self { method: "", path: "", query: Query::Any, serve: Serve::Anyone(|_, _| Box::pin(none())) };

    /// For callers with a key or token that has one of these roles.
    pub const fn keyed(
        method: &'static str,
        path: &'static str,
        roles: &'static [Role],
        serve: ForCaller<Has>,
    ) -> Self {
        Self { method, path, query: Query::Only(&[]), serve: Serve::Key(roles, Freshness::Now, serve) }
    }

    /// The same by what was known of the key a moment ago, for half the price: for asking, which decides nothing.
    pub const fn lately(self) -> Self {
        match self.serve {
            Serve::Key(roles, _, serve) => Self { serve: Serve::Key(roles, Freshness::Lately, serve), ..self },
            _ => self,
        }
    }

    /// For whomever `serve` says.
    pub const fn open(method: &'static str, path: &'static str, serve: Serve<Has>) -> Self {
        Self { method, path, query: Query::Only(&[]), serve }
    }

    /// With what it reads of its query.
    pub const fn query(self, parameters: &'static [Parameter]) -> Self {
        Self { query: Query::Only(parameters), ..self }
    }

    /// Whatever is in the query.
    pub const fn any_query(self) -> Self {
        Self { query: Query::Any, ..self }
    }

    /// With all that is said of it.
    pub const fn said(self, said: Said) -> Operation<Has> {
        Operation { route: self, said }
    }
}
