//! What holds where a policy or a connector does not say: read by admins and auditors, changed by admins.

use crate::{Caller, Failure, Gate};
use domain::connector::Mode;
use domain::limits::ATTEMPT_SEC;
use domain::{Fault, Faults, Role};
use serde_json::Value;
use store::connectors::Defaults;

/// The workspace's defaults.
///
/// # Errors
/// `Forbidden` for whoever is neither admin nor auditor.
pub async fn read_defaults(gate: &Gate, caller: &Caller) -> Result<Defaults, Failure> {
    caller.must_be(&[Role::Admin, Role::Auditor])?;
    Ok(gate.store.get_connector_defaults(&caller.workspace).await?)
}

/// Changes the defaults that the body names.
///
/// # Errors
/// `Invalid` with every fault; `Forbidden` for whoever is no admin.
pub async fn change_defaults(gate: &Gate, caller: &Caller, body: &Value) -> Result<Defaults, Failure> {
    caller.must_be(&[Role::Admin])?;
    let before = gate.store.get_connector_defaults(&caller.workspace).await?;
    let next = changed_defaults(before, body)?;
    gate.store.put_connector_defaults(&caller.workspace, &next).await?;
    gate.connectors.forget(&caller.workspace);
    Ok(next)
}

fn changed_defaults(before: Defaults, body: &Value) -> Result<Defaults, Vec<Fault>> {
    let faults = Faults::default();
    let mut o = faults.object("", body);
    let mode = o.one_of("default_delivery_mode", &["first_success", "all"]);
    let next = Defaults {
        mode: mode.map_or(before.mode, |mode| if mode == "all" { Mode::All } else { Mode::FirstSuccess }),
        fallback_to_ui: o.flag("default_fallback_to_ui").unwrap_or(before.fallback_to_ui),
        timeout_seconds: o
            .count("default_timeout_seconds", ATTEMPT_SEC.0, ATTEMPT_SEC.1)
            .unwrap_or(before.timeout_seconds),
    };
    // A client that sends back what it read says them too.
    for (bound, value) in [("min_timeout_seconds", ATTEMPT_SEC.0), ("max_timeout_seconds", ATTEMPT_SEC.1)] {
        if o.get(bound).is_some_and(|given| given.as_u64() != Some(value)) {
            o.fault(bound, "cannot be changed");
        }
    }
    o.nothing_else();
    faults.or(next)
}
