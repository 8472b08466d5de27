//! A body about a connector, read field by field; every fault of its form at once, kept until the others are known.

use crate::settings::shapes::CONNECTOR_TRIAL;
use domain::limits::{CONNECTOR_VALUE, HEADERS};
use domain::{Fault, Faults};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use vendors::connector::Kind;

/// What only the gate writes (`tests/contract/connectors-api.yaml`), and the contract's `id`.
const READ_ONLY: [&str; 4] = ["id", "created_at", "updated_at", "disabled_reason"];

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
    /// `timeout_seconds` is null: the workspace's default is to hold again.
    pub(crate) default_timeout: bool,
    pub(crate) strict: Option<bool>,
    /// The connector that what is left out is taken from; only for a test.
    pub(crate) id: Option<String>,
    /// What only the gate writes, as it was sent back.
    pub(crate) read_only: BTreeMap<&'static str, Value>,
    /// Every fault of the form.
    pub(crate) faults: Vec<Fault>,
}

impl ConnectorInput {
    /// Reads a body.
    pub fn read(body: &Value) -> Self {
        let faults = Faults::default();
        let given = CONNECTOR_TRIAL.read(body, &faults);
        let kind = given.text("type");
        let mut input = Self {
            name: given.text("name").map(|name| name.trim().to_owned()),
            kind: Kind::ALL.iter().find(|(word, _)| Some(*word) == kind.as_deref()).map(|(_, kind)| *kind),
            endpoint: given.text("endpoint").map(|endpoint| endpoint.trim().to_owned()),
            headers: headers(&faults, given.field("headers").value()),
            enabled: given.flag("enabled"),
            timeout_seconds: given.count("timeout_seconds"),
            default_timeout: body.get("timeout_seconds").is_some_and(Value::is_null),
            strict: given.text("slack_security_mode").map(|mode| mode == "strict"),
            id: given.text("id"),
            read_only: READ_ONLY
                .iter()
                .filter_map(|field| Some((*field, given.field(field).value()?.clone())))
                .collect(),
            faults: Vec::new(),
        };
        input.faults = faults.or(()).err().unwrap_or_default();
        input
    }

    /// The faults of what only the gate writes: a row may be sent back as it was read, and nothing else.
    pub(crate) fn read_only_faults(&self, row: Option<&Value>) -> Vec<Fault> {
        let same = |field: &str, sent: &Value| row.and_then(|row| row.get(field)).is_some_and(|kept| kept == sent);
        let changed = self.read_only.iter().filter(|(field, sent)| !same(field, sent));
        let problem = if row.is_some() {
            "is read-only: leave it out, or send it as it is"
        } else {
            "is read-only: leave it out"
        };
        changed.map(|(field, _)| Fault::new(*field, problem)).collect()
    }

    /// The same for a test, where a name plays no part; what is left out is taken from the connector of the id.
    pub fn for_test_of(mut self, id: Option<&str>) -> Self {
        self.faults.retain(|fault| fault.field != "name");
        Self { name: None, id: id.map(str::to_owned), ..self }
    }

    /// With faults of what it was read from that do not show in it.
    pub fn with_faults(mut self, more: Vec<Fault>) -> Self {
        self.faults.extend(more);
        self
    }
}

fn headers(faults: &Faults, given: Option<&Value>) -> BTreeMap<String, Option<String>> {
    let Some(given) = given else { return BTreeMap::new() };
    let empty = Map::new();
    let map = given.as_object().unwrap_or(&empty);
    if !given.is_object() || map.len() > HEADERS {
        faults.add("headers", format!("must be an object of at most {HEADERS} texts"));
    }
    let mut read: BTreeMap<String, Option<String>> = BTreeMap::new();
    for (name, value) in map {
        if read.keys().any(|known| known.eq_ignore_ascii_case(name)) {
            faults.add(format!("headers.{name}"), "is given twice, in another case");
        }
        match value {
            Value::Null => drop(read.insert(name.clone(), None)),
            Value::String(text) if text.len() <= CONNECTOR_VALUE => drop(read.insert(name.clone(), Some(text.clone()))),
            _ => {
                faults.add(format!("headers.{name}"), format!("must be a text of at most {CONNECTOR_VALUE} characters"))
            }
        }
    }
    read
}
