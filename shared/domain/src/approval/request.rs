//! The asking: reads a request's body, naming every fault at once, and makes the approval it asks for.

use crate::approval::history::{Entry, Event};
use crate::approval::let_through::let_through;
use crate::approval::requester::{Link, Origin, Requester};
use crate::approval::shapes::CREATE_REQUEST_INPUT;
use crate::approval::title::title;
use crate::approval::{Approval, Executes, Lineage, Status};
use crate::digest::Digest;
use crate::limits;
use crate::params::hidden::{REDACTED, find_marker};
use crate::policy::{Effect, Policy, Rule, Ruling};
use crate::shape::Given;
use crate::{ApprovalId, Fault, Faults, Principal, Traceparent, Workspace};
use conditions::Facts;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

/// A request's body (`tests/contract/guard-api.yaml`, `CreateRequestInput`), read and without faults, and the trace it came in.
#[derive(Clone, Debug, Default)]
pub struct Ask {
    /// The action's name.
    pub action: String,
    /// Its parameters, original values.
    pub params: Map<String, Value>,
    /// `meta.origin`.
    pub origin: Origin,
    /// `meta.requester`.
    pub requester: Requester,
    /// `meta.justification`.
    pub justification: String,
    /// `meta.links`.
    pub links: Vec<Link>,
    /// `meta.taskId`.
    pub task_id: Option<String>,
    /// `policyHints.channel`.
    pub channel_hint: Option<String>,
    /// `callback.url`.
    pub callback: Option<String>,
    /// The header `traceparent`.
    pub traceparent: Option<Traceparent>,
}

impl Ask {
    /// Reads a body.
    ///
    /// # Errors
    /// Every fault, named by its path.
    pub fn read(body: &Value) -> Result<Self, Vec<Fault>> {
        let faults = Faults::default();
        let given = CREATE_REQUEST_INPUT.read(body, &faults);
        let meta = given.field("meta");
        let ask = Self {
            action: given.text("action").unwrap_or_default(),
            params: given.object("params").cloned().unwrap_or_default(),
            origin: origin(meta.field("origin")),
            requester: requester(meta.field("requester"), &faults),
            justification: meta.text("justification").unwrap_or_default(),
            links: meta.list("links").iter().filter_map(link).collect(),
            task_id: meta.text("taskId"),
            channel_hint: given.field("policyHints").text("channel"),
            callback: given.field("callback").text("url"),
            traceparent: None,
        };
        for path in find_marker(&Value::Object(ask.params.clone()), "params") {
            faults.add(path, format!("must not be {REDACTED}: it would be taken for a hidden value"));
        }
        faults.or(ask)
    }

    /// What a condition may ask about.
    pub fn facts<'a>(&'a self, asks: Asks<'a>, policy: &'a Policy) -> Facts<'a> {
        Facts {
            action: &self.action,
            params: &self.params,
            agent: asks.agent.name(),
            workspace: asks.workspace.as_str(),
            requester: self.requester.facts(),
            origin: self.origin.facts(),
            justification: &self.justification,
            now: asks.at,
            calendars: &policy.calendars,
        }
    }

    /// What an approval asked for, to be asked again with its original parameters.
    pub fn again(approval: &Approval, params: Map<String, Value>) -> Self {
        Self {
            action: approval.action.clone(),
            params,
            origin: approval.origin.clone(),
            requester: approval.requester.clone(),
            justification: approval.justification.clone(),
            links: approval.links.clone(),
            task_id: approval.task_id.clone(),
            channel_hint: approval.channel.clone(),
            callback: approval.callback.clone(),
            // A re-request has a trace of its own.
            traceparent: None,
        }
    }
}

fn origin(given: Given<'_>) -> Origin {
    let repo = given.text("repo").unwrap_or_default();
    Origin { repo, branch: given.text("branch"), pr: given.text("pr"), run_id: given.text("run_id") }
}

fn requester(given: Given<'_>, faults: &Faults) -> Requester {
    let requester = Requester { display: given.text("display"), ..Requester::read(given, "meta.requester", faults) };
    if requester.id.chars().count() > limits::NAME {
        faults.add("meta.requester.id", limits::too_long(limits::NAME));
    }
    requester
}

/// The contract requires neither field; without an address there is nothing to link to.
fn link(given: &Value) -> Option<Link> {
    let given = Given::of(Some(given));
    let url = given.text("url")?;
    Some(Link { label: given.text("label").unwrap_or_else(|| url.clone()), url })
}

