//! What is said of an operation: to people, and to programs that make clients. No program that serves has it.

use super::parameter::Parameter;
use crate::Code;
use domain::limits;
use domain::shape::Shape;
use domain::shape::make::{answer, must, text};

/// The content type of most bodies.
pub const JSON: &str = "application/json";

/// What is said of an operation.
#[derive(Clone, Copy, Debug)]
pub struct Said {
    /// Its name in the API's document.
    pub id: &'static str,
    /// The name of its event in `template.yaml`.
    pub event: &'static str,
    /// What it belongs to.
    pub tag: &'static str,
    /// What it does, in a few words.
    pub summary: &'static str,
    /// Who may, as the end of "For …".
    pub who: &'static str,
    /// What else there is to say. `{most}` is the limit of its body, `{connectors}` that of a workspace's connectors.
    pub more: &'static str,
    /// The parameter of its path.
    pub segment: Option<&'static Parameter>,
    /// The headers that it reads, beside those of every operation of its kind.
    pub headers: &'static [&'static Parameter],
    /// What it is sent.
    pub body: Option<Body>,
    /// The successful answers, and every other answer that does not have the usual form.
    pub answers: &'static [Answered],
    /// The codes of its refusals, beside those that follow from the rest.
    pub refusals: &'static [Code],
}

impl Said {
    /// Nothing.
    pub const NONE: Self = Self {
        id: "",
        event: "",
        tag: "",
        summary: "",
        who: "",
        more: "",
        segment: None,
        headers: &[],
        body: None,
        answers: &[],
        refusals: &[],
    };
}

/// What a gateway in front answers itself.
pub const GATEWAY_MESSAGE: Shape = answer(&[must("message", text())])
    .named("GatewayMessage")
    .says("An answer of a gateway in front.")
    .examples(&[r#"{"message": "Service Unavailable"}"#]);

/// What an operation is sent.
#[derive(Clone, Copy, Debug)]
pub struct Body {
    /// Each content type, and what it is in it.
    pub kinds: &'static [(&'static str, &'static Shape)],
    /// Whether there must be one.
    pub needed: bool,
    /// Whether it is taken whatever it says it is.
    pub any_kind: bool,
    /// Bytes that it may have.
    pub most: usize,
}

impl Body {
    /// Of some content types.
    pub const fn of(kinds: &'static [(&'static str, &'static Shape)]) -> Self {
        Self { kinds, needed: true, any_kind: false, most: limits::BODY_BYTES }
    }

    /// One that may be left out.
    pub const fn if_any(self) -> Self {
        Self { needed: false, ..self }
    }

    /// Whatever it says it is.
    pub const fn of_any_kind(self) -> Self {
        Self { any_kind: true, ..self }
    }

    /// At most so many bytes.
    pub const fn at_most(self, most: usize) -> Self {
        Self { most, ..self }
    }
}

/// What an operation answers.
#[derive(Clone, Copy, Debug)]
pub struct Answered {
    /// The status.
    pub status: u16,
    /// What it means.
    pub says: &'static str,
    /// Each content type, and what it is in it.
    pub kinds: &'static [(&'static str, &'static Shape)],
    /// Its headers: a name, and which header of the document it is.
    pub headers: &'static [(&'static str, &'static str)],
    /// What it leads to: a name, an operation, the parameter or the field of its body, and where in the answer its value is.
    pub links: &'static [(&'static str, &'static str, To)],
    /// An example that is no JSON.
    pub example: &'static str,
}

/// Where a link puts what it takes out of an answer.
#[derive(Clone, Copy, Debug)]
pub enum To {
    /// Into a parameter: its name, and the field of the answer.
    Parameter(&'static str, &'static str),
    /// Into a field of the body.
    Body(&'static str, &'static str),
}

impl Answered {
    /// An answer.
    pub const fn of(status: u16, says: &'static str, kinds: &'static [(&'static str, &'static Shape)]) -> Self {
        Self { status, says, kinds, headers: &[], links: &[], example: "" }
    }

    /// With headers.
    pub const fn headers(self, headers: &'static [(&'static str, &'static str)]) -> Self {
        Self { headers, ..self }
    }

    /// With what it leads to.
    pub const fn links(self, links: &'static [(&'static str, &'static str, To)]) -> Self {
        Self { links, ..self }
    }

    /// With an example.
    pub const fn example(self, example: &'static str) -> Self {
        Self { example, ..self }
    }
}
