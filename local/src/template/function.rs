//! Functions: whose code they run, how long they may take, and what becomes of their failures.

use serde_json::{Map, Value};
use std::time::Duration;

use super::event;
use super::failures::on_failure;
use super::properties::{number, only};
use super::resolve::{Names, function_arn};
use super::wiring::{Function, Template};

/// Reads a function and all its events.
pub(super) fn read(
    template: &mut Template,
    names: &Names<'_>,
    logical: &str,
    resource: &Value,
    properties: &Map<String, Value>,
) -> Result<(), String> {
    let code = code(resource, properties).ok_or("neither CodeUri nor Metadata names its crate")?;
    let seconds = match number(properties, "Timeout")? {
        Some(seconds) => seconds,
        None => names.global("Timeout").and_then(Value::as_i64).unwrap_or(3),
    };
    let invoke = properties.get("EventInvokeConfig").or_else(|| names.global("EventInvokeConfig"));
    let (retries, on_failure) = invocation(names, invoke)?;
    template.functions.push(Function {
        logical: logical.to_owned(),
        code,
        arn: function_arn(logical),
        timeout: Duration::from_secs(u64::try_from(seconds).map_err(|error| error.to_string())?),
        streams: streams(properties)?,
        retries,
        on_failure,
        variables: variables(names, properties),
    });
    let events = properties.get("Events").and_then(Value::as_object);
    for (name, source) in events.into_iter().flatten() {
        event::read(template, names, logical, name, source).map_err(|error| format!("event {name}: {error}"))?;
    }
    Ok(())
}

/// The crate: what the build's metadata calls the binary, else the last segment of the code's folder.
fn code(resource: &Value, properties: &Map<String, Value>) -> Option<String> {
    let metadata = resource.get("Metadata");
    let named = ["/BuildProperties/Binary", "/BinName", "/BinaryName"]
        .into_iter()
        .find_map(|path| metadata?.pointer(path)?.as_str());
    let folder = || {
        let folder = properties.get("CodeUri")?.as_str()?.trim_end_matches('/').rsplit('/').next()?;
        Some(folder).filter(|folder| !folder.is_empty() && *folder != ".")
    };
    named.or_else(folder).map(str::to_owned)
}

/// The variables of all functions and of this one.
fn variables(names: &Names<'_>, properties: &Map<String, Value>) -> Map<String, Value> {
    let of = |environment: &Value| environment.get("Variables").and_then(Value::as_object).cloned().unwrap_or_default();
    let mut all = names.global("Environment").map(of).unwrap_or_default();
    all.extend(properties.get("Environment").map(of).unwrap_or_default());
    all
}

fn streams(properties: &Map<String, Value>) -> Result<bool, String> {
    let Some(url) = properties.get("FunctionUrlConfig") else {
        return Ok(false);
    };
    match url.get("InvokeMode").and_then(Value::as_str) {
        Some("RESPONSE_STREAM") => Ok(true),
        Some("BUFFERED") | None => Err("a Function URL that does not stream is not implemented here".to_owned()),
        Some(other) => Err(format!("the InvokeMode {other} is unknown")),
    }
}

/// The retries and the destination of asynchronous invocations; AWS retries twice unless the template says otherwise.
fn invocation(names: &Names<'_>, config: Option<&Value>) -> Result<(u32, Option<String>), String> {
    let Some(config) = config.and_then(Value::as_object) else {
        return Ok((2, None));
    };
    // Retries follow within seconds here, so no event reaches the age at which AWS would drop it.
    only(config, &["MaximumEventAgeInSeconds", "MaximumRetryAttempts", "DestinationConfig"])?;
    let retries = match number(config, "MaximumRetryAttempts")? {
        None => 2,
        Some(retries @ 0..=2) => u32::try_from(retries).map_err(|error| error.to_string())?,
        Some(other) => return Err(format!("MaximumRetryAttempts is 0 to 2, not {other}")),
    };
    Ok((retries, on_failure(names, config.get("DestinationConfig"))?))
}
