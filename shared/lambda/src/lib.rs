//! Speak HTTP and Lambda: who calls, what they send, and the one mapping from a failure to a status.

mod answer;
mod code;
mod error;
pub mod observe;
pub mod operation;
pub mod request;
pub mod run;
pub mod start;

pub use answer::Answer;
pub use code::Code;
pub use error::{Error, code};
pub use observe::line::Line;
pub use observe::observer::{Lines, Observer, Watched};
pub use operation::dispatch::{find, must_fit, serve};
pub use operation::parameter::Parameter;
pub use operation::said::{Answered, Body as Sent, JSON, Said, To};
pub use operation::{Call, Operation, Route, Serve, routes};
pub use request::arrived::{Arrived, unreadable};
pub use request::body::{Fields, callback, document, fields, form, json, json_of_any_kind, raw};
pub use request::query::query;
pub use request::route::{Address, header, path_parameter, route, text_header, traceparent};
pub use start::environment::{Environment, streaming};
pub use start::function::{Function, Proof};

use lambda_http::{Body, Response};

/// What a handler answers, whatever came of it.
pub fn render(outcome: Result<Answer, Error>) -> Response<Body> {
    outcome.unwrap_or_else(Error::answer).into_response()
}
