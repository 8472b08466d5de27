//! The policy editor: read, tried, compared with what is in force, and put in force by whoever has seen that.

mod drawn;
mod verdict;

use crate::page;
use crate::visit::Visit;
use app::Failure;
use app::settings::check_policy::{Trial, Verdict, check_policy};
use app::settings::replace_policy::{Expecting, PolicyInForce, read_policy, replace_policy};
use domain::Fault;
use lambda::{Answer, Error, Fields};
use serde_json::{Map, Value};

/// What an empty workspace is offered.
const STARTER: &str = include_str!("../starter.yaml");
/// The most a policy may have, as through the API.
const MOST_BYTES: usize = 256 * 1024;
/// Where the sample's parameters are faulty.
const SAMPLE: &str = "sample parameters";

/// What somebody is writing.
struct Draft {
    text: String,
    /// The policy in force that it was drawn from; empty where there was none.
    etag: String,
    action: String,
    params: String,
}

impl Draft {
    fn of(current: Option<&PolicyInForce>) -> Self {
        let text = line_feeds(current.map_or(STARTER, |c| &c.text));
        let etag = current.map(|c| c.head.hash.clone()).unwrap_or_default();
        Self { text, etag, action: String::new(), params: String::new() }
    }

    fn read(fields: &Fields) -> Result<Self, Error> {
        let text = line_feeds(fields.get("text"));
        if text.len() > MOST_BYTES {
            return Err(Error::TooLarge);
        }
        let (action, params) = (fields.get("action").trim().to_owned(), line_feeds(fields.get("params")));
        Ok(Self { text, etag: fields.get("etag").to_owned(), action, params })
    }

    /// What the text says of the sample. Sample parameters that are none are a fault like any other.
    async fn tried(&self, visit: &Visit<'_>) -> Result<Verdict, Failure> {
        let params = sample(&self.params);
        let action = Some(self.action.clone()).filter(|action| !action.is_empty() && params.is_ok());
        let (params, fault) = params.map_or_else(|fault| (Map::new(), Some(fault)), |params| (params, None));
        let trial = Trial { policy: Some(self.text.clone()), action, params };
        let mut verdict = check_policy(visit.gate, &visit.session.caller, &trial).await?;
        verdict.valid &= fault.is_none();
        verdict.faults.extend(fault);
        Ok(verdict)
    }
}

/// Browsers send a text with the line ends of a form.
fn line_feeds(text: &str) -> String {
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

async fn in_force(visit: &Visit<'_>) -> Result<Option<PolicyInForce>, Failure> {
    match read_policy(visit.gate, &visit.session.caller).await {
        Ok(current) => Ok(Some(current)),
        Err(Failure::NotFound(_)) => Ok(None),
        Err(e) => Err(e),
    }
}

pub(super) async fn show(visit: &Visit<'_>) -> Result<Answer, Error> {
    let current = in_force(visit).await?;
    let draft = Draft::of(current.as_ref());
    Ok(drawn::editor(visit, current.as_ref(), &draft, None))
}

/// Back from the review, with everything that was typed.
pub(super) async fn edit(visit: &Visit<'_>, fields: &Fields) -> Result<Answer, Error> {
    let draft = Draft::read(fields)?;
    Ok(drawn::editor(visit, in_force(visit).await?.as_ref(), &draft, None))
}

/// Tries a draft, and shows what it would change.
pub(super) async fn review(visit: &Visit<'_>, fields: &Fields) -> Result<Answer, Error> {
    let draft = Draft::read(fields)?;
    let verdict = draft.tried(visit).await?;
    let current = in_force(visit).await?;
    match current {
        current if !verdict.valid || fields.get("only") == "dry-run" => {
            Ok(drawn::editor(visit, current.as_ref(), &draft, Some(&verdict)))
        }
        Some(newer) if newer.head.hash != draft.etag => conflict(visit, &newer, draft).await,
        current => Ok(drawn::review(visit, current.as_ref(), &draft, &verdict)),
    }
}

/// Puts in force what was reviewed, in place of what it was compared with and nothing else.
pub(super) async fn replace(visit: &Visit<'_>, fields: &Fields) -> Result<Answer, Error> {
    let draft = Draft::read(fields)?;
    let expecting = match draft.etag.as_str() {
        "" => Expecting::Nothing,
        hash => Expecting::Hash(hash.to_owned()),
    };
    match replace_policy(visit.gate, &visit.session.caller, draft.text.clone(), expecting).await {
        Ok(_) => Ok(page::redirect("/console/settings/policy?done=replaced")),
        Err(Failure::Conflict(_)) => match in_force(visit).await? {
            Some(newer) => conflict(visit, &newer, draft).await,
            None => Ok(drawn::editor(visit, None, &Draft { etag: String::new(), ..draft }, None)),
        },
        Err(Failure::Invalid(faults)) => {
            let verdict = Verdict { valid: false, faults, hash: None, decision: None };
            Ok(drawn::editor(visit, in_force(visit).await?.as_ref(), &draft, Some(&verdict)))
        }
        Err(e) => Err(e.into()),
    }
}

/// Another was put in force since the draft was drawn: it is shown, and the draft goes on from there.
async fn conflict(visit: &Visit<'_>, newer: &PolicyInForce, draft: Draft) -> Result<Answer, Error> {
    let workspace = &visit.session.caller.workspace;
    let base = match draft.etag.as_str() {
        "" => None,
        hash => visit.gate.store.get_policy_text(workspace, hash).await.map_err(Failure::from)?,
    };
    let draft = Draft { etag: newer.head.hash.clone(), ..draft };
    Ok(drawn::conflict(visit, newer, base.as_deref(), &draft))
}
