//! Checks a value against a shape: every fault at once, each named by its path.

use super::{Field, Given, Kind, List, Map, Object, Others, Shape, Text};
use crate::fault::Faults;
use crate::limits::too_long;
use crate::params::path::{item, member};
use serde_json::{Map as Fields, Value};

impl Shape {
    /// Checks a whole body, and hands out what is in it: what is faulty is as if it were left out.
    pub fn read<'a>(&self, body: &'a Value, faults: &Faults) -> Given<'a> {
        self.check(body, "", faults);
        Given::of(Some(body))
    }

    /// Notes every fault of a value that stands at `path`.
    pub fn check(&self, value: &Value, path: &str, faults: &Faults) {
        let known = match &self.kind {
            Kind::Flag => value.is_boolean(),
            Kind::Count { least, most } => value.as_u64().is_some_and(|n| (*least..=*most).contains(&n)),
            Kind::Number(within, _) => value.as_f64().is_some_and(within),
            Kind::Word(words) => value.as_str().is_some_and(|text| words.contains(&text)),
            Kind::Text(_) => value.is_string(),
            Kind::List(_) => value.is_array(),
            Kind::Map(map) if map.by_code => true,
            Kind::Object(_) | Kind::Map(_) => value.is_object(),
            Kind::Bytes(most) => value.to_string().len() <= *most,
            Kind::Any | Kind::Whole | Kind::Only(_) | Kind::Also(..) | Kind::OrNull(_) | Kind::Said(_) => true,
        };
        if !known {
            return faults.add(path, self.sentence());
        }
        match (&self.kind, value) {
            (Kind::Text(text), Value::String(value)) => self.check_text(text, value, path, faults),
            (Kind::List(list), Value::Array(items)) => check_list(list, items, path, faults),
            (Kind::Object(object), Value::Object(fields)) => check_object(object, fields, path, faults),
            (Kind::Map(map), Value::Object(fields)) => check_map(map, fields, path, faults),
            _ => {}
        }
    }

    /// What is said of a value of another kind.
    fn sentence(&self) -> String {
        match &self.kind {
            _ if !self.problem.is_empty() => self.bounded(self.problem),
            Kind::Bytes(most) => format!("must have at most {most} bytes"),
            Kind::Flag => "must be true or false".into(),
            Kind::Count { least, most } => format!("must be a whole number between {least} and {most}"),
            Kind::Word(words) => format!("must be one of {}", words.join(", ")),
            Kind::List(List { texts: true, .. }) => "must be a list of strings".into(),
            Kind::List(_) => "must be a list".into(),
            Kind::Object(_) | Kind::Map(_) => "must be an object".into(),
            _ => "must be a string".into(),
        }
    }

    fn check_text(&self, text: &Text, value: &str, path: &str, faults: &Faults) {
        if text.trimmed {
            if !(text.least..=text.most).contains(&value.trim().chars().count()) {
                faults.add(path, format!("must have {} to {} characters", text.least, text.most));
            }
            return;
        }
        if value.trim().chars().count() < text.least {
            let plural = if text.least == 1 { "" } else { "s" };
            faults.add(path, format!("must have at least {} character{plural}", text.least));
        }
        let length = if text.bytes { value.len() } else { value.chars().count() };
        if text.most > 0 && !text.by_code && length > text.most {
            faults.add(path, if self.problem.is_empty() { too_long(text.most) } else { self.sentence() });
        }
        // That something is missing is said already.
        if let Some(form) = text.form.filter(|_| text.least == 0 || !value.is_empty())
            && let Err(problem) = (form.check)(value)
        {
            faults.add(path, problem);
        }
    }
}

fn check_list(list: &List, items: &[Value], path: &str, faults: &Faults) {
    if list.most > 0 && items.len() > list.most {
        faults.add(path, format!("must be at most {}", list.most));
    }
    for (i, value) in items.iter().enumerate() {
        match value.as_str() {
            None | Some("") if list.texts => faults.add(item(path, i), "must be a string that is not empty"),
            _ => list.of.check(value, &item(path, i), faults),
        }
    }
}

fn check_object(object: &Object, fields: &Fields<String, Value>, path: &str, faults: &Faults) {
    for Field { name, shape, needed, .. } in object.fields {
        match fields.get(*name).filter(|value| !value.is_null()) {
            Some(value) => shape.check(value, &member(path, name), faults),
            None if *needed => faults.add(member(path, name), "is required"),
            None => {}
        }
    }
    if object.others == Others::Refused {
        let strange = fields.keys().filter(|key| object.fields.iter().all(|field| field.name != key.as_str()));
        strange.for_each(|key| faults.add(member(path, key), "is not a known field"));
    }
}

fn check_map(map: &Map, fields: &Fields<String, Value>, path: &str, faults: &Faults) {
    // What may be anything needs no look: parameters have many leaves.
    let Some(one) = map.of.filter(|of| !map.by_code && !matches!(of.kind, Kind::Any)) else { return };
    fields
        .iter()
        .filter(|(_, value)| !value.is_null())
        .for_each(|(key, value)| one.check(value, &member(path, key), faults));
}
