//! What holds where a policy or a connector does not say.

use super::frame::{note, problem, refusal};
use crate::page::form::ours;
use crate::page::redirect;
use crate::visit::Visit;
use app::settings::connectors::defaults::{change_defaults, read_defaults};
use domain::connector::Mode;
use lambda::{Answer, Error, Fields};
use maud::{Markup, html};
use serde_json::{Value, json};

pub(super) async fn show(visit: &Visit<'_>) -> Result<Answer, Error> {
    let now = read_defaults(&visit.has.gate, &visit.session.caller).await?;
    let typed =
        Typed { all: now.mode == Mode::All, fallback: now.fallback_to_ui, seconds: now.timeout_seconds.to_string() };
    let done = visit.query("done").map(|_| "Saved.");
    Ok(render(visit, &typed, 200, &note(done)))
}

pub(super) async fn change(visit: &Visit<'_>, fields: &Fields) -> Result<Answer, Error> {
    let seconds = fields.get("timeout").trim().to_owned();
    let typed = Typed { all: fields.get("mode") == "all", fallback: !fields.get("fallback").is_empty(), seconds };
    match change_defaults(&visit.has.gate, &visit.session.caller, &body(&typed, fields)).await {
        Ok(_) => Ok(redirect("/console/settings/defaults?done=changed")),
        Err(failure) => {
            let (status, why) = refusal(failure)?;
            Ok(render(visit, &typed, status, &problem(Some(&why))))
        }
    }
}

/// What the form shows.
struct Typed {
    all: bool,
    fallback: bool,
    seconds: String,
}

fn body(typed: &Typed, fields: &Fields) -> Value {
    let seconds = typed.seconds.parse::<u64>().map_or_else(|_| json!(typed.seconds), Value::from);
    json!({
        "default_delivery_mode": fields.get("mode"),
        "default_fallback_to_ui": typed.fallback,
        "default_timeout_seconds": seconds,
    })
}

fn render(visit: &Visit<'_>, typed: &Typed, status: u16, told: &Markup) -> Answer {
    let (least, most) = domain::limits::ATTEMPT_SEC;
    let body = html! {
        h1 { "Defaults" }
        (told)
        p.hint { "They hold where a policy's rule, or a connector, does not say." }
        section {
            form.stack method="post" action="/console/settings/defaults" {
                (ours(&visit.session))
                fieldset {
                    legend { "Delivery" }
                    label.box { input type="radio" name="mode" value="first_success" checked[!typed.all]; " One connector after the other, until one has taken it" }
                    label.box { input type="radio" name="mode" value="all" checked[typed.all]; " All of them, each on its own" }
                }
                div.field {
                    label.box { input type="checkbox" name="fallback" value="yes" checked[typed.fallback]; " Wait in the inbox when no connector takes it" }
                    p.hint { "Without this, such a request is denied: closed, not open." }
                }
                div.field {
                    label for="timeout" { "Seconds for an attempt" }
                    input #timeout type="number" name="timeout" min=(least) max=(most) required value=(typed.seconds) aria-describedby="about-timeout";
                    p.hint #about-timeout { "For connectors that have no timeout of their own, " (least) " to " (most) "." }
                }
                button { "Save" }
            }
        }
    };
    super::frame::draw(visit, "defaults", status, "Defaults", &body)
}
