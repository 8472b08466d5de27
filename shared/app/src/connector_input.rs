//! A body about a connector, read field by field; every fault of its form at once.

use connectors::connector::Kind;
use domain::{Fault, Faults};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Seconds that one attempt may take (connectors-api.md).
pub const TIMEOUT_SECONDS: (u64, u64) = (1, 120);
/// The longest name.
const MAX_NAME: usize = 100;
/// The longest endpoint or header value, and the most headers.
const MAX_VALUE: usize = 4_000;
const MOST_HEADERS: usize = 30;

/// A body about a connector, read: `None` for what it leaves out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ConnectorInput {
    pub(crate) name: Option<String>,
    pub(crate) kind: Option<Kind>,
    pub(crate) endpoint: Option<String>,
    /// By name; `None` to take one away.
    pub(crate) headers: BTreeMap<String, Option<String>>,
    pub(crate) enabled: Option<bool>,
    pub(crate) timeout_seconds: Option<u64>,
    pub(crate) strict: Option<bool>,
    /// The connector that what is left out is taken from; only for a test.
    pub(crate) id: Option<String>,
}

impl ConnectorInput {
    /// Reads a body.
    ///
    /// # Errors
    /// Every fault of its form.
    pub fn read(body: &Value) -> Result<Self, Vec<Fault>> {
        let faults = Faults::default();
        let mut o = faults.object("", body);
        let words: Vec<&'static str> = Kind::ALL.iter().map(|(word, _)| *word).collect();
        let kind = o.one_of("type", &words);
        let input = Self {
            name: o.text("name").map(|name| name.trim().to_owned()),
            kind: Kind::ALL.iter().find(|(word, _)| Some(*word) == kind).map(|(_, kind)| *kind),
            endpoint: o.text("endpoint").map(|endpoint| endpoint.trim().to_owned()),
            headers: headers(&faults, o.get("headers")),
            enabled: o.flag("enabled"),
            timeout_seconds: o.count("timeout_seconds", TIMEOUT_SECONDS.0, TIMEOUT_SECONDS.1),
            strict: o.one_of("slack_security_mode", &["compat", "strict"]).map(|mode| mode == "strict"),
            id: o.text("id"),
        };
        let long = |text: &Option<String>, most| text.as_ref().is_some_and(|t| t.chars().count() > most);
        for (field, text, most) in [("name", &input.name, MAX_NAME), ("endpoint", &input.endpoint, MAX_VALUE)] {
            if text.as_ref().is_some_and(String::is_empty) || long(text, most) {
                o.fault(field, format!("must have 1 to {most} characters"));
            }
        }
        o.nothing_else();
        faults.or(input)
    }

    /// The same for a test, where a name plays no part; what is left out is taken from the connector of the id.
    pub fn for_test_of(self, id: Option<&str>) -> Self {
        Self { name: None, id: id.map(str::to_owned), ..self }
    }
}

fn headers(faults: &Faults, given: Option<&Value>) -> BTreeMap<String, Option<String>> {
    let Some(given) = given else { return BTreeMap::new() };
    let empty = Map::new();
    let map = given.as_object().unwrap_or(&empty);
    if !given.is_object() || map.len() > MOST_HEADERS {
        faults.add("headers", format!("must be an object of at most {MOST_HEADERS} texts"));
    }
    let mut read: BTreeMap<String, Option<String>> = BTreeMap::new();
    for (name, value) in map {
        if read.keys().any(|known| known.eq_ignore_ascii_case(name)) {
            faults.add(format!("headers.{name}"), "is given twice, in another case");
        }
        match value {
            Value::Null => drop(read.insert(name.clone(), None)),
            Value::String(text) if text.len() <= MAX_VALUE => drop(read.insert(name.clone(), Some(text.clone()))),
            _ => faults.add(format!("headers.{name}"), format!("must be a text of at most {MAX_VALUE} characters")),
        }
    }
    read
}
