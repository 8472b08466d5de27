//! Keeps redacted values from coming back. An executor that echoes its input would reveal what the policy hides. Every hidden value is
//! removed from the reports of executors and agents, as it is and in the spellings of an echo: inside of longer texts and of keys, in other
//! letter case, escaped for JSON, a URL or HTML, in base64 and in hexadecimal.

mod decoded;
mod find;
mod values;

pub use crate::params::scrub::values::Scrub;

use crate::params::hidden::REDACTED;
use serde_json::{Map, Value};

impl Scrub {
    /// A report without the hidden values.
    pub fn value(&self, report: &Value) -> Value {
        match report {
            _ if self.hides_nothing() => report.clone(),
            Value::String(text) => Value::String(self.text(text)),
            Value::Number(number) => {
                let equal = number.as_f64().is_some_and(|n| self.numbers.contains(&n));
                let printed = number.to_string();
                if equal || self.text(&printed) != printed { REDACTED.into() } else { report.clone() }
            }
            Value::Array(items) => items.iter().map(|item| self.value(item)).collect(),
            Value::Object(map) => {
                Value::Object(map.iter().map(|(key, value)| self.field(key, value)).collect::<Map<_, _>>())
            }
            Value::Bool(_) | Value::Null => report.clone(),
        }
    }

    /// Whether a flag is shown must not depend on its value, because that would reveal the value.
    fn field(&self, key: &str, value: &Value) -> (String, Value) {
        let flag = value.is_boolean() && self.flags.contains(key);
        (self.text(key), if flag { REDACTED.into() } else { self.value(value) })
    }

    /// A text without the hidden values.
    pub fn text(&self, text: &str) -> String {
        self.without(text, false)
    }

    /// The beginning of a text: its last characters may be the first of a hidden value.
    pub fn beginning(&self, text: &str) -> String {
        self.without(text, true)
    }

    fn without(&self, text: &str, cut: bool) -> String {
        if self.hides_nothing() {
            return text.to_owned();
        }
        let mut left = String::with_capacity(text.len());
        let mut at = 0;
        for (from, to) in find::hidden(self, text, cut) {
            left.push_str(text.get(at..from).unwrap_or_default());
            left.push_str(REDACTED);
            at = to;
        }
        left.push_str(text.get(at..).unwrap_or_default());
        left
    }

    fn hides_nothing(&self) -> bool {
        self.anywhere.is_empty() && self.alone.is_empty() && self.numbers.is_empty() && self.flags.is_empty()
    }
}

#[cfg(test)]
mod tests;
