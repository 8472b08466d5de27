//! A connector is deleted, once somebody has seen what uses it.

use crate::page::form::{hidden, ours};
use crate::page::redirect;
use crate::page::tree;
use crate::settings::frame::{draw, problem, refusal};
use crate::visit::Visit;
use app::settings::connectors::manage_connectors::{delete_connector, read_connector_and_users};
use lambda::{Answer, Error, Fields};
use maud::html;

/// Asks whether it is meant.
pub(super) async fn confirm(visit: &Visit<'_>, id: &str) -> Result<Answer, Error> {
    ask(visit, id, 200, None).await
}

/// Deletes it; one that the policy names only where that was offered and chosen.
pub(super) async fn delete(visit: &Visit<'_>, id: &str, fields: &Fields) -> Result<Answer, Error> {
    let force = fields.get("force") == "true";
    match delete_connector(&visit.has.gate, &visit.session.caller, id, force).await {
        Ok(()) => Ok(redirect("/console/settings/connectors?done=deleted")),
        Err(failure) => {
            let (status, _) = refusal(failure)?;
            ask(visit, id, status, Some("Not deleted: something changed meanwhile. This is how it is now.")).await
        }
    }
}

async fn ask(visit: &Visit<'_>, id: &str, status: u16, why: Option<&str>) -> Result<Answer, Error> {
    let (shown, users) = read_connector_and_users(&visit.has.gate, &visit.session.caller, id).await?;
    let at = format!("/console/settings/connectors/{}", shown.connector.id);
    let body = html! {
        (problem(why))
        section {
            h1 { "Delete “" (tree::line(&shown.connector.name)) "”?" }
            p { "Its credentials are forgotten. Requests that it carried stay as they are; what it showed is not brought up to date any more." }
            @if !users.is_empty() {
                p.problem { "The policy names it. These actions are shown where else their rule says, or in the inbox alone:" }
                ul { @for action in &users { li { code { (tree::line(action)) } } } }
            }
            form.row method="post" action=(format!("{at}/delete")) {
                (ours(&visit.session))
                @if !users.is_empty() { (hidden("force", "true")) }
                button.deny { @if users.is_empty() { "Delete" } @else { "Delete all the same" } }
                a.button.quiet href=(at) { "Back" }
            }
        }
    };
    Ok(draw(visit, "connectors", status, "Delete a connector", &body))
}
