//! A connector is tested: its checks, one after the other. The script asks for the first ones alone, then for all.

use super::form::Draft;
use super::page::{Said, answer};
use super::typed::input_for_test;
use super::vendors::Vendor;
use crate::settings::frame::problem;
use crate::visit::Visit;
use app::Failure;
use app::settings::connectors::test_connector::{Tested, begin_test, test_connector};
use domain::params::visible;
use lambda::{Answer, Error, Fields};
use maud::{Markup, html};
use store::connectors::{Connector, Defaults};

/// Tests what was typed, or the connector as it is; with what was typed in the form again, except for secrets.
pub(super) async fn test(
    visit: &Visit<'_>,
    about: &'static Vendor,
    (before, defaults): (Option<&Connector>, Defaults),
    fields: &Fields,
) -> Result<Answer, Error> {
    let typed = Some(fields);
    match tested(visit, about, before, fields).await {
        Ok(tested) => {
            let draft = Draft { about, before, defaults, typed, faults: Vec::new() };
            Ok(answer(visit, &draft, Said { checks: checks(&tested), ..Said::note(None) }))
        }
        Err(Failure::Invalid(faults)) => {
            let (status, sentence) = Error::from(Failure::Invalid(faults.clone())).told_in_words();
            let draft = Draft { about, before, defaults, typed, faults };
            // The script shows nothing else of the page.
            let checks = problem(Some(&format!("Not tested. {sentence}")));
            Ok(answer(visit, &draft, Said { status, checks, ..Said::note(None) }))
        }
        Err(e) => Err(e.into()),
    }
}

async fn tested(
    visit: &Visit<'_>,
    about: &Vendor,
    before: Option<&Connector>,
    fields: &Fields,
) -> Result<Tested, Failure> {
    let (caller, input) = (&visit.session.caller, input_for_test(about, before, fields));
    match fields.get("extent") {
        "local" => begin_test(&visit.has.couriers, caller, &input).await,
        _ => test_connector(&visit.has.couriers, caller, &input).await,
    }
}

fn checks(tested: &Tested) -> Markup {
    html! {
        section {
            h2 { "Test " span.chip.(tested.status) { (tested.status) } }
            ol.checks {
                @for check in &tested.checks {
                    li {
                        strong { (check.label) } " " span.chip.(check.status) { (check.status) }
                        @if let Some(ms) = check.duration_ms { span.hint { " " (ms) " ms" } }
                        p { (visible::line(&check.message)) @if check.status == "running" { "…" } }
                    }
                }
            }
        }
    }
}
