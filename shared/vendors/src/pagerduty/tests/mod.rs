//! What the parts of PagerDuty do together: check, write, send and read back.

mod calls;
mod notes;
mod settings;
mod shown;

use crate::connector::{Kind, Settings};
use crate::samples;
use standins::pagerduty::{ROUTING_KEY, WEBHOOK_SECRET};

fn connector(endpoint: &str) -> Settings {
    let headers = [("x-pagerduty-routing-key", ROUTING_KEY), ("X-PagerDuty-Webhook-Secret", WEBHOOK_SECRET)];
    samples::settings(Kind::Pagerduty, endpoint, &headers)
}
