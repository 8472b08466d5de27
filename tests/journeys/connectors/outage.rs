//! One vendor is down while approvals are asked for, before a release for an hour and a thousand of them: nothing is lost, nothing is
//! doubled, the others do not notice, and what waited is posted as fast as the vendor takes it.

use crate::harness::{Asked, Start, System, rounds};
use crate::journeys::connectors::stage::webhook;
use crate::journeys::slack::stage::by_hand;
use app::sweep::tell_ahead::Ahead;
use domain::{ApprovalId, Workspace};
use futures::StreamExt as _;
use jiff::SignedDuration;
use serde_json::{Value, json};
use standins::slack::SlackStandin;
use standins::webhook::WebhookStandin;
use std::collections::{BTreeMap, BTreeSet};

const POLICY: &str = r#"
routing: { defaultTimeoutSec: 36000 }
actions:
  to.slack: { approvers: { anyOf: ["user:approver@localhost"] }, delivery: { connectors: [slack], fallbackToUi: true } }
  to.hook: { approvers: { anyOf: ["user:approver@localhost"] }, delivery: { connectors: [hook], fallbackToUi: true } }
  to.both:
    approvers: { anyOf: ["user:approver@localhost"] }
    delivery: { connectors: [slack, hook], mode: all, fallbackToUi: true }
"#;

/// Requests in a minute: a workspace may ask no faster than once a second.
const A_MINUTE: usize = 60;

/// How long it lasts, and how much is asked meanwhile.
#[derive(Clone, Copy)]
struct Size {
    minutes: usize,
    /// Requests in all: some in the first minute, the others as fast as one may ask, up to the last.
    requests: usize,
    /// Those of the first minute, which see all of it.
    early: usize,
}

const SMALL: Size = Size { minutes: 20, requests: 160, early: 20 };
const LARGE: Size = Size { minutes: 60, requests: 1_000, early: 40 };

impl Size {
    /// The minute from which on requests come as fast as one may ask.
    fn rush(self) -> usize {
        self.minutes - 2 - self.requests.div_ceil(A_MINUTE)
    }
}

struct Outage {
    system: System,
    slack: SlackStandin,
    hook: WebhookStandin,
    /// The id of Slack's connector.
    connector: String,
    /// Everything asked, with its action.
    asked: Vec<(Asked, &'static str)>,
    /// What was decided meanwhile.
    decided: BTreeSet<String>,
}

impl Outage {
    async fn begin() -> Self {
        let (slack, hook) = (SlackStandin::start().await.unwrap(), WebhookStandin::start().await.unwrap());
        let start = Start::fresh().at(by_hand()).under(POLICY);
        // The app is there for the address of its API; it has no token, so it carries nothing itself.
        let app = app::Slack { api_url: slack.url(), bot_token: None, signing_secret: None, team: Default::default() };
        let system = start.with_slack_app(app).start().await;
        let headers = json!({ "X-Slack-Bot-Token": slack.bot_token() });
        let made = system
            .connector(json!({ "name": "slack", "type": "slack", "endpoint": "C0123", "headers": headers }))
            .await;
        system.connector(webhook("hook", &hook.url(), hook.secret())).await;
        slack.set_down(true);
        let connector = made["id"].as_str().unwrap().to_owned();
        Self { system, slack, hook, connector, asked: Vec::new(), decided: BTreeSet::new() }
    }

    /// Asks for so many at once; those for the webhook arrive there at once.
    async fn ask(&mut self, count: usize) {
        let first = self.asked.len();
        let action = |n: usize| ["to.slack", "to.hook", "to.both", "to.hook"][n % 4];
        let asks = (first..first + count).map(|n| {
            let system = &self.system;
            async move { (system.ask(action(n), json!({ "n": n })).await, action(n)) }
        });
        let made: Vec<_> = futures::stream::iter(asks).buffer_unordered(16).collect().await;
        self.asked.extend(made);
        self.system.settle().await;
        assert_eq!(self.hook.calls(), self.asked.iter().filter(|(_, action)| *action != "to.slack").count());
    }

    /// A minute goes by: the sweep, and at each step what becomes due.
    async fn minute(&self, step: i64) {
        self.system.sweep().await;
        let mut ahead = Ahead::since(self.system.clock.now());
        for _ in 0..60 / step {
            self.system.clock.advance(SignedDuration::from_secs(step));
            ahead.tell(&self.system.gate, &self.system.gate.bus).await.unwrap();
            self.system.settle().await;
        }
    }

    /// Somebody denies every so manieth of those for Slack that are still open and not posted.
    async fn decide(&mut self, every: usize) {
        let posted = self.cards();
        let waits = |id: &String| !self.decided.contains(id) && !posted.contains_key(id);
        let some: Vec<String> = self.for_slack().into_iter().filter(waits).step_by(every).collect();
        for id in some {
            let denied = self.system.resolve(&self.system.keys.approver, &id, json!({ "decision": "denied" })).await;
            assert_eq!(denied.0, 200, "{denied:?}");
            self.decided.insert(id);
        }
        self.system.settle().await;
    }

