//! What a scalar stands for by the core schema of YAML 1.2 (§10.3.2): `no`, `off` and `y` are texts, `010` is ten.

use super::problem::without_place;
use crate::params::json;
use serde_json::Value;

/// What is written without quotes.
///
/// # Errors
/// Why JSON has no such value.
pub(super) fn plain(text: &str) -> Result<Value, String> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Ok(Value::Null),
        "true" | "True" | "TRUE" => Ok(Value::Bool(true)),
        "false" | "False" | "FALSE" => Ok(Value::Bool(false)),
        ".nan" | ".NaN" | ".NAN" => Err(no_number(text)),
        _ if matches!(unsigned(text), ".inf" | ".Inf" | ".INF") => Err(no_number(text)),
        _ => number(text).unwrap_or_else(|| Ok(text.into())),
    }
}

fn no_number(text: &str) -> String {
    format!("is {text}, which is no number in JSON; write it in quotes if it is a text")
}

fn unsigned(text: &str) -> &str {
    text.strip_prefix(['-', '+']).unwrap_or(text)
}

/// A number, if it is written as one.
fn number(text: &str) -> Option<Result<Value, String>> {
    let json = match (text.strip_prefix("0o"), text.strip_prefix("0x")) {
        (Some(octal), _) => whole(octal, 8)?,
        (_, Some(hexadecimal)) => whole(hexadecimal, 16)?,
        _ => decimal(text)?,
    };
    let value = json::parse(json.as_bytes()).map_err(|problem| {
        let (problem, _) = without_place(&problem);
        format!("is {text}: {problem}")
    });
    Some(value)
}

/// A whole number of another base; what is too large for a machine is as large as JSON will refuse.
fn whole(digits: &str, base: u32) -> Option<String> {
    let good = !digits.is_empty() && digits.chars().all(|c| c.is_digit(base));
    good.then(|| u64::from_str_radix(digits, base).unwrap_or(u64::MAX).to_string())
}

/// `[-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?`, as JSON writes it.
fn decimal(text: &str) -> Option<String> {
    let is_digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    let (mantissa, exponent) = match unsigned(text).split_once(['e', 'E']) {
        Some((_, power)) if unsigned(power).is_empty() || !is_digits(unsigned(power)) => return None,
        Some((mantissa, power)) => (mantissa, format!("e{power}")),
        None => (unsigned(text), String::new()),
    };
    let (before, after) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if !is_digits(before) || !is_digits(after) || (before.is_empty() && after.is_empty()) {
        return None;
    }
    let before = match before.trim_start_matches('0') {
        "" => "0",
        digits => digits,
    };
    let after = if after.is_empty() { String::new() } else { format!(".{after}") };
    let nothing = before == "0" && after.is_empty() && exponent.is_empty();
    let sign = if text.starts_with('-') && !nothing { "-" } else { "" };
    Some(format!("{sign}{before}{after}{exponent}"))
}
