//! What somebody is writing, and what a trial says of it.

use crate::visit::Visit;
use app::Failure;
use app::settings::check_policy::{Trial, Verdict, check_policy};
use app::settings::replace_policy::PolicyInForce;
use domain::{Fault, limits};
use lambda::{Error, Fields};
use serde_json::{Map, Value};

/// What an empty workspace is offered.
const STARTER: &str = include_str!("../starter.yaml");
/// Where the sample's parameters are faulty.
const SAMPLE: &str = "sample parameters";

/// What somebody is writing.
pub(super) struct Draft {
    pub(super) text: String,
    /// The policy that was in force when the draft began; empty if there was none.
    pub(super) etag: String,
    pub(super) action: String,
    pub(super) params: String,
}

impl Draft {
    pub(super) fn of(current: Option<&PolicyInForce>) -> Self {
        let text = line_feeds(current.map_or(STARTER, |c| &c.text));
        let etag = current.map(|c| c.head.hash.clone()).unwrap_or_default();
        Self { text, etag, action: String::new(), params: String::new() }
    }

    pub(super) fn read(fields: &Fields) -> Result<Self, Error> {
        let text = line_feeds(fields.get("text"));
        if text.len() > limits::BODY_BYTES {
            return Err(Error::TooLarge(limits::BODY_BYTES));
        }
        let (action, params) = (fields.get("action").trim().to_owned(), line_feeds(fields.get("params")));
        Ok(Self { text, etag: fields.get("etag").to_owned(), action, params })
    }

    /// What the text says of the sample. Sample parameters that are none are a fault like any other.
    pub(super) async fn tried(&self, visit: &Visit<'_>) -> Result<Verdict, Failure> {
        let params = sample(&self.params);
        let action = Some(self.action.clone()).filter(|action| !action.is_empty() && params.is_ok());
        let (params, fault) = params.map_or_else(|fault| (Map::new(), Some(fault)), |params| (params, None));
        let trial = Trial { policy: Some(self.text.clone()), action, params };
        let mut verdict = check_policy(&visit.has.gate, &visit.session.caller, &trial).await?;
        verdict.valid &= fault.is_none();
        verdict.faults.extend(fault);
        Ok(verdict)
    }
}

/// Browsers send a text with the line ends of a form.
pub(super) fn line_feeds(text: &str) -> String {
    text.replace("\r\n", "\n")
}

fn sample(text: &str) -> Result<Map<String, Value>, Fault> {
    let fault = |problem: String| Fault::new(SAMPLE, problem);
    match domain::params::json::parse(text.as_bytes()) {
        _ if text.trim().is_empty() => Ok(Map::new()),
        Ok(Value::Object(params)) => Ok(params),
        Ok(_) => Err(fault("must be a JSON object".into())),
        Err(problem) => Err(fault(format!("must be a JSON object: {problem}"))),
    }
}
