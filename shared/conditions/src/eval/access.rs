//! Fields, items and sizes.

use super::budget::Budget;
use super::compare::found;
use super::doubt::Fail;
use super::value::{Dict, List, Value};
use crate::number::EXACT;

/// A field; none where it is not there.
pub(crate) fn field<'a>(of: &Value<'a>, name: &str, budget: &mut Budget) -> Result<Option<Value<'a>>, Fail> {
    match of {
        Value::Map(Dict::Lent(map)) => Ok(map.get(name).map(Value::of)),
        Value::Map(dict) => found(dict, &Value::lent(name), budget),
        other => Err(Fail::doubt(format!("{{}} is not there, because {} has no fields", other.kind().word()))),
    }
}

/// The item of a list, or the value under a key.
pub(crate) fn item<'a>(of: &Value<'a>, key: &Value<'a>, budget: &mut Budget) -> Result<Value<'a>, Fail> {
    let item = match of {
        Value::List(list) => place(list, key)?,
        Value::Map(dict) => found(dict, key, budget)?,
        other => return Err(Fail::doubt(format!("{{}} is not there, because {} has no items", other.kind().word()))),
    };
    item.ok_or_else(|| Fail::doubt("{} is not there"))
}

fn place<'a>(list: &List<'a>, key: &Value<'_>) -> Result<Option<Value<'a>>, Fail> {
    let at = match key {
        Value::Int(n) => usize::try_from(*n).ok(),
        Value::Uint(n) => usize::try_from(*n).ok(),
        Value::Double(n) if n.fract() == 0.0 && (0.0..EXACT).contains(n) => Some(*n as usize),
        Value::Double(_) => None,
        other => return Err(Fail::doubt(format!("{{}} is found by a number, not by {}", other.kind().word()))),
    };
    Ok(at.and_then(|at| list.get(at)))
}

/// How many characters, bytes, items or keys there are.
pub(crate) fn size(of: &Value<'_>, budget: &mut Budget) -> Result<Value<'static>, Fail> {
    let size = match of {
        Value::Text(text) => {
            budget.bytes(text.len())?;
            text.chars().count()
        }
        Value::Bytes(bytes) => bytes.len(),
        Value::List(list) => list.len(),
        Value::Map(dict) => dict.len(),
        other => return Err(Fail::doubt(format!("{{}} is not there, because {} has no size", other.kind().word()))),
    };
    i64::try_from(size).map(Value::Int).map_err(|_| Fail::doubt("{} is too large a number"))
}