/// Who asks, for which workspace, and when.
#[derive(Clone, Copy, Debug)]
pub struct Asks<'a> {
    /// The calling key's subject.
    pub agent: &'a Principal,
    /// Whose it is.
    pub workspace: &'a Workspace,
    /// When.
    pub at: Timestamp,
}

/// What the gate adds to an [`Ask`]: identities, secrets' products, and what the policy found.
#[derive(Clone, Debug)]
pub struct Admission<'a> {
    /// The new approval's id.
    pub id: ApprovalId,
    /// Whose it is.
    pub workspace: Workspace,
    /// The calling key's subject.
    pub asked_by: Principal,
    /// The calling key's owner.
    pub owner: Option<Principal>,
    /// The policy in force.
    pub policy: &'a Policy,
    /// What it says of the request.
    pub ruling: Ruling,
    /// The fields that hold.
    pub fields: &'a Rule,
    /// The parameters as they may be shown.
    pub view: Map<String, Value>,
    /// The redacted values, sealed.
    pub sealed: Option<String>,
    /// Over the original values.
    pub digest: Digest,
    /// The root secret the token was made under.
    pub token_number: u32,
    /// The token's hash.
    pub token_hash: String,
    /// Of the request's body.
    pub fingerprint: String,
    /// The agent's own time limit, in seconds.
    pub agent_timeout_sec: Option<u64>,
    /// The refused request this one repeats.
    pub lineage: Option<Lineage>,
}

/// Makes the approval that is asked for: the command *request* of the state machine.
pub fn request(ask: Ask, admission: Admission<'_>, now: Timestamp) -> Approval {
    let Admission { policy, fields, .. } = admission;
    let timeout = policy.timeout_sec(fields, admission.agent_timeout_sec);
    let author = (admission.ruling.effect == Effect::Allow).then(|| admission.ruling.author());
    // Nobody is asked for what the policy lets through.
    let (required, personas) = match author {
        Some(_) => (0, Vec::new()),
        None => (fields.min_approvals, fields.required_personas.clone()),
    };
    let status = if personas.is_empty() { Status::ReadyForApproval } else { Status::AwaitingPersonas };
    // A re-request is made by the caller who asks again, a person in Slack or the agent.
    let again = admission.lineage.as_ref();
    let failed = admission.ruling.failed.as_ref();
    let note = failed.map(|failed| format!("the rule {} could not be evaluated: {}", failed.rule, failed.why));
    let mut first = Entry::new(Event::Requested, now, Some(again.map_or(&admission.asked_by, |l| &l.by)), note);
    (first.seq, first.claimed) = (1, again.and_then(|l| l.claimed.clone()));
    let asked = Approval {
        title: title(&ask.action, &ask.requester, fields, &admission.view),
        channel: ask.channel_hint.filter(|hint| fields.allowed_channels.contains(hint)),
        id: admission.id,
        workspace: admission.workspace,
        version: 1,
        status,
        action: ask.action,
        params: admission.view,
        sealed: admission.sealed,
        asked: None,
        digest: admission.digest,
        justification: ask.justification,
        requester: ask.requester,
        task_id: ask.task_id.or_else(|| ask.origin.run_id.clone()),
        origin: ask.origin,
        links: ask.links,
        asked_by: admission.asked_by,
        owner: admission.owner,
        policy: policy.hash.clone(),
        required,
        required_first: None,
        personas,
        personas_first: None,
        acks: Vec::new(),
        votes: Vec::new(),
        created_at: now,
        expires_at: now.checked_add(SignedDuration::from_secs(timeout as i64)).unwrap_or(Timestamp::MAX),
        decided_at: None,
        reason_code: None,
        reason: None,
        escalated: false,
        lineage: admission.lineage,
        superseded_by: None,
        refused_before: None,
        executes: if fields.on_approved.is_some() { Executes::Gate } else { Executes::Agent },
        execution: None,
        reported: None,
        rule: admission.ruling.rule,
        failed: admission.ruling.failed,
        shadow: admission.ruling.shadow,
        callback: ask.callback,
        traceparent: ask.traceparent,
        token_number: admission.token_number,
        token_hash: admission.token_hash,
        fingerprint: admission.fingerprint,
        retention_days: policy.limits.retention_days,
        history: vec![first],
    };
    match author {
        Some(author) => let_through(asked, &author, now),
        None => asked,
    }
}
