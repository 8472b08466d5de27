//! Arithmetic. Nothing wraps and nothing becomes infinite; a whole number beside a decimal one counts as decimal.

use super::budget::Budget;
use super::doubt::Fail;
use super::value::{List, Shared, Value};
use crate::moment::{in_bounds, span_in_bounds};
use crate::number::EXACT;
use crate::tree::Operation;

/// The result of an operation.
pub(crate) fn compute<'a>(op: Operation, a: &Value<'a>, b: &Value<'a>, budget: &mut Budget) -> Result<Value<'a>, Fail> {
    match (a, b) {
        (Value::Int(a), Value::Int(b)) => ints(op, *a, *b),
        (Value::Uint(a), Value::Uint(b)) => uints(op, *a, *b),
        (Value::Double(a), Value::Double(b)) => doubles(op, *a, *b),
        (Value::Double(a), whole) if whole.kind().is_number() => doubles(op, *a, exact(whole)?),
        (whole, Value::Double(b)) if whole.kind().is_number() => doubles(op, exact(whole)?, *b),
        _ if op == Operation::Add => add(a, b, budget),
        _ if op == Operation::Subtract => subtract(a, b),
        _ => Err(mismatch(a, b)),
    }
}

/// The negative of a number.
pub(crate) fn negative<'a>(of: &Value<'a>) -> Result<Value<'a>, Fail> {
    match of {
        Value::Int(n) => n.checked_neg().map(Value::Int).ok_or_else(too_large),
        Value::Double(n) => Ok(Value::Double(-n)),
        Value::Uint(_) => Err(Fail::doubt("{} has an unsigned number, which has no negative")),
        other => Err(Fail::doubt(format!("{{}} has {}, which has no negative", other.kind().word()))),
    }
}

fn mismatch(a: &Value<'_>, b: &Value<'_>) -> Fail {
    let unsigned = a.kind().is_number() && b.kind().is_number();
    let advice = if unsigned { ", of which one is unsigned; write int(…) or uint(…)" } else { "" };
    Fail::doubt(format!("{{}} computes with {} and {}{advice}", a.kind().word(), b.kind().word()))
}

fn too_large() -> Fail {
    Fail::doubt("{} is too large a number")
}

fn by_zero() -> Fail {
    Fail::doubt("{} divides by zero")
}

/// A whole number as a double, if it keeps its value.
fn exact(whole: &Value<'_>) -> Result<f64, Fail> {
    let double = match whole {
        Value::Int(n) => *n as f64,
        Value::Uint(n) => *n as f64,
        other => return Err(Fail::kind(other.kind(), "a number")),
    };
    if double.abs() < EXACT { Ok(double) } else { Err(too_large()) }
}

fn ints(op: Operation, a: i64, b: i64) -> Result<Value<'static>, Fail> {
    let result = match op {
        Operation::Add => a.checked_add(b),
        Operation::Subtract => a.checked_sub(b),
        Operation::Multiply => a.checked_mul(b),
        Operation::Divide | Operation::Remainder if b == 0 => return Err(by_zero()),
        Operation::Divide => a.checked_div(b),
        Operation::Remainder => a.checked_rem(b),
    };
    result.map(Value::Int).ok_or_else(too_large)
}

fn uints(op: Operation, a: u64, b: u64) -> Result<Value<'static>, Fail> {
    let result = match op {
        Operation::Add => a.checked_add(b),
        Operation::Subtract => a.checked_sub(b),
        Operation::Multiply => a.checked_mul(b),
        Operation::Divide | Operation::Remainder if b == 0 => return Err(by_zero()),
        Operation::Divide => a.checked_div(b),
        Operation::Remainder => a.checked_rem(b),
    };
    result.map(Value::Uint).ok_or_else(too_large)
}

fn doubles(op: Operation, a: f64, b: f64) -> Result<Value<'static>, Fail> {
    Value::double(match op {
        Operation::Add => a + b,
        Operation::Subtract => a - b,
        Operation::Multiply => a * b,
        Operation::Divide if b == 0.0 => return Err(by_zero()),
        Operation::Divide => a / b,
        Operation::Remainder => return Err(Fail::doubt("{} is a remainder of numbers that are not whole")),
    })
}

fn add<'a>(a: &Value<'a>, b: &Value<'a>, budget: &mut Budget) -> Result<Value<'a>, Fail> {
    match (a, b) {
        (Value::Text(a), Value::Text(b)) => {
            budget.bytes(a.len() + b.len())?;
            Ok(Value::made([&**a, &**b].concat()))
        }
        (Value::Bytes(a), Value::Bytes(b)) => {
            budget.bytes(a.len() + b.len())?;
            Ok(Value::Bytes(Shared::Made([&**a, &**b].concat().into())))
        }
        (Value::List(a), Value::List(b)) => {
            budget.spend(a.len() + b.len())?;
            let items = |list: &List<'a>| (0..list.len()).filter_map(|at| list.get(at)).collect::<Vec<_>>();
            Ok(Value::List(List::Made([items(a), items(b)].concat().into())))
        }
        (Value::Time(time), Value::Span(span)) | (Value::Span(span), Value::Time(time)) => {
            time.checked_add(*span).ok().and_then(in_bounds).map(Value::Time).ok_or_else(out_of_time)
        }
        (Value::Span(a), Value::Span(b)) => {
            a.checked_add(*b).and_then(span_in_bounds).map(Value::Span).ok_or_else(out_of_time)
        }
        _ => Err(mismatch(a, b)),
    }
}

fn subtract<'a>(a: &Value<'a>, b: &Value<'a>) -> Result<Value<'a>, Fail> {
    match (a, b) {
        (Value::Time(a), Value::Time(b)) => {
            span_in_bounds(a.duration_since(*b)).map(Value::Span).ok_or_else(out_of_time)
        }
        (Value::Time(time), Value::Span(span)) => {
            time.checked_sub(*span).ok().and_then(in_bounds).map(Value::Time).ok_or_else(out_of_time)
        }
        (Value::Span(a), Value::Span(b)) => {
            a.checked_sub(*b).and_then(span_in_bounds).map(Value::Span).ok_or_else(out_of_time)
        }
        _ => Err(mismatch(a, b)),
    }
}

fn out_of_time() -> Fail {
    Fail::doubt("{} is out of the range of times")
}
