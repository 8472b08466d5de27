//! A shape as its own JSON Schema (2020-12, as OpenAPI 3.1 takes it), written in the order in which it was declared.

use super::{Field, Kind, List, Map, Object, Others, Shape, Text};
use serde::ser::{Error as _, SerializeMap};
use serde::{Serialize, Serializer};
use serde_json::json;
use serde_json::value::RawValue;

/// Where a document lists shapes that have a name.
const COMPONENTS: &str = "#/components/schemas/";

/// A shape in a place, as its JSON Schema.
#[derive(Clone, Copy, Debug)]
pub struct Schema<'a> {
    shape: &'a Shape,
    /// What it is for in this place.
    says: &'a str,
    /// Whether null stands for it, too.
    null: bool,
    /// Whether it is written out although it has a name.
    whole: bool,
}

impl Shape {
    /// Its schema; a reference where it has a name.
    pub fn schema(&self) -> Schema<'_> {
        Schema { shape: self, says: "", null: self.null, whole: false }
    }

    /// Its schema, written out.
    pub fn definition(&self) -> Schema<'_> {
        Schema { says: self.says, null: false, whole: true, ..self.schema() }
    }

    /// All shapes with a name that it refers to, itself included.
    pub fn names<'a>(&'a self, found: &mut Vec<&'a Self>) {
        if !self.name.is_empty() {
            if found.iter().any(|known| known.name == self.name) {
                return;
            }
            found.push(self);
        }
        match &self.kind {
            Kind::List(List { of, .. }) | Kind::OrNull(of) => of.names(found),
            Kind::Map(map) => map.of.iter().for_each(|of| of.names(found)),
            Kind::Object(object) => object.fields.iter().for_each(|field| field.shape.names(found)),
            Kind::Also(of, fields) => {
                of.names(found);
                fields.iter().for_each(|field| field.shape.names(found));
            }
            _ => {}
        }
    }

    /// A text about it, with its bounds filled in.
    pub(super) fn bounded(&self, text: &str) -> String {
        if let Kind::Number(_, most) = self.kind {
            return text.replace("{most}", &most.to_string());
        }
        let (least, most) = match &self.kind {
            Kind::Count { least, most } => (*least, *most),
            Kind::Bytes(most) => (0, *most as u64),
            Kind::Text(text) => (text.least as u64, text.most as u64),
            Kind::List(List { most, .. }) | Kind::Map(Map { most, .. }) => (0, *most as u64),
            _ => (0, 0),
        };
        text.replace("{least}", &least.to_string()).replace("{most}", &most.to_string())
    }
}

impl Serialize for Schema<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { shape, null, .. } = *self;
        let mut map = serializer.serialize_map(None)?;
        let one = Schema { says: "", null: false, ..*self };
        match shape.kind {
            _ if !self.whole && !shape.name.is_empty() && !null => {
                map.serialize_entry("$ref", &format!("{COMPONENTS}{}", shape.name))?;
            }
            Kind::OrNull(of) => map.serialize_entry("anyOf", &(of.schema(), json!({ "type": "null" })))?,
            _ if null && (!shape.name.is_empty() && !self.whole || has_no_room_for_null(shape)) => {
                map.serialize_entry("anyOf", &(one, json!({ "type": "null" })))?;
            }
            _ => self.keywords(&mut map)?,
        }
        if !self.says.is_empty() {
            map.serialize_entry("description", &shape.bounded(self.says))?;
        }
        if self.whole && !shape.examples.is_empty() {
            let examples: Result<Vec<&RawValue>, _> =
                shape.examples.iter().map(|text| serde_json::from_str(text)).collect();
            map.serialize_entry("examples", &examples.map_err(S::Error::custom)?)?;
        }
        map.end()
    }
}

/// Whether null cannot be said beside its type.
fn has_no_room_for_null(shape: &Shape) -> bool {
    matches!(shape.kind, Kind::Word(_) | Kind::Only(_) | Kind::Also(..) | Kind::Said(_))
}

