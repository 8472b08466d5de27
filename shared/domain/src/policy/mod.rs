//! The policy: which action asks whom. One document per workspace, in YAML or JSON.

#[cfg(test)]
mod agreement;
mod check;
mod document;
mod find;
mod parse;
mod people;
mod read;
mod rules;
pub(crate) mod schema;
pub mod shape;
mod ties;

pub use find::Found;
pub use rules::{Failed, Ruling, Shadow};

use crate::Principal;
use crate::connector::Mode;
use crate::params::redact::Redaction;
use conditions::{Calendars, Condition};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The time an approval stays open where nobody says otherwise, in seconds: a day.
pub const DEFAULT_TIMEOUT_SEC: u64 = 24 * 3600;

/// A workspace's policy, whole and without faults.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// SHA-256 of the document's text in hexadecimal: the ETag, and the name its snapshot is kept under.
    pub hash: String,
    /// Who is who: identities of one person count once.
    pub people: BTreeMap<String, Vec<Principal>>,
    /// Names that co-sign, and who may in each name.
    pub personas: BTreeMap<String, Vec<Principal>>,
    /// Where requests go where an action does not say.
    pub routing: Routing,
    /// What holds for actions that the document does not name.
    pub unknown_action: UnknownAction,
    /// May approve any action, each counting as one.
    pub super_approvers: Vec<Principal>,
    /// Rates and retention.
    pub limits: Limits,
    /// Hours that a condition can ask for, by name.
    pub calendars: Calendars,
    /// By action name or glob.
    pub actions: BTreeMap<String, Rule>,
    /// What governs an unknown action under `unknownAction: manual`: the super-approvers, one approval.
    pub manual: Rule,
}

/// Where requests go where an action does not say.
#[derive(Clone, Debug, Default)]
pub struct Routing {
    /// A Slack channel id.
    pub default_channel: Option<String>,
    /// Seconds.
    pub default_timeout_sec: Option<u64>,
    /// Hosts that a request's `callback` may name.
    pub callback_hosts: Vec<String>,
}

/// What becomes of an action that no rule matches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnknownAction {
    /// Refused.
    #[default]
    Deny,
    /// The super-approvers are asked.
    Manual,
}

/// Rates and retention.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Creates a minute for the whole workspace; as many may come at once.
    pub creates_per_minute: u64,
    /// Requests a minute that the policy lets through, for the whole workspace; as many may come at once.
    pub allowed_per_minute: u64,
    /// Re-requests an hour for one lineage.
    pub re_requests_per_hour: u64,
    /// Days that an ended approval is kept.
    pub retention_days: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { creates_per_minute: 60, allowed_per_minute: 6_000, re_requests_per_hour: 5, retention_days: 400 }
    }
}

/// What becomes of a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Nobody is asked: the request is approved.
    Allow,
    /// People decide.
    #[default]
    Ask,
    /// The request is refused.
    Deny,
}

impl Effect {
    /// `allow`, `ask` or `deny`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Ask => "ask",
            Self::Deny => "deny",
        }
    }
}

/// A rule inside an action.
#[derive(Clone, Debug)]
pub struct Conditional {
    /// Unique within the action.
    pub name: String,
    /// Without a condition the rule holds for every request.
    pub when: Option<Condition>,
    /// Why it denies, for the caller.
    pub reason: Option<String>,
    /// `mode: shadow`: the rule is evaluated and recorded, and changes nothing.
    pub shadow: bool,
    /// The action's fields, with those that the rule overrides. Their effect is the rule's.
    pub fields: Rule,
}

