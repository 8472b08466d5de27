//! Parameters of an operation: of its query, which are read here, and of its path and headers, which its code reads.

use crate::request::query::strange;
use domain::Faults;
use domain::shape::make::text;
use domain::shape::{Kind, Shape};
use lambda_http::Request;
use serde_json::Value;

/// A parameter.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// What it is.
    pub shape: Shape,
    /// Whether it must be there.
    pub needed: bool,
    /// What it is for.
    pub says: &'static str,
    /// An example; empty where there is none.
    pub example: &'static str,
    /// What it is where it is left out.
    pub usual: Usual,
    /// Whether a value that is none is as good as none.
    pub lenient: bool,
    /// Under which name the API's document lists it; empty where it stands in its place.
    pub listed: &'static str,
}

/// What a parameter is where it is left out.
#[derive(Clone, Copy, Debug)]
pub enum Usual {
    /// Nothing.
    Nothing,
    /// A word.
    Word(&'static str),
    /// A number.
    Count(u64),
    /// True or false.
    Flag(bool),
}

/// An approval's id in a path.
pub const APPROVAL: Parameter = Parameter::must("approval_id", text().pattern("^appr_[0-9a-z]{26}$"))
    .example("appr_01j9xk8q4rkc8v2m5t7w9y1b3d")
    .listed("ApprovalId");

impl Parameter {
    /// A parameter that may be left out.
    pub const fn may(name: &'static str, shape: Shape) -> Self {
        Self { name, shape, needed: false, says: "", example: "", usual: Usual::Nothing, lenient: false, listed: "" }
    }

    /// A parameter that must be there.
    pub const fn must(name: &'static str, shape: Shape) -> Self {
        Self { needed: true, ..Self::may(name, shape) }
    }

    /// With what it is for.
    pub const fn says(self, says: &'static str) -> Self {
        Self { says, ..self }
    }

    /// With an example.
    pub const fn example(self, example: &'static str) -> Self {
        Self { example, ..self }
    }

    /// With what it is where it is left out.
    pub const fn usually(self, usual: Usual) -> Self {
        Self { usual, ..self }
    }

    /// A value that is none is as good as none.
    pub const fn lenient(self) -> Self {
        Self { lenient: true, ..self }
    }

    /// With the name that the API's document lists it under.
    pub const fn listed(self, listed: &'static str) -> Self {
        Self { listed, ..self }
    }

    fn check(&self, given: Option<&str>, faults: &Faults) {
        match given {
            None | Some("") if self.needed => faults.add(self.name, "is required"),
            Some(text) if !self.lenient => self.shape.check(&value(&self.shape, text), self.name, faults),
            _ => {}
        }
    }
}

/// Checks a query against what an operation reads of it, all faults at once.
///
/// # Errors
/// `Invalid`, with each fault.
pub(crate) fn must_fit(request: &Request, parameters: &[Parameter]) -> Result<(), crate::Error> {
    let faults = Faults::default();
    let known: Vec<&str> = parameters.iter().map(|parameter| parameter.name).collect();
    strange(request, &known, &faults);
    for parameter in parameters {
        parameter.check(crate::query(request, parameter.name), &faults);
    }
    Ok(faults.or(())?)
}

/// A text of a query as the value that it spells; a text where it spells none.
fn value(shape: &Shape, text: &str) -> Value {
    let spelled = match shape.kind {
        Kind::Count { .. } => text.parse::<u64>().ok().map(Value::from),
        Kind::Flag => text.parse::<bool>().ok().map(Value::from),
        _ => None,
    };
    spelled.unwrap_or_else(|| Value::from(text))
}
