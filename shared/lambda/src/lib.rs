//! Speak HTTP and Lambda: who calls, what they send, and the one mapping from a failure to a status.

mod answer;
mod arrived;
mod aws;
mod body;
mod caller;
mod environment;
mod error;
mod line;
mod log;
mod metrics;
mod observer;
mod query;
mod route;
pub mod run;
mod wire;

pub use answer::Answer;
pub use arrived::{Arrived, unreadable};
pub use body::{Fields, callback, document, fields, form, json, json_of_any_kind, raw};
pub use caller::{caller, recent_caller};
pub use environment::{Needs, Proof, gate, streaming};
pub use error::{Error, code};
pub use line::Line;
pub use observer::{Lines, Observer, Watched};
pub use query::{only, query, strange};
pub use route::{Route, header, path_parameter, route, text_header, traceparent};

use lambda_http::{Body, Response};

/// What a handler answers, whatever came of it.
pub fn render(outcome: Result<Answer, Error>) -> Response<Body> {
    outcome.unwrap_or_else(Error::answer).into_response()
}
