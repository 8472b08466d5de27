//! PagerDuty's Events API v2, as strict as it is: it checks every event, keeps the alerts by their key, and makes the signed V3 webhooks
//! that it posts when people acknowledge and resolve.

use super::vendor::{Reply, Signed, Speaks, Taken, Vendor, hmac};
use serde_json::{Map, Value, json};

/// The integration's key.
pub const ROUTING_KEY: &str = "0123456789abcdef0123456789ABCDEF";
/// The webhook subscription's secret.
pub const WEBHOOK_SECRET: &str = "p4gerdutyS3cretOfTheSubscription";
/// 512 KB.
const MAX_EVENT: usize = 512 * 1024;

/// One alert, with all events it took.
#[derive(Clone, Debug, Default)]
pub struct Alert {
    /// Its key.
    pub dedup_key: String,
    /// Whether it is closed.
    pub resolved: bool,
    /// Every event, oldest first.
    pub events: Vec<Value>,
}

/// What PagerDuty has.
#[derive(Default)]
pub struct PagerDuty {
    /// Oldest first; a key may have several, all but one of them resolved.
    pub alerts: Vec<Alert>,
    webhooks: u64,
}

/// The server.
pub type PagerDutyStandin = Vendor<PagerDuty>;

impl Speaks for PagerDuty {
    fn answer(&mut self, call: &Taken) -> Reply {
        if call.method != "POST" || call.path != "/v2/enqueue" {
            return Reply::new(404, json!({ "error": { "message": "Not Found" } }));
        }
        if call.body.len() > MAX_EVENT {
            return Reply::new(413, json!({ "message": "Payload Too Large" }));
        }
        let event = call.json().filter(Value::is_object);
        let Some(event) = event.filter(|_| call.header("content-type").starts_with("application/json")) else {
            return refused(&["Event object is not valid JSON".to_owned()]);
        };
        let faults = faults(&event);
        if !faults.is_empty() {
            return refused(&faults);
        }
        if text(&event, "routing_key") != ROUTING_KEY {
            return refused(&["Invalid routing key".to_owned()]);
        }
        self.take(&event);
        Reply::new(
            202,
            json!({ "status": "success", "message": "Event processed", "dedup_key": text(&event, "dedup_key") }),
        )
    }
}

impl PagerDuty {
    /// Alerts are made by triggers alone; what is about none, or a closed one, is dropped.
    fn take(&mut self, event: &Value) {
        let key = text(event, "dedup_key");
        let action = text(event, "event_action");
        let open = self.alerts.iter().position(|a| a.dedup_key == key && !a.resolved);
        if open.is_none() && action == "trigger" {
            self.alerts.push(Alert { dedup_key: key.to_owned(), ..Alert::default() });
        }
        if let Some(alert) = self.alerts.iter_mut().rev().find(|a| a.dedup_key == key && !a.resolved) {
            alert.resolved = action == "resolve";
            alert.events.push(event.clone());
        }
    }
}

fn refused(errors: &[String]) -> Reply {
    Reply::new(400, json!({ "status": "invalid event", "message": "Event object is invalid", "errors": errors }))
}

fn text<'a>(event: &'a Value, key: &str) -> &'a str {
    event.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn faults(event: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    let known = ["routing_key", "event_action", "dedup_key", "payload", "client", "client_url", "links", "images"];
    let keys = event.as_object().into_iter().flat_map(Map::keys);
    faults.extend(keys.filter(|k| !known.contains(&k.as_str())).map(|k| format!("'{k}' is unknown")));
    if text(event, "routing_key").chars().count() != 32 {
        faults.push("Length of 'routing_key' is incorrect (should be 32 characters)".into());
    }
    if !["trigger", "acknowledge", "resolve"].contains(&text(event, "event_action")) {
        faults.push("'event_action' is missing or invalid".into());
    }
    if !(1..=255).contains(&text(event, "dedup_key").chars().count()) {
        faults.push("'dedup_key' is missing or too long (maximum is 255 characters)".into());
    }
    match event.get("payload") {
        Some(payload) => faults.extend(payload_faults(payload)),
        None if text(event, "event_action") == "trigger" => faults.push("'payload' is missing or blank".into()),
        None => {}
    }
    let links = event.get("links").map(|l| l.as_array().cloned().unwrap_or_else(|| vec![Value::Null]));
    let bad = |l: &Value| !text(l, "href").starts_with("http");
    faults.extend(links.into_iter().flatten().filter(bad).map(|_| "'links' is invalid".to_owned()));
    faults
}

fn payload_faults(payload: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    for key in ["summary", "source", "severity"] {
        if text(payload, key).trim().is_empty() {
            faults.push(format!("'payload.{key}' is missing or blank"));
        }
    }
    if text(payload, "summary").chars().count() > 1_024 {
        faults.push("'payload.summary' is too long (maximum is 1024 characters)".into());
    }
    if !["critical", "error", "warning", "info"].contains(&text(payload, "severity")) {
        faults.push(
            "'payload.severity' is invalid (must be one of the following: 'critical', 'warning', 'error' or 'info')"
                .into(),
        );
    }
    if payload.get("custom_details").is_some_and(|d| !d.is_object()) {
        faults.push("'payload.custom_details' is not an object".into());
    }
    faults
}

impl PagerDutyStandin {
    /// What the connector's endpoint is set to.
    pub fn url(&self) -> String {
        format!("{}/v2/enqueue", self.origin())
    }

    /// All alerts.
    pub fn alerts(&self) -> Vec<Alert> {
        self.with(|p| p.alerts.clone())
    }

    /// What PagerDuty posts when somebody (or nobody: an integration) does something to the incident of an alert, such as
    /// `incident.acknowledged`.
    pub fn webhook(&self, event_type: &str, dedup_key: &str, user: Option<&str>) -> Signed {
        let number = self.with(|p| {
            p.webhooks += 1;
            p.webhooks
        });
        let agent = match user {
            Some(id) => json!({ "id": id, "type": "user_reference", "summary": "Tenex Engineer" }),
            None => json!({ "id": "PINTEG1", "type": "inbound_integration_reference", "summary": "Countersign" }),
        };
        let data = json!({
            "id": "PGR0VU2", "type": "incident", "number": number, "status": event_type.rsplit('.').next(),
            "incident_key": dedup_key, "title": "Waiting", "service": { "id": "PF9KMXH", "type": "service_reference" },
            "urgency": "high", "resolve_reason": null,
        });
        let body = json!({ "event": {
            "id": format!("01EVENT{number}"), "event_type": event_type, "resource_type": "incident",
            "occurred_at": "2026-11-22T06:05:00.169Z", "agent": agent, "client": { "name": "PagerDuty" }, "data": data,
        } });
        signed(body.to_string(), &format!("webhook-{number}"))
    }
}

/// Signed with an older secret too, as while secrets rotate.
fn signed(body: String, id: &str) -> Signed {
    let signatures = format!("v1={},v1={}", hmac("an older secret", &body), hmac(WEBHOOK_SECRET, &body));
    let headers = [
        ("content-type", "application/json".to_owned()),
        ("x-pagerduty-signature", signatures),
        ("x-webhook-id", id.to_owned()),
        ("x-webhook-subscription", "PSUBSCR".to_owned()),
    ];
    Signed { body, headers: headers.map(|(name, value)| (name.to_owned(), value)).to_vec() }
}
