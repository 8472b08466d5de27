//! What holds where a policy or a connector does not say: read by admins and auditors, changed by admins.

use crate::settings::shapes::CONNECTOR_DEFAULTS_INPUT;
use crate::{Caller, Failure, Gate};
use domain::connector::Mode;
use domain::{Fault, Faults, Role};
use serde_json::Value;
use store::connectors::Defaults;

/// The workspace's defaults.
///
/// # Errors
/// `Forbidden` unless the caller is an admin or an auditor.
pub async fn read_defaults(gate: &Gate, caller: &Caller) -> Result<Defaults, Failure> {
    caller.must_be(&[Role::Admin, Role::Auditor])?;
    Ok(gate.store.get_connector_defaults(&caller.workspace).await?)
}

/// Changes the defaults that the body names.
///
/// # Errors
/// `Invalid` with every fault; `Forbidden` unless the caller is an admin.
pub async fn change_defaults(gate: &Gate, caller: &Caller, body: &Value) -> Result<Defaults, Failure> {
    caller.must_be(&[Role::Admin])?;
    let before = gate.store.get_connector_defaults(&caller.workspace).await?;
    let next = changed_defaults(before, body)?;
    gate.store.put_connector_defaults(&caller.workspace, &next).await?;
    gate.memory.connectors.forget(&caller.workspace);
    Ok(next)
}

fn changed_defaults(before: Defaults, body: &Value) -> Result<Defaults, Vec<Fault>> {
    let faults = Faults::default();
    let given = CONNECTOR_DEFAULTS_INPUT.read(body, &faults);
    let mode = given.text("default_delivery_mode");
    let next = Defaults {
        mode: mode.map_or(before.mode, |mode| if mode == "all" { Mode::All } else { Mode::FirstSuccess }),
        fallback_to_ui: given.flag("default_fallback_to_ui").unwrap_or(before.fallback_to_ui),
        timeout_seconds: given.count("default_timeout_seconds").unwrap_or(before.timeout_seconds),
    };
    faults.or(next)
}
