//! The table of operations: each is declared once, in the `operations.rs` of its function. Dispatch, the API's document, the events of
//! `template.yaml` and the table of the API's page come from it.
//!
//! What a program needs to serve an operation is its [`Route`]; what is said of it besides stands in [`Said`], and is in no program:
//! [`routes`] takes the routes out when the program is compiled.

pub(crate) mod dispatch;
pub mod parameter;
pub mod said;

use crate::{Answer, Error};
use app::callers::authenticate::Freshness;
use app::{Caller, Gate};
use domain::Role;
use lambda_http::Request;
use parameter::Parameter;
use said::Said;
use std::pin::Pin;

/// One operation, and all that is said of it.
#[derive(Clone, Copy, Debug)]
pub struct Operation {
    /// What serves it.
    pub route: Route,
    /// What people and makers of clients are told.
    pub said: Said,
}

/// What serves an operation.
#[derive(Clone, Copy, Debug)]
pub struct Route {
    /// `GET`, `POST`, …
    pub method: &'static str,
    /// The path, without its version: `/approvals/{approval_id}`.
    pub path: &'static str,
    /// What it reads of its query.
    pub query: Query,
    /// Whom it is for, and how it is served.
    pub serve: Serve,
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
/// Serves whoever calls.
pub type Open = for<'a> fn(&'a Gate, Call<'a>) -> Pending<'a>;
/// Serves whoever was authenticated.
pub type Keyed = for<'a> fn(&'a Gate, &'a Caller, Call<'a>) -> Pending<'a>;

/// Whom an operation is for, and how it is served.
#[derive(Clone, Copy, Debug)]
pub enum Serve {
    /// Whoever has a key or token with one of the roles; how fresh the knowledge of it must be.
    Key(&'static [Role], Freshness, Keyed),
    /// The holder of a wait token.
    Token(Open),
    /// A vendor, by its signature.
    Signature(Open),
    /// A person in a browser who has signed in.
    Session(Open),
    /// Anyone.
    Anyone(Open),
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
pub const fn routes<const N: usize>(operations: &[Operation; N]) -> [Route; N] {
    const NONE: Route =
        Route { method: "", path: "", query: Query::Any, serve: Serve::Anyone(|_, _| Box::pin(none())) };
    let mut routes = [NONE; N];
    let (mut left, mut into): (&[Operation], &mut [Route]) = (operations, &mut routes);
    while let ([first, rest @ ..], [place, places @ ..]) = (left, into) {
        *place = first.route;
        (left, into) = (rest, places);
    }
    routes
}

async fn none() -> Result<Answer, Error> {
    Err(Error::NoRoute)
}

impl Route {
    /// For whoever has a key or token with one of the roles.
    pub const fn keyed(method: &'static str, path: &'static str, roles: &'static [Role], serve: Keyed) -> Self {
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
    pub const fn open(method: &'static str, path: &'static str, serve: Serve) -> Self {
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
    pub const fn said(self, said: Said) -> Operation {
        Operation { route: self, said }
    }
}
