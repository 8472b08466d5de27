//! Faults of an input, each named by its path, all gathered before anything is refused.

use crate::limits::FAULTS;
use crate::params::path::{item, member};
use crate::params::visible::cut;
use serde::Serialize;
use serde_json::{Map, Value};
use std::{cell::RefCell, collections::BTreeSet, fmt, rc::Rc};

/// Characters of a path or a problem that are reported.
const MAX_TOLD: usize = 500;

/// One thing wrong with an input.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Fault {
    /// Where: `meta.requester.source`, or `actions["gmail.send"].approvers.anyOf[0]`; empty for the whole.
    pub field: String,
    /// What is wrong, as the end of a sentence about the field.
    pub problem: String,
    /// The line and column, where the input is a text that somebody wrote.
    #[serde(flatten)]
    pub place: Option<Place>,
}

/// A line and a column of a text, both counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Place {
    /// Which line.
    pub line: usize,
    /// Which character of it.
    pub column: usize,
}

/// The first of all.
impl Default for Place {
    fn default() -> Self {
        Self { line: 1, column: 1 }
    }
}

impl Fault {
    /// A fault of an input that has no lines.
    pub fn new(field: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { field: field.into(), problem: problem.into(), place: None }
    }

    /// A fault of a line and column.
    pub fn at(place: Place, field: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { place: Some(place), ..Self::new(field, problem) }
    }
}

/// A sentence: the field, the problem and the place.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { field, problem, place } = self;
        let space = if field.is_empty() { "" } else { " " };
        write!(f, "{field}{space}{problem}")?;
        place.map_or(Ok(()), |place| write!(f, " (line {}, column {})", place.line, place.column))
    }
}

/// Faults gathered so far; clones share one list.
#[derive(Clone, Debug, Default)]
pub struct Faults(Rc<RefCell<Vec<Fault>>>);

impl Faults {
    /// Notes one more.
    pub fn add(&self, field: impl Into<String>, problem: impl Into<String>) {
        self.note(Fault::new(field, problem));
    }

    /// Whether there are so many faults that further ones are not reported.
    pub(crate) fn are_enough(&self) -> bool {
        self.0.borrow().len() >= 10 * FAULTS
    }

    /// Notes one that stands somewhere.
    pub fn note(&self, fault: Fault) {
        let mut noted = self.0.borrow_mut();
        if noted.len() < 10 * FAULTS {
            let (field, problem) = (cut(&fault.field, MAX_TOLD), cut(&fault.problem, MAX_TOLD));
            noted.push(Fault { field, problem, ..fault });
        }
    }

    /// `Ok` with the value where there is no fault, else all of them in the order of their paths.
    pub fn or<T>(&self, value: T) -> Result<T, Vec<Fault>> {
        let mut found = self.0.take();
        found.sort();
        found.dedup();
        found.truncate(FAULTS);
        if found.is_empty() { Ok(value) } else { Err(found) }
    }

    /// A reader of an object at `path`; where the value is none, that is the fault and the reader is empty.
    pub fn object<'a>(&self, path: &str, value: &'a Value) -> Object<'a> {
        if !value.is_object() {
            self.add(path, "must be an object");
        }
        Object { path: path.into(), map: value.as_object(), known: BTreeSet::new(), faults: self.clone() }
    }
}

/// Reads the fields of one object, noting what is missing or of the wrong kind, and goes on.
#[derive(Debug)]
pub struct Object<'a> {
    path: String,
    map: Option<&'a Map<String, Value>>,
    known: BTreeSet<String>,
    faults: Faults,
}

impl<'a> Object<'a> {
    /// The path of a field of this object, cut to the reported length, so that a long name is not copied for everything below it.
    pub fn at(&self, key: &str) -> String {
        cut(&member(&self.path, key), MAX_TOLD)
    }

    /// Notes a fault of a field.
    pub fn fault(&self, key: &str, problem: impl Into<String>) {
        self.faults.add(self.at(key), problem);
    }

