//! Who carries an approval: the connectors that its rule names, else all of the workspace's, else the deployment's own Slack app; and
//! once it is escalated, those of the escalation as well.

use crate::connectors::Connectors;
use crate::{Failure, Gate};
use connectors::Vendor;
use connectors::connector::{Kind, Settings};
use domain::connector::Mode;
use domain::policy::{Escalation, Rule};
use domain::{Approval, Policy, Workspace};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use store::connectors::Connector;

/// The deployment's Slack app, as a connector.
pub const SLACK: &str = "slack";
/// What is added to the id of a Slack connector for the card in an escalation's channel.
pub const ESCALATION: &str = ":escalation";
/// How long one call of the deployment's own Slack app may take.
pub(crate) const ATTEMPT: Duration = Duration::from_secs(10);

/// A place that an approval is shown at.
pub(crate) struct Target {
    /// The delivery's id: the connector's, or with [`ESCALATION`].
    pub(crate) id: String,
    /// For people.
    pub(crate) name: String,
    /// Ready to be called; else why it can't be.
    pub(crate) vendor: Result<Vendor, &'static str>,
    /// The connector, unless it is the deployment's own.
    pub(crate) connector: Option<Connector>,
}

/// How an approval reaches people.
pub(crate) struct Plan {
    /// In order.
    pub(crate) targets: Vec<Target>,
    pub(crate) mode: Mode,
    pub(crate) fallback_to_ui: bool,
    /// Those of the escalation, each on its own.
    pub(crate) escalated: Vec<Target>,
    /// Names that stand for no connector that is enabled.
    pub(crate) missing: Vec<String>,
    /// Whether the rule lets approvers change parameters, and lets it be asked again; how loud it is.
    pub(crate) editable: bool,
    pub(crate) re_requestable: bool,
    pub(crate) severity: Option<&'static str>,
    /// Whether the event that is looked into is about the newest there is.
    pub(crate) newest: bool,
}

impl Gate {
    /// How an approval reaches people, by the policy of a moment ago and the one it was asked under.
    pub(crate) async fn plan(&self, approval: &Approval) -> Result<Plan, Failure> {
        let connectors = self.recent_connectors(&approval.workspace).await?;
        let policy = self.recent_policy(&approval.workspace).await?;
        let found = policy.as_ref().and_then(|policy| policy.find(&approval.action).ok());
        let rule = found.map(|found| found.rule);
        let mut plan = Plan {
            targets: Vec::new(),
            mode: rule.and_then(|r| r.delivery.as_ref()?.mode).unwrap_or(connectors.defaults.mode),
            fallback_to_ui: fallback(rule).unwrap_or(connectors.defaults.fallback_to_ui),
            escalated: Vec::new(),
            missing: Vec::new(),
            editable: rule.is_some_and(|r| !r.override_keys.is_empty()),
            re_requestable: rule.is_some_and(|r| r.allow_re_request),
            severity: rule.and_then(|r| r.severity),
            newest: true,
        };
        let named = rule.and_then(|r| r.delivery.as_ref()).map(|d| d.connectors.as_slice()).unwrap_or_default();
        let executors = policy.as_ref().map(|policy| policy.executors()).unwrap_or_default();
        plan.targets = self.targets(approval, &connectors, (named, &executors), &mut plan.missing)?;
        if plan.targets.is_empty() && named.is_empty() {
            plan.targets.extend(self.own_slack(approval, policy.as_deref(), None));
        }
        if approval.escalated
            && let Some(escalation) = self.escalation_of(approval).await?
        {
            plan.escalated = self.escalation(approval, &connectors, &escalation, &plan, policy.as_deref())?;
        }
        Ok(plan)
    }

