//! The event bus: takes PutEvents and hands each event to the functions whose rules match it.

use serde::Deserialize;
use serde_json::{Value, json};
use std::fmt;
use std::sync::{Arc, OnceLock};

use tokio::sync::broadcast;

use crate::events::invoke::Invoker;
use crate::place::{ACCOUNT, REGION};
use crate::template::Rule;
use crate::{Clock, Ids, second};

/// One request carries so many entries at most, and so many bytes.
const MOST_ENTRIES: usize = 10;
const MOST_BYTES: usize = 1024 * 1024;

/// Events that a listener may lag behind before it misses some.
const HEARD: usize = 8_192;

/// The buses of one host; clones are the same buses.
#[derive(Clone)]
pub struct Bus {
    shared: Arc<Shared>,
}

struct Shared {
    clock: Clock,
    ids: Ids,
    wiring: OnceLock<Wiring>,
    listeners: broadcast::Sender<Value>,
}

/// Where events go. It comes after the bus: the functions it leads to may publish to the bus themselves.
struct Wiring {
    names: Vec<String>,
    rules: Vec<Rule>,
    invoker: Invoker,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Request {
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    source: Option<String>,
    detail_type: Option<String>,
    detail: Option<String>,
    event_bus_name: Option<String>,
    #[serde(default)]
    resources: Vec<String>,
    time: Option<f64>,
}

/// A refused entry: its code and sentence.
type Refusal = (&'static str, String);

impl Bus {
    /// A bus that leads nowhere until it is connected.
    #[must_use]
    pub fn new(clock: Clock, ids: Ids) -> Self {
        let wiring = OnceLock::new();
        Self { shared: Arc::new(Shared { clock, ids, wiring, listeners: broadcast::Sender::new(HEARD) }) }
    }

    /// Connects the default bus and these, once, by their rules to the functions that `invoker` knows.
    pub fn connect(&self, names: Vec<String>, rules: Vec<Rule>, invoker: Invoker) {
        if self.shared.wiring.set(Wiring { names, rules, invoker }).is_err() {
            tracing::error!("the bus is connected already and stays as it is");
        }
    }

    /// Hears every event that is taken from now on, whatever the rules.
    #[must_use]
    pub fn listen(&self) -> broadcast::Receiver<Value> {
        self.shared.listeners.subscribe()
    }

    /// Answers a PutEvents request with its status and JSON.
    #[must_use]
    pub fn put_events(&self, body: &[u8]) -> (u16, Vec<u8>) {
        let request: Request = match serde_json::from_slice(body) {
            Ok(request) => request,
            Err(error) => return refused("SerializationException", &error.to_string()),
        };
        match request.entries.len() {
            1..=MOST_ENTRIES => {}
            count => {
                let message = format!("entries: {count} given, between 1 and {MOST_ENTRIES} allowed");
                return refused("ValidationException", &message);
            }
        }
        if request.entries.iter().map(Entry::size).sum::<usize>() > MOST_BYTES {
            let message = "Total size of the entries in the request is over the limit.";
            return refused("ValidationException", message);
        }
        (200, self.shared.accept(&request.entries).to_string().into_bytes())
    }
}

impl Shared {
    fn accept(&self, entries: &[Entry]) -> Value {
        let results: Vec<_> = entries.iter().map(|entry| self.publish(entry)).collect();
        let failed = results.iter().filter(|result| result.is_err()).count();
        let entries: Vec<Value> = results
            .into_iter()
            .map(|result| match result {
                Ok(id) => json!({ "EventId": id }),
                Err((code, message)) => json!({ "ErrorCode": code, "ErrorMessage": message }),
            })
            .collect();
        json!({ "FailedEntryCount": failed, "Entries": entries })
    }

    fn publish(&self, entry: &Entry) -> Result<String, Refusal> {
        let wiring = self.wiring.get().ok_or_else(unconnected)?;
        let bus = wiring.bus(entry)?;
        let id = (self.ids)();
        let event = self.event(entry, &id)?;
        let matching = wiring.rules.iter().filter(|rule| rule.bus == bus && rule.pattern.matches(&event));
        for rule in matching {
            wiring.invoker.invoke(&rule.function, event.clone());
        }
        // Nobody may be listening.
        let _ = self.listeners.send(event);
        Ok(id)
    }

    fn event(&self, entry: &Entry, id: &str) -> Result<Value, Refusal> {
        let source = required(entry.source.as_deref(), "Source")?;
        let detail_type = required(entry.detail_type.as_deref(), "DetailType")?;
        let detail = required(entry.detail.as_deref(), "Detail")?;
        let detail: Value = serde_json::from_str(detail).map_err(|_| malformed())?;
        if !detail.is_object() {
            return Err(malformed());
        }
        let time = entry.time.map_or_else(|| (self.clock)(), |seconds| (seconds * 1000.0) as i64);
        Ok(json!({
            "version": "0",
            "id": id,
            "detail-type": detail_type,
            "source": source,
            "account": ACCOUNT,
            "time": second(time),
            "region": REGION,
            "resources": entry.resources,
            "detail": detail,
        }))
    }
}

impl Wiring {
    fn bus<'a>(&self, entry: &'a Entry) -> Result<&'a str, Refusal> {
        let name = entry.event_bus_name.as_deref().unwrap_or("default");
        // A bus may be named by its ARN.
        let name = name.rsplit_once("event-bus/").map_or(name, |(_, name)| name);
        if name == "default" || self.names.iter().any(|known| known == name) {
            return Ok(name);
        }
        Err(("InvalidArgument", format!("Event bus {name} does not exist.")))
    }
}

impl Entry {
    /// As EventBridge counts it: 14 bytes for a time, and the texts.
    fn size(&self) -> usize {
        let texts = [&self.source, &self.detail_type, &self.detail];
        let texts: usize = texts.into_iter().flatten().map(String::len).sum();
        let resources: usize = self.resources.iter().map(String::len).sum();
        texts + resources + self.time.map_or(0, |_| 14)
    }
}

fn required<'a>(value: Option<&'a str>, name: &str) -> Result<&'a str, Refusal> {
    value.filter(|value| !value.is_empty()).ok_or_else(|| {
        let reason = format!("Parameter {name} is not valid. Reason: {name} is a required argument.");
        ("InvalidArgument", reason)
    })
}

fn unconnected() -> Refusal {
    ("InternalFailure", "The bus is not connected yet.".to_owned())
}

fn malformed() -> Refusal {
    ("MalformedDetail", "Detail is malformed.".to_owned())
}

fn refused(code: &str, message: &str) -> (u16, Vec<u8>) {
    (400, json!({ "__type": code, "message": message }).to_string().into_bytes())
}

impl fmt::Debug for Bus {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Bus").field("connected", &self.shared.wiring.get().is_some()).finish_non_exhaustive()
    }
}
