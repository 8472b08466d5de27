//! The asking: reads a request's body, naming every fault at once, and makes the approval it asks for.

use crate::approval::history::{Entry, Event};
use crate::approval::requester::{Link, Origin, Requester};
use crate::approval::title::title;
use crate::approval::{Approval, Executes, Lineage, Status};
use crate::digest::Digest;
use crate::fault::Object;
use crate::limits;
use crate::params::hidden::{REDACTED, find_marker};
use crate::policy::{Found, Policy};
use crate::{ApprovalId, Fault, Faults, Principal, Traceparent, Workspace};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

/// A request's body (guard-api.md, `CreateRequestInput`), read and without faults, and the trace it came in.
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
        let mut o = faults.object("", body);
        let action = o.need_text("action", 1);
        let params =
            o.need_object("params").map(|_| o.get("params").and_then(Value::as_object).cloned().unwrap_or_default());
        let mut ask = Self { action, params: params.unwrap_or_default(), ..Self::default() };
        if let Some(meta) = o.need_object("meta") {
            ask.read_meta(&faults, meta);
        }
        ask.channel_hint = o.object("policyHints").and_then(|mut hints| hints.text("channel"));
        if let Some(mut callback) = o.object("callback") {
            let url = callback.need_text("url", 1);
            if url.len() > limits::URL {
                callback.fault("url", limits::too_long(limits::URL));
            }
            ask.callback = Some(url);
        }
        for path in find_marker(&Value::Object(ask.params.clone()), "params") {
            faults.add(path, format!("must not be {REDACTED}: it would be taken for a hidden value"));
        }
        ask.check_lengths(&faults);
        faults.or(ask)
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
            // Whoever asks again does so in a trace of their own.
            traceparent: None,
        }
    }

    fn read_meta(&mut self, faults: &Faults, mut meta: Object<'_>) {
        if let Some(mut o) = meta.need_object("origin") {
            let repo = o.need_text("repo", 0);
            self.origin = Origin { repo, branch: o.text("branch"), pr: o.text("pr"), run_id: o.text("run_id") };
        }
        if let Some(mut o) = meta.need_object("requester") {
            self.requester = Requester { display: o.text("display"), ..Requester::read(&mut o) };
        }
        self.justification = meta.need_text("justification", 3);
        self.task_id = meta.text("taskId");
        let links = meta.list("links");
        if links.len() > limits::LINKS {
            meta.fault("links", format!("must be at most {}", limits::LINKS));
        }
        for (path, link) in links {
            let mut link = faults.object(&path, link);
            let label = link.text("label");
            let url = link.text("url");
            if url.as_ref().is_some_and(|url| !web(url)) {
                link.fault("url", "must be an http or https address");
            }
            if label.as_ref().is_some_and(|l| l.chars().count() > limits::NAME) {
                link.fault("label", limits::too_long(limits::NAME));
            }
            // The contract requires neither; without an address there is nothing to link to.
            self.links.extend(url.map(|url| Link { label: label.unwrap_or_else(|| url.clone()), url }));
        }
    }

    fn check_lengths(&self, faults: &Faults) {
        let names = [
            ("action", Some(&self.action)),
            ("meta.origin.repo", Some(&self.origin.repo)),
            ("meta.origin.branch", self.origin.branch.as_ref()),
            ("meta.origin.pr", self.origin.pr.as_ref()),
            ("meta.origin.run_id", self.origin.run_id.as_ref()),
            ("meta.requester.id", Some(&self.requester.id)),
            ("meta.requester.display", self.requester.display.as_ref()),
            ("meta.taskId", self.task_id.as_ref()),
            ("policyHints.channel", self.channel_hint.as_ref()),
        ];
        let long = names.into_iter().filter(|(_, text)| text.is_some_and(|t| t.chars().count() > limits::NAME));
        long.for_each(|(field, _)| faults.add(field, limits::too_long(limits::NAME)));
        if self.justification.chars().count() > limits::JUSTIFICATION {
            faults.add("meta.justification", limits::too_long(limits::JUSTIFICATION));
        }
    }
}

fn web(url: &str) -> bool {
    url.len() <= limits::URL
        && url::Url::parse(url).is_ok_and(|u| matches!(u.scheme(), "http" | "https") && u.has_host())
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
    /// The rule that governs the action.
    pub found: Found<'a>,
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
    let Admission { policy, found, .. } = admission;
    let timeout = policy.timeout_sec(found.rule, admission.agent_timeout_sec);
    let status =
        if found.rule.required_personas.is_empty() { Status::ReadyForApproval } else { Status::AwaitingPersonas };
    // Asked again, it is asked by whoever does so now: a person in Slack, or the agent.
    let again = admission.lineage.as_ref();
    let mut first = Entry::new(Event::Requested, now, Some(again.map_or(&admission.asked_by, |l| &l.by)), None);
    (first.seq, first.claimed) = (1, again.and_then(|l| l.claimed.clone()));
    Approval {
        title: title(&ask.action, &ask.requester, found.rule, &admission.view),
        channel: ask.channel_hint.filter(|hint| found.rule.allowed_channels.contains(hint)),
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
        required: found.rule.min_approvals,
        required_first: None,
        personas: found.rule.required_personas.clone(),
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
        executes: if found.rule.on_approved.is_some() { Executes::Gate } else { Executes::Agent },
        execution: None,
        reported: None,
        callback: ask.callback,
        traceparent: ask.traceparent,
        token_number: admission.token_number,
        token_hash: admission.token_hash,
        fingerprint: admission.fingerprint,
        retention_days: policy.limits.retention_days,
        history: vec![first],
    }
}
