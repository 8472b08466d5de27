//! The outside world of a soak: the tests' own stand-ins, each behind weather of its own, and the connectors that lead there.

use hyper::StatusCode;
use serde_json::{Value, json};
use std::collections::BTreeMap;

use super::weather::{Weather, mark};
use crate::host::http::Client;
use crate::host::process::Process;
use crate::problem::Problem;
use standins::jira::{self, JiraStandin};
use standins::pagerduty::{self, PagerDutyStandin};
use standins::slack::SlackStandin;
use standins::teams::TeamsStandin;
use standins::webhook::WebhookStandin;

/// How long an attempt may take, in seconds of the host: no lease must end in the middle of one because the machine was slow.
const TIMEOUT: u64 = 60;

/// All of it.
pub struct Vendors {
    slack: SlackStandin,
    teams: TeamsStandin,
    jira: JiraStandin,
    pagerduty: PagerDutyStandin,
    hook: WebhookStandin,
    mailer: WebhookStandin,
    /// In the order of [`NAMES`].
    pub weather: Vec<Weather>,
}

/// As the connectors are named.
pub const NAMES: [&str; 6] = ["slack", "teams", "jira", "pagerduty", "hook", "mailer"];

/// What a vendor has of one approval.
#[derive(Clone, Copy, Debug, Default)]
pub struct VendorTally {
    /// Cards, issues, alerts or messages that were taken twice and more.
    pub doubled: usize,
    /// Whether it still shows what is over as if it were open.
    pub stale: usize,
    /// Whether it has anything.
    pub any: bool,
}

impl Vendors {
    /// Starts all.
    pub async fn start(seed: u64) -> Result<Self, Problem> {
        let (slack, teams) = (SlackStandin::start().await?, TeamsStandin::start().await?);
        let (jira, pagerduty) = (JiraStandin::start().await?, PagerDutyStandin::start().await?);
        let (hook, mailer) = (WebhookStandin::start().await?, WebhookStandin::start().await?);
        let urls = [slack.url(), teams.url(), jira.url(), pagerduty.url(), hook.url(), mailer.url()];
        let mut weather = Vec::new();
        for (n, (name, url)) in (0..).zip(NAMES.into_iter().zip(urls)) {
            weather.push(Weather::before(name, &origin(&url), seed.wrapping_add(n)).await?);
        }
        Ok(Self { slack, teams, jira, pagerduty, hook, mailer, weather })
    }

    /// A vendor's address, by way of its weather.
    pub fn by_way(&self, name: &str, url: &str) -> String {
        let weather = self.weather.iter().find(|weather| weather.name == name);
        weather.map_or_else(String::new, |weather| url.replacen(&origin(url), &weather.url, 1))
    }

    /// The address of Slack's Web API.
    pub fn slack_api(&self) -> String {
        self.by_way("slack", &self.slack.url())
    }

    /// Makes the connectors.
    pub async fn connect(&self, host: &Process) -> Result<(), Problem> {
        let mut client = Client::connect(&host.address).await?;
        let hook = |secret: &str| json!({ "X-Webhook-Secret": secret });
        let all = [
            ("slack", "C0123".to_owned(), json!({ "X-Slack-Bot-Token": self.slack.bot_token() })),
            ("teams", self.by_way("teams", &self.teams.url()), json!({})),
            (
                "jira",
                self.by_way("jira", &self.jira.url()),
                json!({
                    "X-Jira-Email": jira::EMAIL, "X-Jira-Api-Token": jira::API_TOKEN, "X-Jira-Project": jira::PROJECT,
                    "X-Jira-Webhook-Secret": jira::WEBHOOK_SECRET,
                }),
            ),
            (
                "pagerduty",
                self.by_way("pagerduty", &self.pagerduty.url()),
                json!({
                    "X-PagerDuty-Routing-Key": pagerduty::ROUTING_KEY,
                    "X-PagerDuty-Webhook-Secret": pagerduty::WEBHOOK_SECRET,
                }),
            ),
            ("hook", self.by_way("hook", &self.hook.url()), hook(self.hook.secret())),
            ("mailer", self.by_way("mailer", &self.mailer.url()), hook(self.mailer.secret())),
        ];
        for (name, endpoint, headers) in all {
            let kind = if ["hook", "mailer"].contains(&name) { "webhook" } else { name };
            let body = json!({
                "name": name, "type": kind, "endpoint": endpoint, "headers": headers, "timeout_seconds": TIMEOUT,
            });
            let post = hyper::Request::post("/api/settings/approval-connectors");
            let (status, answer) = client.call(post, Some(&host.admin), body.to_string()).await?;
            if status != StatusCode::CREATED {
                return Err(format!("{name}: {answer}").into());
            }
        }
        Ok(())
    }

    /// From now on everything comes through, or not.
    pub fn set_fair(&self, fair: bool) {
        self.weather.iter().for_each(|weather| weather.set_fair(fair));
    }

