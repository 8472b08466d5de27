//! Equality and order. Numbers of all kinds compare by value; a comparison that could be wrong because of rounding is a doubt. Local invariant: values of different kinds are
//! neither equal nor unequal but a doubt. *Why*: `params.amount != "50"` must not be true for a number.

use super::budget::{ALLOCATION, Budget};
use super::doubt::Fail;
use super::value::{Dict, List, Value};
use crate::number::EXACT;
use std::cmp::Ordering;

/// Whether two values are equal.
pub(crate) fn equal(a: &Value<'_>, b: &Value<'_>, budget: &mut Budget) -> Result<bool, Fail> {
    match (a, b) {
        (Value::Null, Value::Null) => Ok(true),
        (Value::Null, _) | (_, Value::Null) => Ok(false),
        (Value::Kind(a), Value::Kind(b)) => Ok(a == b),
        (Value::List(a), Value::List(b)) => lists(a, b, budget),
        (Value::Map(a), Value::Map(b)) => dicts(a, b, budget),
        _ => order(a, b, budget).map(Ordering::is_eq),
    }
}

/// Which of two values is less.
pub(crate) fn order(a: &Value<'_>, b: &Value<'_>, budget: &mut Budget) -> Result<Ordering, Fail> {
    match (a, b) {
        (Value::Bool(a), Value::Bool(b)) => Ok(a.cmp(b)),
        (Value::Time(a), Value::Time(b)) => Ok(a.cmp(b)),
        (Value::Span(a), Value::Span(b)) => Ok(a.cmp(b)),
        (Value::Text(a), Value::Text(b)) => {
            budget.bytes(a.len().min(b.len()))?;
            Ok(a.as_bytes().cmp(b.as_bytes()))
        }
        (Value::Bytes(a), Value::Bytes(b)) => {
            budget.bytes(a.len().min(b.len()))?;
            Ok((**a).cmp(&**b))
        }
        _ => numbers(a, b),
    }
}

fn numbers(a: &Value<'_>, b: &Value<'_>) -> Result<Ordering, Fail> {
    if let (Some(a), Some(b)) = (whole(a), whole(b)) {
        return Ok(a.cmp(&b));
    }
    let (Some(x), Some(y)) = (double(a), double(b)) else {
        return Err(different(a, b));
    };
    match x.partial_cmp(&y) {
        // Two numbers so large may have become the same double and yet be different; the order of different doubles is certain.
        Some(Ordering::Equal) if x.abs() >= EXACT => Err(Fail::doubt("{} compares numbers that are too large for it")),
        Some(order) => Ok(order),
        None => Err(Fail::doubt("{} compares what is not a number")),
    }
}

fn different(a: &Value<'_>, b: &Value<'_>) -> Fail {
    if a.kind() == b.kind() {
        return Fail::doubt(format!("{{}} asks which is less, but {} is neither less nor greater", a.kind().word()));
    }
    Fail::doubt(format!("{{}} compares {} with {}", a.kind().word(), b.kind().word()))
}

fn whole(value: &Value<'_>) -> Option<i128> {
    match value {
        Value::Int(n) => Some(i128::from(*n)),
        Value::Uint(n) => Some(i128::from(*n)),
        _ => None,
    }
}

/// The number as a double, which may be rounded.
fn double(value: &Value<'_>) -> Option<f64> {
    match value {
        Value::Int(n) => Some(*n as f64),
        Value::Uint(n) => Some(*n as f64),
        Value::Double(n) => Some(*n),
        _ => None,
    }
}

/// Unequal if any item is for certain; else a doubt about an item is one about the lists.
fn lists(a: &List<'_>, b: &List<'_>, budget: &mut Budget) -> Result<bool, Fail> {
    if a.len() != b.len() {
        return Ok(false);
    }
    let mut doubt = None;
    for (a, b) in (0..a.len()).filter_map(|at| a.get(at).zip(b.get(at))) {
        budget.spend(1)?;
        if !kept(equal(&a, &b, budget), true, &mut doubt, budget)? {
            return Ok(false);
        }
    }
    doubt.map_or(Ok(true), Err)
}

fn dicts(a: &Dict<'_>, b: &Dict<'_>, budget: &mut Budget) -> Result<bool, Fail> {
    if a.len() != b.len() {
        return Ok(false);
    }
    let mut doubt = None;
    for (key, value) in a.entries() {
        budget.spend(1)?;
        let Some(other) = found(b, &key, budget)? else { return Ok(false) };
        if !kept(equal(&value, &other, budget), true, &mut doubt, budget)? {
            return Ok(false);
        }
    }
    doubt.map_or(Ok(true), Err)
}

/// A result; in place of a doubt, which is remembered, `otherwise`.
fn kept(
    result: Result<bool, Fail>,
    otherwise: bool,
    doubt: &mut Option<Fail>,
    budget: &mut Budget,
) -> Result<bool, Fail> {
    match result {
        Err(Fail::Spent) => Err(Fail::Spent),
        Err(fail) => {
            doubt.get_or_insert(fail);
            budget.spend(ALLOCATION)?;
            Ok(otherwise)
        }
        certain => certain,
    }
}

/// The value under a key.
pub(crate) fn found<'a>(dict: &Dict<'a>, key: &Value<'_>, budget: &mut Budget) -> Result<Option<Value<'a>>, Fail> {
    match (dict, key) {
        (Dict::Lent(map), Value::Text(name)) => {
            budget.bytes(name.len())?;
            Ok(map.get(&**name).map(Value::of))
        }
        (Dict::Lent(_), other) => Err(Fail::doubt(format!("{{}} has no fields named by {}", other.kind().word()))),
        (Dict::Made(entries), key) => among(entries, key, budget),
    }
}

/// The value under a key among entries that are made here.
pub(crate) fn among<'a>(
    entries: &[(Value<'a>, Value<'a>)],
    key: &Value<'_>,
    budget: &mut Budget,
) -> Result<Option<Value<'a>>, Fail> {
    budget.spend(entries.len())?;
    for (known, value) in entries.iter().filter(|(known, _)| known.kind().may_equal(key.kind())) {
        if equal(known, key, budget)? {
            return Ok(Some(value.clone()));
        }
    }
    Ok(None)
}

/// Whether an item is in a list, or a key in an object.
pub(crate) fn within(item: &Value<'_>, container: &Value<'_>, budget: &mut Budget) -> Result<bool, Fail> {
    let list = match container {
        Value::List(list) => list,
        Value::Map(dict) => return found(dict, item, budget).map(|found| found.is_some()),
        other => {
            return Err(Fail::doubt(format!("{{}} looks into {}, not into a list or an object", other.kind().word())));
        }
    };
    let mut doubt = None;
    for one in (0..list.len()).filter_map(|at| list.get(at)) {
        budget.spend(1)?;
        if kept(equal(item, &one, budget), false, &mut doubt, budget)? {
            return Ok(true);
        }
    }
    doubt.map_or(Ok(false), Err)
}
