//! What sets a function off: routes, rules, schedules and the table's stream.

use serde_json::{Map, Value};
use std::time::Duration;

use super::failures::on_failure;
use super::properties::{number, only};
use super::resolve::Names;
use super::wiring::{Mapping, Route, Rule, Schedule, Template};
use crate::template::pattern::Pattern;

/// Reads one event of a function.
pub(super) fn read(
    template: &mut Template,
    names: &Names<'_>,
    function: &str,
    name: &str,
    source: &Value,
) -> Result<(), String> {
    let kind = source.get("Type").and_then(Value::as_str).ok_or("it has no Type")?;
    let empty = Map::new();
    let properties = source.get("Properties").and_then(Value::as_object).unwrap_or(&empty);
    match kind {
        "HttpApi" => template.routes.push(route(function, properties)?),
        "EventBridgeRule" => template.rules.extend(rule(names, function, name, properties)?),
        "Schedule" => template.schedules.extend(schedule(function, name, properties)?),
        "DynamoDB" => template.mappings.push(mapping(names, function, properties)?),
        other => return Err(format!("the event type {other} is not implemented here")),
    }
    Ok(())
}

fn route(function: &str, properties: &Map<String, Value>) -> Result<Route, String> {
    only(properties, &["ApiId", "Path", "Method", "TimeoutInMillis", "PayloadFormatVersion", "RouteSettings"])?;
    if properties.get("PayloadFormatVersion").is_some_and(|version| version.as_str() != Some("2.0")) {
        return Err("only payload format 2.0 is implemented here".to_owned());
    }
    let text = |name: &str| properties.get(name).and_then(Value::as_str);
    let method = text("Method")
        .map(str::to_uppercase)
        .filter(|method| !matches!(method.as_str(), "ANY" | "*" | "X-AMAZON-APIGATEWAY-ANY-METHOD"));
    let path = text("Path").filter(|path| *path != "$default").map(str::to_owned);
    Ok(Route { method, path, function: function.to_owned() })
}

fn rule(
    names: &Names<'_>,
    function: &str,
    name: &str,
    properties: &Map<String, Value>,
) -> Result<Option<Rule>, String> {
    // Handing over never fails here, so a rule's own retries and dead-letter queue have nothing to do.
    only(properties, &["Pattern", "EventBusName", "RetryPolicy", "DeadLetterConfig", "RuleName", "State", "Target"])?;
    let pattern = properties.get("Pattern").ok_or("it has no Pattern")?;
    let rule = Rule {
        name: format!("{function}{name}"),
        bus: bus(names, properties)?,
        pattern: Pattern::read(&names.deep(pattern)?)?,
        function: function.to_owned(),
    };
    Ok(Some(rule).filter(|_| enabled(properties)))
}

/// Reads a rule that is a resource of its own.
pub(super) fn rule_resource(
    template: &mut Template,
    names: &Names<'_>,
    logical: &str,
    properties: &Map<String, Value>,
) -> Result<(), String> {
    only(properties, &["EventPattern", "EventBusName", "Targets", "State", "Name", "Description"])?;
    let pattern = properties.get("EventPattern").ok_or("only rules with an EventPattern are implemented here")?;
    let pattern = Pattern::read(&names.deep(pattern)?)?;
    let bus = bus(names, properties)?;
    if !enabled(properties) {
        return Ok(());
    }
    let targets = properties.get("Targets").and_then(Value::as_array);
    for target in targets.into_iter().flatten() {
        let fields = target.as_object().ok_or("a target is an object")?;
        only(fields, &["Id", "Arn", "RetryPolicy", "DeadLetterConfig"])?;
        let function = fields.get("Arn").and_then(Names::target).ok_or("a target's Arn is no Fn::GetAtt")?;
        let rule = Rule {
            name: logical.to_owned(),
            bus: bus.clone(),
            pattern: pattern.clone(),
            function: function.to_owned(),
        };
        template.rules.push(rule);
    }
    Ok(())
}

fn bus(names: &Names<'_>, properties: &Map<String, Value>) -> Result<String, String> {
    let Some(bus) = properties.get("EventBusName") else {
        return Ok("default".to_owned());
    };
    let name = names.text(bus)?;
    Ok(name.rsplit_once("event-bus/").map_or(name.clone(), |(_, name)| name.to_owned()))
}