impl Schema<'_> {
    fn keywords<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        let shape = self.shape;
        if let Some(kind) = type_of(&shape.kind) {
            match self.null {
                true => map.serialize_entry("type", &[kind, "null"])?,
                false => map.serialize_entry("type", kind)?,
            }
        }
        match &shape.kind {
            Kind::Count { least, most } => {
                map.serialize_entry("minimum", least)?;
                if *most < u64::MAX {
                    map.serialize_entry("maximum", most)?;
                }
            }
            Kind::Text(text) => of_text(map, text)?,
            Kind::Word(words) => map.serialize_entry("enum", words)?,
            Kind::Only(json) => map.serialize_entry("const", &raw::<M>(json)?)?,
            Kind::List(list) => {
                map.serialize_entry("items", &one_of(list).schema())?;
                if list.most > 0 {
                    map.serialize_entry("maxItems", &list.most)?;
                }
            }
            Kind::Object(object) => of_object(map, object)?,
            Kind::Map(anybodys) => of_map(map, anybodys)?,
            Kind::Also(of, fields) => {
                let more = Object { fields, others: Others::Any };
                map.serialize_entry("allOf", &(of.schema(), More(&more)))?;
            }
            Kind::Said(schema) => {
                let schema: serde_json::Map<String, serde_json::Value> =
                    serde_json::from_str(schema).map_err(M::Error::custom)?;
                for (keyword, value) in &schema {
                    map.serialize_entry(keyword, value)?;
                }
            }
            _ => {}
        }
        shape.rules.iter().try_for_each(|(keyword, value)| map.serialize_entry(*keyword, &raw::<M>(value)?))
    }
}

/// What each of a list is: a text that is not empty, where the list is one of texts.
fn one_of(list: &List) -> Shape {
    match list.of.kind {
        Kind::Text(text) if list.texts && list.of.name.is_empty() => {
            Shape { kind: Kind::Text(Text { least: text.least.max(1), ..text }), ..*list.of }
        }
        _ => *list.of,
    }
}

fn raw<M: SerializeMap>(json: &str) -> Result<&RawValue, M::Error> {
    serde_json::from_str(json).map_err(M::Error::custom)
}

fn type_of(kind: &Kind) -> Option<&'static str> {
    Some(match kind {
        Kind::Flag => "boolean",
        Kind::Count { .. } | Kind::Whole => "integer",
        Kind::Number(..) => "number",
        Kind::Text(_) | Kind::Word(_) => "string",
        Kind::List(_) => "array",
        Kind::Object(_) | Kind::Map(_) => "object",
        Kind::Any | Kind::Bytes(_) | Kind::Only(_) | Kind::Also(..) | Kind::OrNull(_) | Kind::Said(_) => return None,
    })
}

fn of_text<M: SerializeMap>(map: &mut M, text: &Text) -> Result<(), M::Error> {
    if text.least > 0 {
        map.serialize_entry("minLength", &text.least)?;
    }
    if text.most > 0 {
        map.serialize_entry("maxLength", &text.most)?;
    }
    let Some(form) = text.form else { return Ok(()) };
    if !form.format.is_empty() {
        map.serialize_entry("format", form.format)?;
    }
    if form.pattern.is_empty() { Ok(()) } else { map.serialize_entry("pattern", form.pattern) }
}

fn of_object<M: SerializeMap>(map: &mut M, object: &Object) -> Result<(), M::Error> {
    let needed: Vec<&str> = object.fields.iter().filter(|field| field.needed).map(|field| field.name).collect();
    if !needed.is_empty() {
        map.serialize_entry("required", &needed)?;
    }
    if !object.fields.is_empty() {
        map.serialize_entry("properties", &Fields(object))?;
    }
    match object.others {
        Others::Refused | Others::None => map.serialize_entry("additionalProperties", &false),
        Others::Ignored => map.serialize_entry("additionalProperties", &super::named::JSON.schema()),
        Others::Any => map.serialize_entry("additionalProperties", &true),
    }
}

fn of_map<M: SerializeMap>(map: &mut M, anybodys: &Map) -> Result<(), M::Error> {
    match anybodys.of {
        Some(one) => map.serialize_entry("additionalProperties", &one.schema())?,
        None => map.serialize_entry("additionalProperties", &true)?,
    }
    if anybodys.most > 0 { map.serialize_entry("maxProperties", &anybodys.most) } else { Ok(()) }
}

/// The fields of an object. Of what somebody sends, null stands for a field that is left out.
struct Fields<'a>(&'a Object);

impl Serialize for Fields<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let is_sent = matches!(self.0.others, Others::Refused | Others::Ignored);
        let in_place = |field: &'static Field| Schema {
            says: field.says,
            null: field.shape.null
                || is_sent
                    && !field.needed
                    && !matches!(field.shape.kind, Kind::Any | Kind::Bytes(_) | Kind::OrNull(_)),
            ..field.shape.schema()
        };
        serializer.collect_map(self.0.fields.iter().map(|field| (field.name, in_place(field))))
    }
}

/// What is added to another shape.
struct More<'a>(&'a Object);

impl Serialize for More<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("type", "object")?;
        let needed: Vec<&str> = self.0.fields.iter().filter(|field| field.needed).map(|field| field.name).collect();
        map.serialize_entry("required", &needed)?;
        map.serialize_entry("properties", &Fields(self.0))?;
        map.end()
    }
}
