//! What nobody is shown: splits parameters into a view for every surface and the leaves that are kept sealed.

use crate::params::hidden::REDACTED;
use crate::params::keys::{below, borrowed};
use crate::params::places::heads;
use serde_json::{Map, Value};

/// A policy's `redactParams`. Keys are dotted paths from the top, cross arrays, and also match a literal key with dots in it. Where a key
/// can mean two places of the parameters, both are hidden, whether it names what is hidden or what is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Redaction {
    /// Everything is shown.
    #[default]
    None,
    /// Everything but these is hidden.
    Allow(Vec<String>),
    /// These are hidden.
    Deny(Vec<String>),
}

/// Parameters as they may be shown, and what was taken out of them by JSON Pointer (RFC 6901).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Redacted {
    /// With [`REDACTED`] in place of each hidden value.
    pub view: Map<String, Value>,
    /// The hidden values.
    pub leaves: Map<String, Value>,
}

/// Splits parameters.
pub fn redact(params: &Map<String, Value>, how: &Redaction) -> Redacted {
    let mut leaves = Map::new();
    let view = match how {
        Redaction::None => params.clone(),
        Redaction::Deny(keys) => Walk { hide_unnamed: false, leaves: &mut leaves }.object(params, &borrowed(keys), ""),
        Redaction::Allow(keys) => Walk { hide_unnamed: true, leaves: &mut leaves }.object(params, &borrowed(keys), ""),
    };
    Redacted { view, leaves }
}

/// Puts the hidden values back.
pub fn reveal(view: &Map<String, Value>, leaves: &Map<String, Value>) -> Map<String, Value> {
    let mut whole = Value::Object(view.clone());
    for (pointer, value) in leaves {
        if let Some(place) = whole.pointer_mut(pointer) {
            *place = value.clone();
        }
    }
    match whole {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

struct Walk<'l> {
    hide_unnamed: bool,
    leaves: &'l mut Map<String, Value>,
}

impl Walk<'_> {
    fn object(&mut self, map: &Map<String, Value>, keys: &[&str], at: &str) -> Map<String, Value> {
        let clear = |key: &&&str| !self.hide_unnamed || heads(map, key).len() <= 1;
        let keys: Vec<&str> = keys.iter().filter(clear).copied().collect();
        let field = |(key, value): (&String, &Value)| {
            let pointer = format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
            let below = below(&keys, key);
            let shown = match below.named {
                true if self.hide_unnamed => value.clone(),
                true => self.hide(value, pointer),
                false => self.value(value, &below.rest, pointer),
            };
            (key.clone(), shown)
        };
        map.iter().map(field).collect()
    }

    fn value(&mut self, value: &Value, keys: &[&str], at: String) -> Value {
        match value {
            _ if keys.is_empty() && self.hide_unnamed => self.hide(value, at),
            _ if keys.is_empty() => value.clone(),
            Value::Object(map) => Value::Object(self.object(map, keys, &at)),
            Value::Array(items) => {
                Value::Array(items.iter().enumerate().map(|(i, v)| self.value(v, keys, format!("{at}/{i}"))).collect())
            }
            _ if self.hide_unnamed => self.hide(value, at),
            scalar => scalar.clone(),
        }
    }

    fn hide(&mut self, value: &Value, pointer: String) -> Value {
        self.leaves.insert(pointer, value.clone());
        Value::String(REDACTED.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn map(value: Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap()
    }
    fn keys(keys: &[&str]) -> Vec<String> {
        keys.iter().map(|k| (*k).to_owned()).collect()
    }

    #[test]
    fn a_denylist_hides_paths_across_arrays_and_literal_dotted_keys() {
        let params = map(
            json!({"body": {"secret": 1, "open": 2}, "body.secret": 3, "cards": [{"n": 4}, {"n": [5]}, 6], "x": null}),
        );
        let out = redact(&params, &Redaction::Deny(keys(&["body.secret", "cards.n"])));
        let shown = json!({"body": {"secret": REDACTED, "open": 2}, "body.secret": REDACTED,
            "cards": [{"n": REDACTED}, {"n": REDACTED}, 6], "x": null});
        assert_eq!(Value::Object(out.view.clone()), shown);
        assert_eq!(reveal(&out.view, &out.leaves), params);
    }

    #[test]
    fn an_allowlist_hides_what_it_does_not_name() {
        let params = map(json!({"to": "a", "body": {"text": "b", "secret": {"deep": 1}}, "list": [1, {"k": 2}]}));
        let out = redact(&params, &Redaction::Allow(keys(&["to", "body.text", "list.k"])));
        let shown = json!({"to": "a", "body": {"text": "b", "secret": REDACTED}, "list": [REDACTED, {"k": 2}]});
        assert_eq!(Value::Object(out.view), shown);
    }

    #[test]
    fn where_a_key_can_mean_two_places_both_are_hidden() {
        let params = map(
            json!({"user.email": "decoy", "user": {"email": "real", "name": "n"}, "list": [{"a.b": 1, "a": {"b": 2}}, {"a.b": 3}]}),
        );
        let named = keys(&["user.email", "user.name", "list.a.b"]);
        let hidden = json!({"user.email": REDACTED, "user": {"email": REDACTED, "name": "n"},
            "list": [{"a.b": REDACTED, "a": REDACTED}, {"a.b": 3}]});
        assert_eq!(Value::Object(redact(&params, &Redaction::Allow(named)).view), hidden);
        let denied = redact(&params, &Redaction::Deny(keys(&["user.email", "list.a.b"]))).view;
        let hidden = json!({"user.email": REDACTED, "user": {"email": REDACTED, "name": "n"},
            "list": [{"a.b": REDACTED, "a": {"b": REDACTED}}, {"a.b": REDACTED}]});
        assert_eq!(Value::Object(denied), hidden);
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf =
            prop_oneof![Just(Value::Null), any::<i32>().prop_map(Value::from), "[a-c./~]{0,4}".prop_map(Value::from)];
        leaf.prop_recursive(4, 40, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("[a-c./~]{0,3}", inner, 0..4)
                    .prop_map(|m| Value::Object(m.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_taken_out_goes_back_in(value in prop::collection::btree_map("[a-c./~]{0,3}", any_json(), 0..4),
                                          names in prop::collection::vec("[a-c.]{1,4}", 0..4), allow in any::<bool>()) {
            let params: Map<String, Value> = value.into_iter().collect();
            let how = if allow { Redaction::Allow(names) } else { Redaction::Deny(names) };
            let out = redact(&params, &how);
            prop_assert_eq!(reveal(&out.view, &out.leaves), params);
        }
    }
}
