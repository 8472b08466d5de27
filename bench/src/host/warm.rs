//! Reads so much of a host's table that what its database keeps of its pages in memory is as much as it will ever be.

use serde_json::Value;

use crate::host::http::Client;
use crate::host::process::Process;
use crate::problem::Problem;

/// Pages of a hundred: their places and themselves are more than the database keeps.
const PAGES: usize = 250;

/// Reads.
pub async fn warm(host: &Process) -> Result<(), Problem> {
    let (mut client, mut cursor) = (Client::connect(&host.address).await?, String::new());
    for _ in 0..PAGES {
        let page = client.get(&host.admin, &format!("/approvals?status=approved&limit=100{cursor}")).await?;
        match page.get("next_cursor").and_then(Value::as_str) {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    Ok(())
}