/// What one action needs.
#[derive(Clone, Debug, Default)]
pub struct Rule {
    /// What becomes of a request that none of the rules decides.
    pub effect: Effect,
    /// The rules inside the action, in order; none in the fields of a rule.
    pub rules: Vec<Conditional>,
    /// For people.
    pub description: Option<String>,
    /// A title with `{params.<path>}` placeholders.
    pub title: Option<String>,
    /// Any of these may approve.
    pub approvers: Vec<Principal>,
    /// How many distinct people must.
    pub min_approvals: u64,
    /// Personas that must acknowledge first.
    pub required_personas: Vec<String>,
    /// Seconds until it expires.
    pub timeout_sec: Option<u64>,
    /// What nobody is shown.
    pub redaction: Redaction,
    /// Keys that an approver may change; empty where edits are not allowed.
    pub override_keys: Vec<String>,
    /// JSON Schema that edited parameters must satisfy.
    pub override_schema: Option<Arc<Value>>,
    /// Slack channels that a request's hint may choose from.
    pub allowed_channels: Vec<String>,
    /// Which connectors carry it.
    pub delivery: Option<Delivery>,
    /// What happens shortly before it expires.
    pub escalation: Option<Escalation>,
    /// The webhook that executes it once approved.
    pub on_approved: Option<OnApproved>,
    /// How loud it is, for PagerDuty: `critical`, `error`, `warning` or `info`.
    pub severity: Option<&'static str>,
    /// Whether it may be asked again after a refusal.
    pub allow_re_request: bool,
    /// Seconds between a refusal and the next asking.
    pub re_request_cooldown_sec: u64,
    /// Whether the requester may also decide.
    pub allow_self_approval: bool,
}

impl Rule {
    /// What stands in the document for an action that must be approved by somebody, before the document is read.
    fn blank() -> Self {
        Self { min_approvals: 1, ..Self::default() }
    }
}

/// Which connectors carry a request.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// Names, in order.
    pub connectors: Vec<String>,
    /// In which order they are tried.
    pub mode: Option<Mode>,
    /// Whether it waits in the console when none succeeds; else it is denied.
    pub fallback_to_ui: Option<bool>,
}

/// What happens shortly before a request expires.
#[derive(Clone, Debug)]
pub struct Escalation {
    /// Seconds before the deadline.
    pub before_sec: u64,
    /// Further connectors that the approval is posted to.
    pub connectors: Vec<String>,
    /// A further Slack channel that the approval is posted to.
    pub channel: Option<String>,
    /// The raised quorum.
    pub min_approvals: Option<u64>,
}

/// The webhook that executes an approved action.
#[derive(Clone, Debug)]
pub struct OnApproved {
    /// A connector's name.
    pub connector: String,
    /// Seconds that one attempt may take.
    pub timeout_sec: u64,
}

impl Policy {
    /// The fields of each action, and of each of its rules.
    pub fn all_fields(&self) -> impl Iterator<Item = (&String, &Rule)> {
        self.actions.iter().flat_map(|(name, action)| {
            let rules = action.rules.iter().map(|rule| &rule.fields);
            std::iter::once(action).chain(rules).map(move |fields| (name, fields))
        })
    }

    /// The connectors that execute.
    pub fn executors(&self) -> Vec<&str> {
        self.all_fields().filter_map(|(_, rule)| Some(rule.on_approved.as_ref()?.connector.as_str())).collect()
    }

    /// The actions that name a connector, in whatever part.
    pub fn users_of_connector(&self, name: &str) -> Vec<String> {
        let uses = |rule: &Rule| {
            let delivery = rule.delivery.iter().flat_map(|d| &d.connectors);
            let escalation = rule.escalation.iter().flat_map(|e| &e.connectors);
            let executes = rule.on_approved.iter().map(|o| &o.connector);
            delivery.chain(escalation).chain(executes).any(|used| used.eq_ignore_ascii_case(name))
        };
        let mut all: Vec<String> =
            self.all_fields().filter(|(_, rule)| uses(rule)).map(|(action, _)| action.clone()).collect();
        all.dedup();
        all
    }

    /// The person an identity belongs to: a name of `people`, else the identity itself, whatever its Slack team. A quorum counts
    /// people by this, so a doubt makes two identities one person and never one person two.
    pub fn person(&self, who: &Principal, teams: &[String]) -> String {
        let whose = |same: &dyn Fn(&Principal) -> bool| {
            self.people.iter().find(|(_, ids)| ids.iter().any(same)).map(|(name, _)| name.clone())
        };
        let named = whose(&|id| id.names(who, teams)).or_else(|| whose(&|id| id.resembles(who)));
        named.unwrap_or_else(|| format!("{}:{}", who.kind().word(), who.name()))
    }

    /// Seconds a request for this rule stays open, by the action, else the agent's own setting, else the workspace's, else a day.
    pub fn timeout_sec(&self, rule: &Rule, agent: Option<u64>) -> u64 {
        rule.timeout_sec.or(agent).or(self.routing.default_timeout_sec).unwrap_or(DEFAULT_TIMEOUT_SEC)
    }
}