fn enabled(properties: &Map<String, Value>) -> bool {
    let state = properties.get("State").and_then(Value::as_str);
    state != Some("DISABLED") && properties.get("Enabled") != Some(&Value::Bool(false))
}

fn schedule(function: &str, name: &str, properties: &Map<String, Value>) -> Result<Option<Schedule>, String> {
    only(
        properties,
        &["Schedule", "Enabled", "State", "Name", "Description", "Input", "RetryPolicy", "DeadLetterConfig"],
    )?;
    let expression = properties.get("Schedule").and_then(Value::as_str).ok_or("it has no Schedule")?;
    let input = properties.get("Input").and_then(Value::as_str).map(serde_json::from_str);
    let schedule = Schedule {
        name: format!("{function}{name}"),
        function: function.to_owned(),
        every: every(expression)?,
        input: input.transpose().map_err(|error| format!("its Input is not JSON: {error}"))?,
    };
    Ok(Some(schedule).filter(|_| enabled(properties)))
}

/// Reads `rate(5 minutes)`; anything else is refused.
fn every(expression: &str) -> Result<Duration, String> {
    let refused = || format!("the schedule `{expression}` is not rate(<n> minutes), hours or days");
    let inner = expression.strip_prefix("rate(").and_then(|rest| rest.strip_suffix(')'));
    let (count, unit) = inner.and_then(|inner| inner.trim().split_once(' ')).ok_or_else(refused)?;
    let count: u64 = count.parse().ok().filter(|count| *count > 0).ok_or_else(refused)?;
    let seconds = match unit.trim() {
        "minute" | "minutes" => 60,
        "hour" | "hours" => 3_600,
        "day" | "days" => 86_400,
        _ => return Err(refused()),
    };
    Ok(Duration::from_secs(count * seconds))
}

fn mapping(names: &Names<'_>, function: &str, properties: &Map<String, Value>) -> Result<Mapping, String> {
    // Order is kept for the whole stream whatever the factor is, and no batch waits to fill.
    only(
        properties,
        &[
            "Stream",
            "StartingPosition",
            "BatchSize",
            "MaximumBatchingWindowInSeconds",
            "MaximumRetryAttempts",
            "MaximumRecordAgeInSeconds",
            "BisectBatchOnFunctionError",
            "FunctionResponseTypes",
            "FilterCriteria",
            "DestinationConfig",
            "ParallelizationFactor",
            "MetricsConfig",
        ],
    )?;
    let table = properties.get("Stream").and_then(Names::target).ok_or("its Stream is no Fn::GetAtt of a table")?;
    let batch_size = number(properties, "BatchSize")?.unwrap_or(100);
    let age = number(properties, "MaximumRecordAgeInSeconds")?.and_then(|age| u64::try_from(age).ok());
    Ok(Mapping {
        function: function.to_owned(),
        table: names.of(table)?,
        filters: filters(names, properties.get("FilterCriteria"))?,
        batch_size: usize::try_from(batch_size).map_err(|error| error.to_string())?.max(1),
        retries: number(properties, "MaximumRetryAttempts")?.and_then(|retries| u32::try_from(retries).ok()),
        max_age: age.map(Duration::from_secs),
        bisect: properties.get("BisectBatchOnFunctionError") == Some(&Value::Bool(true)),
        report_item_failures: reports(properties.get("FunctionResponseTypes"))?,
        on_failure: on_failure(names, properties.get("DestinationConfig"))?,
    })
}

fn filters(names: &Names<'_>, criteria: Option<&Value>) -> Result<Vec<Pattern>, String> {
    let filters = criteria.and_then(|criteria| criteria.get("Filters")).and_then(Value::as_array);
    let patterns = filters.into_iter().flatten().map(|filter| {
        let pattern = names.text(filter.get("Pattern").ok_or("a filter has no Pattern")?)?;
        let pattern = serde_json::from_str(&pattern).map_err(|error| format!("a filter is not JSON: {error}"))?;
        Pattern::read(&pattern)
    });
    patterns.collect()
}

fn reports(types: Option<&Value>) -> Result<bool, String> {
    let types = types.and_then(Value::as_array);
    for kind in types.into_iter().flatten() {
        if kind.as_str() != Some("ReportBatchItemFailures") {
            return Err(format!("the FunctionResponseType {kind} is unknown"));
        }
    }
    Ok(types.is_some_and(|types| !types.is_empty()))
}
