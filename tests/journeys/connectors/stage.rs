//! A host whose connectors are made by the API, and stand-ins behind them.

use crate::harness::{Asked, System};
use app::sweep::tell_ahead::Ahead;
use jiff::SignedDuration;
use serde_json::{Value, json};
use standins::{jira, pagerduty};

/// Where connectors are made.
pub const CONNECTORS: &str = "/api/settings/approval-connectors";

/// A webhook's body; without a secret one is made.
pub fn webhook(name: &str, endpoint: &str, secret: &str) -> Value {
    json!({ "name": name, "type": "webhook", "endpoint": endpoint, "headers": { "X-Webhook-Secret": secret } })
}

/// A Teams workflow's.
pub fn teams(name: &str, endpoint: &str) -> Value {
    json!({ "name": name, "type": "teams", "endpoint": endpoint })
}

/// A Jira site's.
pub fn jira(name: &str, endpoint: &str) -> Value {
    json!({ "name": name, "type": "jira", "endpoint": endpoint, "headers": {
        "X-Jira-Email": jira::EMAIL, "X-Jira-Api-Token": jira::API_TOKEN, "X-Jira-Project": jira::PROJECT,
        "X-Jira-Webhook-Secret": jira::WEBHOOK_SECRET,
    } })
}

/// A PagerDuty service's.
pub fn pagerduty(name: &str, endpoint: &str) -> Value {
    json!({ "name": name, "type": "pagerduty", "endpoint": endpoint, "headers": {
        "X-PagerDuty-Routing-Key": pagerduty::ROUTING_KEY, "X-PagerDuty-Webhook-Secret": pagerduty::WEBHOOK_SECRET,
    } })
}

impl System {
    /// Calls the connectors' API as the admin.
    pub async fn connectors(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        self.call(&self.keys.admin, method, &format!("{CONNECTORS}{path}"), body).await
    }

    /// Makes a connector; its row.
    pub async fn connector(&self, body: Value) -> Value {
        let (status, made) = self.connectors("POST", "", body).await;
        assert_eq!(status, 201, "{made}");
        made
    }

    /// A connector as it is now.
    pub async fn connector_now(&self, row: &Value) -> Value {
        let (status, now) = self.connectors("GET", &format!("/{}", row["id"].as_str().unwrap()), Value::Null).await;
        assert_eq!(status, 200, "{now}");
        now
    }

    /// Asks, and everything that follows has happened.
    pub async fn ask_and_settle(&self, action: &str, params: Value) -> Asked {
        let asked = self.ask(action, params).await;
        self.settle().await;
        asked
    }

    /// Decides as the approver, and everything that follows has happened.
    pub async fn decide(&self, asked: &Asked, decision: &str) {
        let answer = self.resolve(&self.keys.approver, &asked.id, json!({ "decision": decision })).await;
        assert_eq!(answer.0, 200, "{answer:?}");
        self.settle().await;
    }

    /// Minutes go by one after the other, and the sweep runs in each.
    pub async fn minutes(&self, minutes: usize) {
        for _ in 0..minutes {
            self.clock.advance(SignedDuration::from_secs(60));
            self.sweep().await;
        }
    }

    /// Seconds go by, and each does what has become due.
    pub async fn seconds(&self, ahead: &mut Ahead, seconds: usize) {
        for _ in 0..seconds {
            self.clock.advance(SignedDuration::from_secs(1));
            ahead.tell(&self.gate, &self.gate.bus).await.unwrap();
            self.settle().await;
        }
    }

    /// What connectors did for a request, oldest first: `<event> <connector>`.
    pub async fn activity(&self, asked: &Asked) -> Vec<String> {
        let all = self.activities(asked).await;
        let text = |a: &Value, key: &str| a[key].as_str().unwrap_or("-").to_owned();
        all.iter().map(|a| format!("{} {}", text(a, "event"), text(a, "connector_name"))).collect()
    }

    /// The same, whole.
    pub async fn activities(&self, asked: &Asked) -> Vec<Value> {
        let (status, all) = self.connectors("GET", "/activity?limit=200", Value::Null).await;
        assert_eq!(status, 200, "{all}");
        let mut all = all.as_array().unwrap().clone();
        all.retain(|a| a["request_id"] == *asked.id);
        all.reverse();
        all
    }

    /// The dead letters.
    pub async fn dead_letters(&self) -> Vec<Value> {
        let (status, page) = self.connectors("GET", "/dead-letters", Value::Null).await;
        assert_eq!(status, 200, "{page}");
        page["dead_letters"].as_array().unwrap().clone()
    }
}
