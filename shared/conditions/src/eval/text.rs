//! Functions of texts.

use super::budget::Budget;
use super::doubt::Fail;
use super::value::{Shared, Value};
use crate::function::Function;
use crate::pattern::Pattern;
use crate::tree::Prepared;
use wildmatch::WildMatch;

/// A test of a text with another; what is prepared stands for the other.
pub(crate) fn test(
    function: Function,
    args: (&Value<'_>, &Value<'_>),
    prepared: Option<&Prepared>,
    budget: &mut Budget,
) -> Result<bool, Fail> {
    let (text, other) = (text(args.0)?, text(args.1)?);
    match (function, prepared) {
        (Function::Matches, Some(Prepared::Pattern(pattern))) => matches(text, pattern, budget),
        (Function::Matches, _) => {
            budget.compiling(other.len())?;
            let pattern =
                Pattern::unknown(other).map_err(|problem| Fail::doubt(format!("the pattern of {{}} {problem}")))?;
            matches(text, &pattern, budget)
        }
        (Function::Glob, Some(Prepared::Glob(glob))) => {
            budget.globbing(other.len(), text.len())?;
            Ok(glob.matches(text))
        }
        (Function::Glob, _) => {
            budget.globbing(other.len(), text.len())?;
            Ok(WildMatch::new(other).matches(text))
        }
        _ => {
            budget.bytes(text.len())?;
            Ok(has(function, text, other))
        }
    }
}

fn has(function: Function, text: &str, other: &str) -> bool {
    match function {
        Function::StartsWith => text.starts_with(other),
        Function::EndsWith => text.ends_with(other),
        _ => text.contains(other),
    }
}

fn matches(text: &str, pattern: &Pattern, budget: &mut Budget) -> Result<bool, Fail> {
    budget.matching(pattern.size, text.len())?;
    Ok(pattern.is_in(text))
}

/// The text that a value is.
pub(crate) fn text<'v>(value: &'v Value<'_>) -> Result<&'v str, Fail> {
    match value {
        Value::Text(Shared::Lent(text)) => Ok(text),
        Value::Text(Shared::Made(text)) => Ok(text),
        other => Err(Fail::doubt(format!("{{}} needs text and gets {}", other.kind().word()))),
    }
}
