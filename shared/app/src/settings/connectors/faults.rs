//! What is wrong with a connector as somebody wants it to be: of the body's form, of its secrets, of its settings; all at once.

use crate::settings::connectors::input::ConnectorInput;
use crate::{Failure, Gate};
use domain::Fault;
use store::connectors::Connector;
use vendors::connector::Settings;
use vendors::{check, is_public_header, masked_endpoint};

/// Another host or vendor does not get the secrets that were entered for this one: each must be entered again.
pub(crate) fn must_be_entered_again(
    input: &ConnectorInput,
    before: &Connector,
    old: &Settings,
    settings: &mut Settings,
) -> Vec<Fault> {
    let host = |text: &str| {
        url::Url::parse(text).ok().map(|u| (u.host_str().map(str::to_owned), u.port(), u.scheme().to_owned()))
    };
    if settings.kind == old.kind && host(&settings.endpoint) == host(&old.endpoint) {
        return Vec::new();
    }
    let entered = |name: &str| {
        let given = input.headers.iter().find(|(given, _)| given.eq_ignore_ascii_case(name));
        given.is_some_and(|(_, value)| value.is_some() && before.headers.get(name) != value.as_ref())
    };
    let carried = |name: &String| !entered(name) && !is_public_header(old.kind, name) && old.headers.contains_key(name);
    let lost: Vec<String> = settings.headers.keys().filter(|name| carried(name)).cloned().collect();
    lost.iter().for_each(|name| drop(settings.headers.remove(name)));
    let problem = "must be entered again, or taken away, since the host or the type changed";
    let mut faults: Vec<Fault> = lost.into_iter().map(|name| Fault::new(format!("headers.{name}"), problem)).collect();
    // An address with a secret in it is one: another vendor's would be shown whole.
    if settings.endpoint == old.endpoint && masked_endpoint(old.kind, &old.endpoint) != old.endpoint {
        settings.endpoint.clear();
        let problem = "must be entered again, since the type changed";
        faults.push(Fault::new("endpoint", problem));
    }
    faults
}

/// # Errors
/// Every fault at once: of the body's form, these, and those of the settings.
pub(crate) fn must_be_sound(
    gate: &Gate,
    input: &ConnectorInput,
    settings: &Settings,
    faults: Vec<Fault>,
) -> Result<(), Failure> {
    let mut all = input.faults.clone();
    let is_named = |field: &str| input.faults.iter().any(|fault| fault.field == field);
    if !is_named("") {
        add_others(&mut all, faults);
    }
    // Of which type the settings are is not known where it is at fault.
    if !is_named("") && !is_named("type") {
        all = with_faults_of(gate, settings, all);
    }
    if all.is_empty() { Ok(()) } else { Err(Failure::Invalid(all)) }
}

/// These faults, and those of the settings that are about other fields.
pub(crate) fn with_faults_of(gate: &Gate, settings: &Settings, mut faults: Vec<Fault>) -> Vec<Fault> {
    add_others(&mut faults, check(settings, gate.http.allows_insecure()));
    faults
}

/// Adds those of which the field, or all headers, are not named yet.
fn add_others(faults: &mut Vec<Fault>, more: Vec<Fault>) {
    let named: Vec<String> = faults.iter().map(|fault| fault.field.clone()).collect();
    let is_named = |field: &str| named.iter().any(|known| known.eq_ignore_ascii_case(field));
    let of_headers = |field: &str| field.starts_with("headers.") && is_named("headers");
    faults.extend(more.into_iter().filter(|fault| !is_named(&fault.field) && !of_headers(&fault.field)));
}
