//! `GET` and `PUT …/defaults`: what holds where a policy or a connector does not say.

use crate::resources::Connectors;
use app::Caller;
use app::settings::connectors::defaults::{change_defaults, read_defaults};
use domain::limits;
use lambda::{Answer, Error};
use lambda_http::Request;
use serde_json::json;
use store::connectors::Defaults;

pub(crate) async fn read(has: &Connectors, caller: &Caller) -> Result<Answer, Error> {
    Ok(shown(&read_defaults(&has.couriers, caller).await?))
}

pub(crate) async fn change(has: &Connectors, caller: &Caller, request: &Request) -> Result<Answer, Error> {
    Ok(shown(&change_defaults(&has.couriers, caller, &lambda::json(request)?).await?))
}

fn shown(defaults: &Defaults) -> Answer {
    let (least, most) = limits::ATTEMPT_SEC;
    let shown = json!({
        "default_delivery_mode": defaults.mode,
        "default_fallback_to_ui": defaults.fallback_to_ui,
        "default_timeout_seconds": defaults.timeout_seconds,
        "min_timeout_seconds": least,
        "max_timeout_seconds": most,
    });
    Answer::json(200, &shown)
}
