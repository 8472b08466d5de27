//! What a body gives of its fields, once its shape was checked: what is missing, null or of another kind is not given.

use serde_json::{Map, Value};

/// A value, or nothing.
#[derive(Clone, Copy, Debug)]
pub struct Given<'a>(Option<&'a Value>);

impl<'a> Given<'a> {
    /// Of what is there.
    pub fn of(value: Option<&'a Value>) -> Self {
        Self(value.filter(|value| !value.is_null()))
    }

    /// A field of it.
    pub fn field(self, name: &str) -> Self {
        Self::of(self.0.and_then(|value| value.get(name)))
    }

    /// Whether there is something.
    pub fn is_there(self) -> bool {
        self.0.is_some()
    }

    /// Itself.
    pub fn value(self) -> Option<&'a Value> {
        self.0
    }

    /// A field that is a text.
    pub fn text(self, name: &str) -> Option<String> {
        self.field(name).0?.as_str().map(str::to_owned)
    }

    /// A field that is one of these words.
    pub fn word(self, name: &str, words: &[&'static str]) -> Option<&'static str> {
        let given = self.field(name).0?.as_str()?;
        words.iter().copied().find(|word| *word == given)
    }

    /// A field that is true or false.
    pub fn flag(self, name: &str) -> Option<bool> {
        self.field(name).0?.as_bool()
    }

    /// A field that is a whole number.
    pub fn count(self, name: &str) -> Option<u64> {
        self.field(name).0?.as_u64()
    }

    /// The fields of a field that is an object.
    pub fn object(self, name: &str) -> Option<&'a Map<String, Value>> {
        self.field(name).0?.as_object()
    }

    /// What a field that is a list has.
    pub fn list(self, name: &str) -> &'a [Value] {
        self.field(name).0.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
    }
}
