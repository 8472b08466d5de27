//! What the parts of Jira do together: check, post, call, move and read back.

mod calls;
mod moves;
mod settings;
mod shown;

use crate::connector::{Kind, Settings};
use crate::jira::Client;
use crate::{Http, samples};
use standins::jira::{API_TOKEN, EMAIL, JiraStandin, PROJECT, WEBHOOK_SECRET};

/// A connector to a site.
fn connector(endpoint: &str) -> Settings {
    let headers = [
        ("X-Jira-Email", EMAIL),
        ("x-jira-api-token", API_TOKEN),
        ("X-Jira-Project", PROJECT),
        ("X-Jira-Webhook-Secret", WEBHOOK_SECRET),
    ];
    samples::settings(Kind::Jira, endpoint, &headers)
}

async fn jira() -> (JiraStandin, Client) {
    let jira = JiraStandin::start().await.unwrap();
    let client = Client::new(&Http::new(true).unwrap(), &connector(&jira.url()));
    (jira, client)
}
