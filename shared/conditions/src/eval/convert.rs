//! Conversions: each keeps the value or is a doubt, except for `int` of a decimal number, which cuts its fraction off.

use super::budget::{ALLOCATION, Budget};
use super::doubt::Fail;
use super::value::{Shared, Value};
use crate::kind::Kind;
use crate::moment;
use crate::number::{EXACT, decimal, written};
use jiff::Timestamp;

/// Doubles from here on are past 64 bits, in either direction: 2^63.
const INT_END: f64 = 9_223_372_036_854_775_808.0;
/// 2^64.
const UINT_END: f64 = 18_446_744_073_709_551_616.0;

/// The value as one of another kind.
pub(crate) fn convert<'a>(kind: Kind, value: &Value<'a>, budget: &mut Budget) -> Result<Value<'a>, Fail> {
    budget.spend(ALLOCATION)?;
    if let Value::Text(text) = value {
        budget.bytes(text.len())?;
    }
    if value.kind() == kind {
        return Ok(value.clone());
    }
    let converted = match kind {
        Kind::Int => int(value),
        Kind::Uint => uint(value),
        Kind::Double => double(value),
        Kind::Text => text(value),
        Kind::Bytes => bytes(value),
        Kind::Bool => boolean(value),
        Kind::Time => time(value),
        _ => span(value),
    };
    converted.ok_or_else(|| Fail::doubt(format!("{{}} cannot be made of {}", this(value.kind()))))
}

fn this(kind: Kind) -> String {
    match kind {
        Kind::Bytes => "these bytes".into(),
        Kind::Bool => "this boolean".into(),
        other => format!("this {}", other.word().trim_start_matches("an ").trim_start_matches("a ")),
    }
}

fn int(value: &Value<'_>) -> Option<Value<'static>> {
    Some(Value::Int(match value {
        Value::Uint(n) => i64::try_from(*n).ok()?,
        Value::Double(n) if -INT_END < *n && *n < INT_END => *n as i64,
        Value::Text(text) => text.parse().ok()?,
        Value::Time(time) => time.as_nanosecond().div_euclid(1_000_000_000).try_into().ok()?,
        _ => return None,
    }))
}

fn uint(value: &Value<'_>) -> Option<Value<'static>> {
    Some(Value::Uint(match value {
        Value::Int(n) => u64::try_from(*n).ok()?,
        Value::Double(n) if (0.0..UINT_END).contains(n) => *n as u64,
        Value::Text(text) => text.parse().ok()?,
        _ => return None,
    }))
}

fn double(value: &Value<'_>) -> Option<Value<'static>> {
    let double = match value {
        Value::Int(n) => *n as f64,
        Value::Uint(n) => *n as f64,
        Value::Text(text) => return decimal(text).ok().map(Value::Double),
        _ => return None,
    };
    (double.abs() <= EXACT).then_some(Value::Double(double))
}

fn text<'a>(value: &Value<'a>) -> Option<Value<'a>> {
    Some(Value::made(match value {
        Value::Int(n) => n.to_string(),
        Value::Uint(n) => n.to_string(),
        Value::Double(n) => written(*n),
        Value::Bool(b) => b.to_string(),
        Value::Bytes(bytes) => str::from_utf8(bytes).ok()?.to_owned(),
        Value::Time(time) => time.to_string(),
        Value::Span(span) => moment::written(*span),
        _ => return None,
    }))
}

fn bytes<'a>(value: &Value<'a>) -> Option<Value<'a>> {
    match value {
        Value::Text(Shared::Lent(text)) => Some(Value::Bytes(Shared::Lent(text.as_bytes()))),
        Value::Text(Shared::Made(text)) => Some(Value::Bytes(Shared::Made(text.as_bytes().into()))),
        _ => None,
    }
}

fn boolean(value: &Value<'_>) -> Option<Value<'static>> {
    let Value::Text(text) = value else { return None };
    match &**text {
        "true" | "True" | "TRUE" | "t" | "1" => Some(Value::Bool(true)),
        "false" | "False" | "FALSE" | "f" | "0" => Some(Value::Bool(false)),
        _ => None,
    }
}

fn time(value: &Value<'_>) -> Option<Value<'static>> {
    let time = match value {
        Value::Int(seconds) => Timestamp::from_second(*seconds).ok().and_then(moment::in_bounds)?,
        Value::Text(text) => moment::timestamp(text)?,
        _ => return None,
    };
    Some(Value::Time(time))
}

fn span(value: &Value<'_>) -> Option<Value<'static>> {
    let Value::Text(text) = value else { return None };
    moment::duration(text).map(Value::Span)
}