    /// What every vendor has of every approval, by vendor and mark. All that is asked about is over.
    pub fn seen(&self) -> BTreeMap<(&'static str, String), VendorTally> {
        let mut seen: BTreeMap<(&'static str, String), VendorTally> = BTreeMap::new();
        let mut count = |name: &'static str, mark: String, doubled: usize, stale: bool| {
            let one = seen.entry((name, mark)).or_default();
            one.doubled += doubled;
            one.stale += usize::from(stale);
            one.any = true;
        };
        let mut cards: BTreeMap<String, usize> = BTreeMap::new();
        for message in self.slack.messages() {
            let first = message.versions.first().map(|version| json!(version.blocks).to_string()).unwrap_or_default();
            let mark = mark(&first);
            let before = cards.entry(mark.clone()).or_default();
            count("slack", mark, usize::from(*before > 0), message.actions().iter().any(|a| a == "approve"));
            *before += 1;
        }
        let mut issues: BTreeMap<String, usize> = BTreeMap::new();
        for issue in self.jira.issues() {
            let mark = mark(&format!("{} {}", issue.summary, json!(issue.descriptions)));
            let before = issues.entry(mark.clone()).or_default();
            count("jira", mark, usize::from(*before > 0), false);
            *before += 1;
        }
        let mut alerts: BTreeMap<String, usize> = BTreeMap::new();
        for alert in self.pagerduty.alerts() {
            let mark = mark(&json!(alert.events).to_string());
            let before = alerts.entry(alert.dedup_key.clone()).or_default();
            count("pagerduty", mark, usize::from(*before > 0), !alert.resolved);
            *before += 1;
        }
        let mut posted: BTreeMap<String, usize> = BTreeMap::new();
        for card in self.teams.cards() {
            let text = card.content.to_string();
            let before = posted.entry(card.reads()).or_default();
            count("teams", mark(&text), usize::from(*before > 0), false);
            *before += 1;
        }
        for (name, endpoint) in [("hook", &self.hook), ("mailer", &self.mailer)] {
            let all = endpoint.deliveries();
            let marks: BTreeMap<&str, String> =
                all.iter().map(|d| (d.id.as_str(), mark(&d.body.to_string()))).collect();
            all.iter().for_each(|delivery| count(name, mark(&delivery.body.to_string()), 0, false));
            for id in endpoint.repeats() {
                count(name, marks.get(id.as_str()).cloned().unwrap_or_default(), 1, false);
            }
        }
        seen
    }

    /// How often each approval was executed, by mark; and whatever vendors would not take as it was.
    pub fn executed(&self) -> BTreeMap<String, usize> {
        let mut executed = BTreeMap::new();
        for order in self.mailer.deliveries().iter().filter(|d| d.kind() == "approval.execute") {
            *executed.entry(mark(&order.body.to_string())).or_default() += 1;
        }
        executed
    }

    /// Messages that vendors found wrong.
    pub fn refusals(&self) -> Vec<String> {
        [self.hook.refusals(), self.mailer.refusals(), self.teams.refusals()].concat()
    }

    /// How often the answer about something was lost on its way from a vendor.
    pub fn lost(&self, name: &str, mark: &str) -> usize {
        self.weather.iter().find(|weather| weather.name == name).map_or(0, |weather| weather.lost(mark))
    }
}

fn origin(url: &str) -> String {
    let host = url.trim_start_matches("http://").split('/').next().unwrap_or_default();
    format!("http://{host}")
}

/// The policy that the load is governed by.
pub fn policy() -> Value {
    let everybody = ["user:approver@localhost", "user:admin@localhost"];
    let action = |more: Value| {
        let mut action = json!({
            "title": "Do {params.mark}", "approvers": { "anyOf": everybody }, "allowReRequest": true,
            "allowParamOverrides": true, "overrideKeys": ["note"],
        });
        if let (Some(action), Value::Object(more)) = (action.as_object_mut(), more) {
            action.extend(more);
        }
        action
    };
    let to = |connectors: &[&str], mode: &str| json!({ "connectors": connectors, "mode": mode, "fallbackToUi": true });
    json!({
        "routing": { "callbackHosts": ["127.0.0.1"], "defaultTimeoutSec": 3_600 },
        "limits": { "createsPerMinute": 1_000_000, "reRequestsPerHour": 1_000 },
        "actions": {
            "soak.slack": action(json!({ "delivery": to(&["slack"], "all") })),
            "soak.all": action(json!({ "delivery": to(&["slack", "teams", "jira", "pagerduty", "hook"], "all") })),
            "soak.first": action(json!({ "delivery": to(&["jira", "teams"], "first_success") })),
            "soak.quorum": action(json!({
                "approvers": { "anyOf": everybody, "minApprovals": 2 }, "delivery": to(&["hook", "pagerduty"], "all"),
            })),
            "soak.expires": action(json!({ "timeoutSec": 600, "delivery": to(&["slack", "pagerduty"], "all") })),
            "soak.executes": action(json!({
                "onApproved": { "connector": "mailer", "timeoutSec": 60 }, "delivery": to(&["slack"], "all"),
            })),
        },
    })
}
