//! JSON whose fields stay in the order in which they were put in.

use serde::{Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};

/// An object.
#[derive(Debug, Default)]
pub(crate) struct Ordered(Vec<(String, Box<RawValue>)>);

impl Ordered {
    /// With a field.
    pub(crate) fn with(mut self, name: &str, value: impl Serialize) -> serde_json::Result<Self> {
        self.put(name, value)?;
        Ok(self)
    }

    /// With a field, where there is something to put in.
    pub(crate) fn with_some(self, name: &str, value: Option<impl Serialize>) -> serde_json::Result<Self> {
        match value {
            Some(value) => self.with(name, value),
            None => Ok(self),
        }
    }

    /// Puts a field in.
    pub(crate) fn put(&mut self, name: &str, value: impl Serialize) -> serde_json::Result<()> {
        self.0.push((name.to_owned(), to_raw_value(&value)?));
        Ok(())
    }

    /// Itself, where it has a field.
    pub(crate) fn filled(self) -> Option<Self> {
        (!self.0.is_empty()).then_some(self)
    }
}

impl Serialize for Ordered {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

/// A text of JSON on one line, as people read it.
pub(crate) fn pretty(json: &str) -> String {
    let (mut out, mut depth, mut in_text, mut escaped, mut last) = (String::new(), 0_usize, false, false, ' ');
    for letter in json.chars() {
        if in_text {
            (in_text, escaped) = (escaped || letter != '"', !escaped && letter == '\\');
            out.push(letter);
            last = letter;
            continue;
        }
        match letter {
            ' ' => continue,
            '"' => (in_text, escaped) = (true, false),
            '}' | ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        let empty = matches!((last, letter), ('{', '}') | ('[', ']'));
        if !empty && (matches!(last, '{' | '[' | ',') || matches!(letter, '}' | ']')) {
            out.push('\n');
            out.push_str(&"  ".repeat(depth));
        }
        out.push(letter);
        match letter {
            '{' | '[' => depth += 1,
            ':' => out.push(' '),
            _ => {}
        }
        last = letter;
    }
    out.push('\n');
    out
}

#[cfg(test)]
mod tests {
    use super::pretty;
    use serde_json::{Value, json};

    #[test]
    fn it_is_laid_out_as_serde_json_does_it() {
        let value = json!({ "a": [], "b": {}, "c": [1, { "d": "x, \"{y}\" \\" }], "e": "", "f": null });
        assert_eq!(pretty(&value.to_string()), format!("{}\n", serde_json::to_string_pretty::<Value>(&value).unwrap()));
    }
}
