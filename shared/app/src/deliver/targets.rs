//! The connectors that carry an approval: those that its rule names, else all of the workspace's, else the deployment's own Slack app.
//! After an escalation those of the escalation too, each on its own.

use crate::memory::connectors::Connectors;
use crate::{Couriers, Failure};
use domain::connector::Mode;
use domain::delivery::Delivery;
use domain::delivery::surface::{ESCALATION, SLACK};
use domain::policy::{Escalation, Rule};
use domain::{Approval, Policy, Workspace};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use store::connectors::Connector;
use vendors::Vendor;
use vendors::connector::{Kind, Settings};

/// The reason if a connector was sealed under a root secret that is retired.
pub(crate) const SEALED: &str = "its secrets cannot be opened";
/// How long one call of the deployment's own Slack app may take.
pub(crate) const ATTEMPT: Duration = Duration::from_secs(10);

/// A place that an approval is shown at.
pub(crate) struct Target {
    /// The delivery's id: the connector's, or with [`ESCALATION`].
    pub(crate) id: String,
    /// For people.
    pub(crate) name: String,
    /// The vendor, ready to be called; else why it cannot be called.
    pub(crate) vendor: Result<Vendor, &'static str>,
    /// The connector, unless it is the deployment's own.
    pub(crate) connector: Option<Connector>,
}

impl Target {
    /// The vendor; the deployment's own app is Slack.
    pub(crate) fn kind(&self) -> Kind {
        self.connector.as_ref().map_or(Kind::Slack, |connector| connector.kind)
    }
}

/// How an approval reaches people.
pub(crate) struct Plan {
    /// In order.
    pub(crate) targets: Vec<Target>,
    pub(crate) mode: Mode,
    pub(crate) fallback_to_ui: bool,
    /// Those of the escalation, each on its own.
    pub(crate) escalated: Vec<Target>,
    /// Names in the policy that no enabled connector has.
    pub(crate) missing: Vec<String>,
    /// Whether every connector that carries the approval beside others (mode `all`, an escalation) is enabled.
    pub(crate) complete: bool,
    /// Whether the rule allows edits and re-requests, and its severity.
    pub(crate) editable: bool,
    pub(crate) re_requestable: bool,
    pub(crate) severity: Option<&'static str>,
}

impl Couriers {
    /// The plan for an approval, from policy and connectors that may be stale. The two may be of different moments: if a name is in one and
    /// not in the other, and no later event would correct that, both are read again.
    pub(crate) async fn plan(
        &self,
        approval: &Approval,
        deliveries: impl Iterator<Item = &Delivery>,
    ) -> Result<Plan, Failure> {
        let cards: Vec<&Delivery> = deliveries.filter(|d| d.is_out()).collect();
        let plan = self.planned(approval, &cards).await?;
        if plan.complete { Ok(plan) } else { self.planned_afresh(approval, &cards).await }
    }

    /// The same from the policy and connectors in force now. A connector is made before a policy names it, and deleted afterwards. So the
    /// policy is read first: every connector that it names exists already. If one is gone, the policy may have been replaced in between, so
    /// it is read once more.
    pub(super) async fn fresh_plan(
        &self,
        approval: &Approval,
        deliveries: impl Iterator<Item = &Delivery>,
    ) -> Result<Plan, Failure> {
        let cards: Vec<&Delivery> = deliveries.filter(|d| d.is_out()).collect();
        self.planned_afresh(approval, &cards).await
    }

    async fn planned_afresh(&self, approval: &Approval, cards: &[&Delivery]) -> Result<Plan, Failure> {
        let read = async || {
            self.memory.policies.forget(&approval.workspace);
            self.memory.connectors.forget(&approval.workspace);
            self.planned(approval, cards).await
        };
        let plan = read().await?;
        if plan.missing.is_empty() && plan.complete { Ok(plan) } else { read().await }
    }

