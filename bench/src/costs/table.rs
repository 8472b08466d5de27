//! What one approval costs in the table: asked for, shown in Slack, approved, shown as approved, and learned by the agent.

use app::Slack;
use local::ledger::{Ledger, Line};

use crate::host::http::Client;
use crate::host::slack;
use crate::host::system::Start;
use crate::problem::Problem;
use crate::speed::waits;

/// The lines of one approval, on a host that has seen one before.
pub async fn of_one_approval() -> Result<Vec<Line>, Problem> {
    let ledger = Ledger::default();
    let slack = Slack {
        api_url: slack::start().await?,
        bot_token: Some("xoxb-bench".into()),
        signing_secret: None,
        team: Default::default(),
    };
    let start = Start { ledger: Some(ledger.clone()), slack: Some(slack), ..Start::default() };
    let system = start.start().await?;
    let mut client = Client::connect(&system.address).await?;
    for _ in 0..2 {
        ledger.take();
        let (id, token) = system.create(&mut client).await?;
        system.settle().await?;
        let agent = waits::on_websocket(&system, &token).await?;
        system.settle().await?;
        system.approve(&mut client, &id).await?;
        system.settle().await?;
        agent.await??;
    }
    let lines = ledger.take();
    system.stop().await?;
    Ok(lines)
}

/// The purpose of an operation, as far as its line shows.
pub fn purpose(line: &Line) -> &'static str {
    match (line.operation.as_str(), line.table_key_kind.as_str()) {
        ("GetItem", "key") => "who calls",
        ("GetItem", "policy") => "the policy in force",
        ("GetItem", "approval") => "the approval as it stands",
        ("Query", "approval") => "the approval with its card or its waiters",
        ("PutItem", "waiter") => "the agent waits on a WebSocket",
        ("UpdateItem", "rate") => "one token of the rate",
        ("PutItem", "due") => "the deadline",
        ("PutItem", "approval") => "the approval, asked for or decided",
        ("UpdateItem", "delivery") => "the card: taken, or written down as shown",
        _ => "",
    }
}
