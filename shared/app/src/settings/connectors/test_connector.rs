//! Tries a connector: its configuration, its credentials, and whether the vendor takes them. In this order; after the first that
//! failed the others are skipped.

use crate::settings::connectors::faults::{must_be_entered_again, with_faults_of};
use crate::settings::connectors::input::ConnectorInput;
use crate::settings::connectors::manage_connectors::{must_find, new_secret, opened, settings_of};
use crate::{Caller, Couriers, Failure};
use domain::{Fault, Role};
use serde::Serialize;
use std::sync::Arc;
use std::time::Duration;
use vendors::Vendor;
use vendors::connector::Settings;

/// The longest that a test takes: the gateway ends a request at 30 s.
const LONGEST: Duration = Duration::from_secs(20);

/// What came of a test (`tests/contract/connectors-api.yaml`).
#[derive(Clone, Debug, Serialize)]
pub struct Tested {
    /// `healthy` or `unhealthy`; `running` as long as the vendor is not asked.
    pub status: &'static str,
    /// Whose API it speaks.
    pub connector_type: &'static str,
    /// As it may be shown.
    pub endpoint: String,
    /// In order.
    pub checks: Vec<Check>,
}

/// One check.
#[derive(Clone, Debug, Serialize)]
pub struct Check {
    /// `config`, `credentials` or `connectivity`.
    pub id: &'static str,
    /// For people.
    pub label: &'static str,
    /// `passed`, `failed` or `skipped`; `running` where it is to come.
    pub status: &'static str,
    /// For people.
    pub message: String,
    /// How long it took, where it was a call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<u64>,
}

/// Tests a connector; what the body leaves out is taken from the connector that its `id` names.
///
/// # Errors
/// `Invalid` with every fault of the body's form; `NotFound` for such an `id`, `Forbidden` unless the caller is an admin.
pub async fn test_connector(couriers: &Couriers, caller: &Caller, input: &ConnectorInput) -> Result<Tested, Failure> {
    let (settings, mut checks) = judge(couriers, caller, input).await?;
    checks.push(match all(&checks, "passed") {
        false => skipped("connectivity", "Connectivity"),
        true => probe(couriers, input, &settings).await?,
    });
    Ok(tested(&settings, checks))
}

/// The part of a test that needs no vendor. If the vendor would be called next, the last check is `running`. For an interface that shows
/// the checks as they finish and then asks for the whole test.
pub async fn begin_test(couriers: &Couriers, caller: &Caller, input: &ConnectorInput) -> Result<Tested, Failure> {
    let (settings, mut checks) = judge(couriers, caller, input).await?;
    checks.push(match all(&checks, "passed") {
        false => skipped("connectivity", "Connectivity"),
        true => running("connectivity", "Connectivity"),
    });
    Ok(tested(&settings, checks))
}

/// The settings that are tested, and the checks that need nobody else.
async fn judge(
    couriers: &Couriers,
    caller: &Caller,
    input: &ConnectorInput,
) -> Result<(Settings, Vec<Check>), Failure> {
    caller.must_be(&[Role::Admin])?;
    if !input.faults.is_empty() {
        return Err(Failure::Invalid(input.faults.clone()));
    }
    let (mut settings, again) = match &input.id {
        None => (settings_of(input, None), Vec::new()),
        Some(id) => {
            let before = must_find(couriers, caller, id).await?;
            let defaults = couriers.store.get_connector_defaults(&caller.workspace).await?;
            let old = opened(couriers, caller, &before, &defaults)?;
            let mut settings = settings_of(input, Some((&before, &old)));
            // What was entered for one host is shown to no other.
            let again = must_be_entered_again(input, &before, &old, &mut settings);
            (settings, again)
        }
    };
    // What has none yet is signed with a secret of this one message, as it will be with the one that is made for it.
    new_secret(couriers, &mut settings)?;
    let (credentials, config): (Vec<Fault>, Vec<Fault>) =
        with_faults_of(couriers, &settings, again).into_iter().partition(|f| f.field.starts_with("headers."));
    let config = judged("config", "Configuration", &config, "Connector configuration is valid");
    let credentials = match config.status {
        "passed" => judged("credentials", "Credentials", &credentials, "Required credentials are present"),
        _ => skipped("credentials", "Credentials"),
    };
    Ok((settings, vec![config, credentials]))
}

fn tested(settings: &Settings, checks: Vec<Check>) -> Tested {
    let status = match () {
        () if all(&checks, "passed") => "healthy",
        () if checks.iter().any(|check| check.status == "running") => "running",
        () => "unhealthy",
    };
    let endpoint = vendors::masked_endpoint(settings.kind, &settings.endpoint);
    Tested { status, connector_type: settings.kind.word(), endpoint, checks }
}

fn all(checks: &[Check], status: &str) -> bool {
    checks.iter().all(|check| check.status == status)
}

/// How long a call may take: as long as the connector's attempts may, and never longer than the whole test.
fn call_time(given: Option<u64>, of_connector: Duration) -> Duration {
    given.map_or(of_connector, Duration::from_secs).min(LONGEST)
}

fn judged(id: &'static str, label: &'static str, faults: &[Fault], good: &str) -> Check {
    let told: Vec<String> = faults.iter().map(|f| format!("{} {}", f.field, f.problem)).collect();
    let (status, message) = if faults.is_empty() { ("passed", good.to_owned()) } else { ("failed", told.join("; ")) };
    Check { id, label, status, message, duration_ms: None }
}

fn skipped(id: &'static str, label: &'static str) -> Check {
    let message = "Not tried, since the check before failed".to_owned();
    Check { id, label, status: "skipped", message, duration_ms: None }
}

fn running(id: &'static str, label: &'static str) -> Check {
    let message = "The vendor is asked".to_owned();
    Check { id, label, status: "running", message, duration_ms: None }
}

async fn probe(couriers: &Couriers, input: &ConnectorInput, settings: &Settings) -> Result<Check, Failure> {
    let timeout = call_time(input.timeout_seconds, settings.timeout);
    let settings = Settings { timeout, ..settings.clone() };
    let vendor = Vendor::new(&couriers.http, &settings, couriers.slack_api_url(), Arc::default());
    let suffix = data_encoding::HEXLOWER.encode(&couriers.random::<8>()?);
    let began = tokio::time::Instant::now();
    let probed = tokio::time::timeout(LONGEST, vendor.probe(&suffix, couriers.clock.now())).await;
    let (status, message) = match probed {
        Ok(Ok(())) => ("passed", "Connector endpoint accepted the test request".to_owned()),
        Ok(Err(why)) => ("failed", why.to_string()),
        Err(_) => ("failed", format!("no answer within {} s", LONGEST.as_secs())),
    };
    let duration_ms = Some(u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX));
    Ok(Check { id: "connectivity", label: "Connectivity", status, message, duration_ms })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_takes_what_is_given_else_what_the_connector_has_and_never_more_than_the_gateway_waits() {
        let ten = Duration::from_secs(10);
        assert_eq!(call_time(Some(1), ten), Duration::from_secs(1));
        assert_eq!(call_time(None, ten), ten);
        assert_eq!(call_time(Some(120), ten), LONGEST);
        assert_eq!(call_time(None, Duration::from_secs(120)), LONGEST);
        assert!(LONGEST < Duration::from_secs(30), "what an HTTP API waits");
    }
}