    /// The field, if it is there and not null.
    pub fn get(&mut self, key: &str) -> Option<&'a Value> {
        self.known.insert(key.into());
        self.map?.get(key).filter(|v| !v.is_null())
    }

    /// The field, or a fault that it is required.
    pub fn need(&mut self, key: &str) -> Option<&'a Value> {
        let value = self.get(key);
        if value.is_none() && self.map.is_some() {
            self.fault(key, "is required");
        }
        value
    }

    /// Whether the field is written at all, null included.
    pub fn has(&self, key: &str) -> bool {
        self.map.is_some_and(|m| m.contains_key(key))
    }

    /// The fields' names.
    pub fn keys(&self) -> Vec<&'a String> {
        self.map.map(|m| m.keys().collect()).unwrap_or_default()
    }

    fn typed<T>(&mut self, key: &str, kind: &str, read: impl Fn(&'a Value) -> Option<T>) -> Option<T> {
        let value = self.get(key)?;
        let read = read(value);
        if read.is_none() {
            self.fault(key, format!("must be {kind}"));
        }
        read
    }

    /// An optional string.
    pub fn text(&mut self, key: &str) -> Option<String> {
        self.typed(key, "a string", |v| v.as_str().map(String::from))
    }

    /// A required string of at least `min` characters.
    pub fn need_text(&mut self, key: &str, min: usize) -> String {
        self.need(key);
        let text = self.text(key);
        if text.as_ref().is_some_and(|t| t.trim().chars().count() < min) {
            let plural = if min == 1 { "" } else { "s" };
            self.fault(key, format!("must have at least {min} character{plural}"));
        }
        text.unwrap_or_default()
    }

    /// An optional boolean.
    pub fn flag(&mut self, key: &str) -> Option<bool> {
        self.typed(key, "true or false", Value::as_bool)
    }

    /// An optional whole number within bounds.
    pub fn count(&mut self, key: &str, min: u64, max: u64) -> Option<u64> {
        let in_bounds = |v: &Value| v.as_u64().filter(|n| (min..=max).contains(n));
        self.typed(key, &format!("a whole number between {min} and {max}"), in_bounds)
    }

    /// An optional one of a few words.
    pub fn one_of(&mut self, key: &str, words: &[&'static str]) -> Option<&'static str> {
        let kind = format!("one of {}", words.join(", "));
        self.typed(key, &kind, |v| words.iter().copied().find(|w| v.as_str() == Some(w)))
    }

    /// An optional list of strings; each that is none is a fault of its own.
    pub fn texts(&mut self, key: &str) -> Option<Vec<String>> {
        Some(self.numbered_texts(key)?.into_iter().map(|(_, text)| text).collect())
    }

    /// The same, and the index that each string has in the document, for a fault of that string.
    pub fn numbered_texts(&mut self, key: &str) -> Option<Vec<(usize, String)>> {
        let list = self.typed(key, "a list of strings", Value::as_array)?;
        let mut texts = Vec::new();
        for (i, one) in list.iter().enumerate() {
            match one.as_str() {
                Some(text) if !text.is_empty() => texts.push((i, text.to_owned())),
                _ => self.faults.add(item(&self.at(key), i), "must be a string that is not empty"),
            }
        }
        Some(texts)
    }

    /// An optional object.
    pub fn object(&mut self, key: &str) -> Option<Object<'a>> {
        self.get(key).map(|value| self.faults.object(&self.at(key), value))
    }

    /// A required object.
    pub fn need_object(&mut self, key: &str) -> Option<Object<'a>> {
        self.need(key).map(|value| self.faults.object(&self.at(key), value))
    }

    /// An optional list, with a path for each item.
    pub fn list(&mut self, key: &str) -> Vec<(String, &'a Value)> {
        let list = self.typed(key, "a list", Value::as_array).map(Vec::as_slice).unwrap_or_default();
        list.iter().enumerate().map(|(i, v)| (item(&self.at(key), i), v)).collect()
    }

    /// Notes every field that was not read: for documents where a typing error must not pass.
    pub fn nothing_else(&self) {
        for key in self.keys() {
            if !self.known.contains(key) {
                self.fault(key, "is not a known field");
            }
        }
    }
}