    /// The connectors of these names, in order; without names all that are enabled, in the order they were made, but for those that
    /// execute: they are machines, not people.
    fn targets(
        &self,
        approval: &Approval,
        connectors: &Connectors,
        (names, executors): (&[String], &[&str]),
        missing: &mut Vec<String>,
    ) -> Result<Vec<Target>, Failure> {
        let mut targets = Vec::new();
        if names.is_empty() {
            let executes = |c: &&Connector| executors.iter().any(|name| name.eq_ignore_ascii_case(&c.name));
            for connector in connectors.all.iter().filter(|c| c.enabled && !executes(c)) {
                targets.push(self.target(approval, connector, connectors, None)?);
            }
            return Ok(targets);
        }
        for name in names {
            match connectors.named(name).filter(|c| c.enabled) {
                Some(connector) => targets.push(self.target(approval, connector, connectors, None)?),
                None => missing.push(name.clone()),
            }
        }
        Ok(targets)
    }

    pub(super) fn target(
        &self,
        approval: &Approval,
        connector: &Connector,
        connectors: &Connectors,
        channel: Option<&str>,
    ) -> Result<Target, Failure> {
        let mut settings = self.open(&approval.workspace, connector, &connectors.defaults)?;
        let own = approval.channel.as_deref().filter(|_| connector.kind == Kind::Slack);
        if let Some(channel) = channel.or(own) {
            settings.endpoint = channel.to_owned();
        }
        Ok(Target {
            id: if channel.is_some() { format!("{}{ESCALATION}", connector.id) } else { connector.id.clone() },
            name: connector.name.clone(),
            vendor: Ok(self.vendor(connector, &settings)),
            connector: Some(connector.clone()),
        })
    }

    /// Further connectors, and a further channel of the first Slack among those that carry it.
    fn escalation(
        &self,
        approval: &Approval,
        connectors: &Connectors,
        escalation: &Escalation,
        plan: &Plan,
        policy: Option<&Policy>,
    ) -> Result<Vec<Target>, Failure> {
        let mut targets = Vec::new();
        for name in &escalation.connectors {
            let carries = |c: &&Connector| c.enabled && plan.targets.iter().all(|t| t.id != c.id);
            if let Some(connector) = connectors.named(name).filter(carries) {
                targets.push(self.target(approval, connector, connectors, None)?);
            }
        }
        if let Some(channel) = &escalation.channel {
            let slack = plan.targets.iter().filter_map(|t| t.connector.as_ref()).find(|c| c.kind == Kind::Slack);
            match slack {
                Some(connector) => targets.push(self.target(approval, connector, connectors, Some(channel))?),
                None => targets.extend(self.own_slack(approval, policy, Some(channel))),
            }
        }
        Ok(targets)
    }

    /// The deployment's own Slack app, which serves the default workspace only.
    pub(super) fn own_slack(
        &self,
        approval: &Approval,
        policy: Option<&Policy>,
        channel: Option<&str>,
    ) -> Option<Target> {
        let slack = self.slack.as_ref().filter(|_| approval.workspace == Workspace::default_name())?;
        let token = slack.bot_token.as_ref()?;
        let usual = || policy.and_then(|policy| policy.routing.default_channel.as_deref());
        let endpoint = channel.or(approval.channel.as_deref()).or_else(usual);
        let headers = BTreeMap::from([("X-Slack-Bot-Token".to_owned(), token.clone())]);
        let settings = |endpoint: &str| Settings {
            kind: Kind::Slack,
            endpoint: endpoint.to_owned(),
            headers,
            timeout: ATTEMPT,
            strict: false,
        };
        let team = Arc::clone(&slack.team);
        let vendor = endpoint.map(|channel| Vendor::new(&self.http, &settings(channel), &slack.api_url, team));
        Some(Target {
            id: if channel.is_some() { format!("{SLACK}{ESCALATION}") } else { SLACK.to_owned() },
            name: SLACK.to_owned(),
            vendor: vendor.ok_or("the policy names no channel"),
            connector: None,
        })
    }
}

fn fallback(rule: Option<&Rule>) -> Option<bool> {
    rule?.delivery.as_ref()?.fallback_to_ui
}