    fn for_slack(&self) -> Vec<String> {
        self.asked.iter().filter(|(_, action)| *action != "to.hook").map(|(asked, _)| asked.id.clone()).collect()
    }

    /// Those for Slack that nobody decided while it was down.
    fn open_for_slack(&self) -> BTreeSet<String> {
        self.for_slack().into_iter().filter(|id| !self.decided.contains(id)).collect()
    }

    /// How many cards there are of each approval.
    fn cards(&self) -> BTreeMap<String, usize> {
        let mut cards = BTreeMap::new();
        for message in self.slack.messages() {
            let text = Value::Array(message.latest().blocks).to_string();
            let at = text.find("appr_").unwrap();
            let id: String = text[at..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
            *cards.entry(id).or_insert(0) += 1;
        }
        cards
    }

    /// The inbox has all that are open, each once.
    async fn inbox_is_whole(&self) {
        let (mut found, mut cursor) = (Vec::new(), String::new());
        loop {
            let path = format!("/approvals?status=pending&limit=100{cursor}");
            let (status, page) = self.system.get(&self.system.keys.approver, &path).await;
            assert_eq!(status, 200, "{page}");
            found.extend(
                page["approvals"].as_array().unwrap().iter().map(|a| a["approval_id"].as_str().unwrap().to_owned()),
            );
            let Some(next) = page["next_cursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        let mut open: Vec<String> = self.asked.iter().map(|(asked, _)| asked.id.clone()).collect();
        open.retain(|id| !self.decided.contains(id));
        found.sort();
        open.sort();
        assert_eq!(found, open);
    }

    /// The attempts that are written down for Slack, by what came of them.
    async fn attempts(&self) -> BTreeMap<String, usize> {
        let mut attempts = BTreeMap::new();
        for id in self.for_slack() {
            let (workspace, approval) = (Workspace::default_name(), ApprovalId::parse(&id).unwrap());
            let found = self.system.gate.store.get_approval_with_deliveries(&workspace, &approval).await.unwrap();
            let slack = found.unwrap().1.into_iter().find(|d| d.connector == self.connector);
            for attempt in slack.unwrap_or_else(|| panic!("{id}: nothing is written down")).log {
                *attempts.entry(attempt.event.word().to_owned()).or_insert(0) += 1;
            }
        }
        attempts
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vendor_that_was_down_gets_its_backlog_at_its_rate_and_nobody_else_notices() {
    let size = rounds(SMALL, LARGE);
    let mut outage = Outage::begin().await;
    for minute in 0..size.minutes {
        let count = match minute {
            0 => size.early,
            now if now >= size.rush() => A_MINUTE.min(size.requests - outage.asked.len()),
            _ => 0,
        };
        outage.ask(count).await;
        if [size.minutes / 3, size.minutes - 2].contains(&minute) {
            outage.inbox_is_whole().await;
        }
        outage.minute(10).await;
    }
    assert_eq!((outage.asked.len(), outage.slack.messages().len()), (size.requests, 0));
    outage.decide(10).await;
    let while_down = outage.slack.calls().len();
    let first_attempts = outage.for_slack().len();
    assert!(
        while_down <= first_attempts + size.early + size.minutes,
        "{while_down} calls, {first_attempts} of them first ones: one a minute tries, beside those that saw it begin"
    );

    outage.slack.set_down(false);
    let clock = outage.system.clock.clone();
    outage.slack.take_at_most(1, move || clock.now().as_second());
    let backlog = outage.open_for_slack();
    let mut minutes = 0;
    // Who tried in vain while it was down has rounds of its own: those may be among the early ones.
    while outage.cards().len() + size.early / 2 < outage.open_for_slack().len() {
        outage.minute(1).await;
        minutes += 1;
        if minutes == 5 {
            outage.decide(40).await;
            outage.inbox_is_whole().await;
        }
        assert!(minutes <= backlog.len() / 60 + 3, "{} of {}", outage.cards().len(), backlog.len());
    }
    // Ten seconds in one step from here on: at the same rate that is ten at once.
    let clock = outage.system.clock.clone();
    outage.slack.take_at_most(10, move || clock.now().as_second());
    for _ in 0..33 {
        outage.minute(10).await;
    }
    outage.inbox_is_whole().await;

    let cards = outage.cards();
    assert_eq!(cards.keys().cloned().collect::<BTreeSet<_>>(), outage.open_for_slack(), "a card for each that is open");
    assert!(cards.values().all(|count| *count == 1), "and one each");
    let posts = outage.slack.posts();
    let refused = posts.iter().filter(|post| !post.taken).count();
    assert!(refused * 20 <= cards.len(), "{refused} of {} calls were too many", posts.len());
    assert_eq!(posts.len() - refused, cards.len());

    let attempts = outage.attempts().await;
    assert_eq!(attempts["dispatch_succeeded"], cards.len());
    assert_eq!(attempts["dispatch_failed"], while_down + refused, "each attempt is written down");
    assert_eq!(attempts["dispatch_skipped"], outage.decided.len(), "and each that ended before its turn, once");
    assert_eq!(outage.system.dead_letters().await, Vec::<Value>::new());
    assert_eq!((outage.hook.repeats(), outage.hook.refusals()), (Vec::new(), Vec::new()));
}