    async fn planned(&self, approval: &Approval, cards: &[&Delivery]) -> Result<Plan, Failure> {
        let shown = cards.iter().map(|d| d.connector.as_str()).collect();
        let current = self.recent_policy(&approval.workspace).await?;
        let connectors = self.recent_connectors(&approval.workspace).await?;
        let rule = approval.rule.as_ref();
        let allowed = current.as_ref().and_then(|policy| policy.fields_for(&approval.action, rule));
        let policy = self.governing(approval, current.clone()).await?;
        let rule = policy.fields_for(&approval.action, rule);
        let mut plan = Plan {
            targets: Vec::new(),
            mode: rule.and_then(|r| r.delivery.as_ref()?.mode).unwrap_or(connectors.defaults.mode),
            fallback_to_ui: fallback(rule).unwrap_or(connectors.defaults.fallback_to_ui),
            escalated: Vec::new(),
            missing: Vec::new(),
            complete: true,
            editable: allowed.is_some_and(|r| !r.override_keys.is_empty()),
            re_requestable: allowed.is_some_and(|r| r.allow_re_request),
            severity: rule.and_then(|r| r.severity),
        };
        let named = rule.and_then(|r| r.delivery.as_ref()).map(|d| d.connectors.as_slice()).unwrap_or_default();
        let executors = [Some(&policy), current.as_ref()].into_iter().flatten().flat_map(|p| p.executors()).collect();
        plan.targets = self.targets(approval, &connectors, (named, executors), &mut plan.missing)?;
        plan.complete = plan.missing.is_empty() || plan.mode == Mode::FirstSuccess;
        if plan.targets.is_empty() && named.is_empty() {
            let known = cards.iter().find(|d| d.connector == SLACK).and_then(|d| d.channel.as_deref());
            plan.targets.extend(self.own_slack_of(approval, &policy, known));
        }
        if approval.escalated
            && let Some(escalation) = self.escalation_of(approval).await?
        {
            self.escalate(approval, &connectors, (&escalation, &policy), &shown, &mut plan)?;
        }
        Ok(plan)
    }

    /// The policy that names the connectors: the one in force (perhaps stale) if it names the action, else the one that the request was
    /// made under. A policy that denies or no longer names the action adds no connector.
    async fn governing(&self, approval: &Approval, current: Option<Arc<Policy>>) -> Result<Arc<Policy>, Failure> {
        let names = |policy: &Arc<Policy>| policy.find(&approval.action).is_ok_and(|found| !found.pattern.is_empty());
        match current.filter(names) {
            Some(policy) => Ok(policy),
            None => self.policy_of_hash(&approval.workspace, &approval.policy).await,
        }
    }

    /// The connectors with these names, in order. Without names, all enabled ones in the order in which they were made, except those that
    /// execute, because these reach machines and not people.
    fn targets(
        &self,
        approval: &Approval,
        connectors: &Connectors,
        (names, executors): (&[String], Vec<&str>),
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
        let own = approval.channel.as_deref().filter(|_| connector.kind == Kind::Slack);
        let vendor = match self.open(&approval.workspace, connector, &connectors.defaults) {
            Ok(mut settings) => {
                settings.endpoint = channel.or(own).map_or(settings.endpoint, str::to_owned);
                Ok(self.vendor(connector, &settings))
            }
            Err(why) => {
                tracing::error!(connector = connector.id, %why, "a connector's secrets cannot be opened");
                Err(SEALED)
            }
        };
        Ok(Target {
            id: if channel.is_some() { format!("{}{ESCALATION}", connector.id) } else { connector.id.clone() },
            name: connector.name.clone(),
            vendor,
            connector: Some(connector.clone()),
        })
    }

    /// Further connectors, and a further channel of the first Slack among those that carry it. A connector that the policy names anyway,
    /// and that shows nothing yet, is posted to now, even if another connector carries the approval.
    fn escalate(
        &self,
        approval: &Approval,
        connectors: &Connectors,
        (escalation, policy): (&Escalation, &Policy),
        shown: &BTreeSet<&str>,
        plan: &mut Plan,
    ) -> Result<(), Failure> {
        let slack = plan.targets.iter().filter_map(|t| t.connector.as_ref()).find(|c| c.kind == Kind::Slack).cloned();
        let enabled = |name: &&String| connectors.named(name).is_some_and(|c| c.enabled);
        plan.complete &= escalation.connectors.iter().all(|name| enabled(&name));
        for connector in escalation.connectors.iter().filter_map(|name| connectors.named(name)).filter(|c| c.enabled) {
            match plan.targets.iter().position(|target| target.id == connector.id) {
                Some(_) if shown.contains(connector.id.as_str()) => {}
                Some(at) => plan.escalated.push(plan.targets.remove(at)),
                None => plan.escalated.push(self.target(approval, connector, connectors, None)?),
            }
        }
        if let Some(channel) = &escalation.channel {
            match slack {
                Some(slack) => plan.escalated.push(self.target(approval, &slack, connectors, Some(channel))?),
                None => plan.escalated.extend(self.own_slack(approval, Some(policy), Some(channel))),
            }
        }
        Ok(())
    }

    /// The deployment's own Slack app. If the policy no longer names a channel, a card that is out keeps its own.
    fn own_slack_of(&self, approval: &Approval, policy: &Policy, known: Option<&str>) -> Option<Target> {
        let target = self.own_slack(approval, Some(policy), None)?;
        match (&target.vendor, known) {
            (Err(_), Some(_)) => self.own_slack(approval, None, known).map(|there| Target { id: target.id, ..there }),
            _ => Some(target),
        }
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
