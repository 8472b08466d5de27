//! What happened as CloudWatch's metrics, in the embedded metric format (CloudWatch User Guide, "Embedded metric format specification").

use app::facts::Fact;
use domain::Timestamp;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

const NAMESPACE: &str = "Countersign";
/// The values that one metric of a document may have.
const MOST_VALUES: usize = 100;

/// The dimension of a value, beside the stack. A document has one value of each dimension.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum By {
    Nothing,
    Outcome(&'static str),
    Connector(&'static str),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Unit {
    Count,
    Milliseconds,
    Seconds,
}

type Metrics = BTreeMap<(&'static str, Unit), Vec<u64>>;

/// The documents that say what happened, as few as it fits in.
pub(crate) fn documents(facts: &[Fact], stack: &str, now: Timestamp) -> Vec<Value> {
    let mut documents = Vec::new();
    for some in facts.chunks(MOST_VALUES) {
        let mut groups: BTreeMap<By, Metrics> = BTreeMap::new();
        for (by, name, unit, value) in some.iter().flat_map(values) {
            groups.entry(by).or_default().entry((name, unit)).or_default().push(value);
        }
        documents.extend(groups.into_iter().map(|(by, metrics)| document(by, metrics, stack, now)));
    }
    documents
}

fn values(fact: &Fact) -> Vec<(By, &'static str, Unit, u64)> {
    let once = |name| vec![(By::Nothing, name, Unit::Count, 1)];
    match fact {
        Fact::Requested => once("ApprovalsRequested"),
        Fact::Ended { outcome, after_ms } => vec![
            (By::Outcome(outcome), "Decisions", Unit::Count, 1),
            (By::Outcome(outcome), "DecisionLatency", Unit::Milliseconds, *after_ms),
        ],
        Fact::Delivered { connector, taken } => {
            let name = if *taken { "DeliveriesSucceeded" } else { "DeliveriesFailed" };
            vec![(By::Connector(connector.word()), name, Unit::Count, 1)]
        }
        Fact::ExecutionFailed => once("ExecutionsFailed"),
        Fact::CallbackFailed => once("CallbacksFailed"),
        Fact::DeadLetter => once("DeadLetters"),
        Fact::Swept { behind_sec } => vec![(By::Nothing, "SweepLag", Unit::Seconds, *behind_sec)],
    }
}

fn document(by: By, metrics: Metrics, stack: &str, now: Timestamp) -> Value {
    let names: Vec<Value> =
        metrics.keys().map(|(name, unit)| json!({ "Name": name, "Unit": format!("{unit:?}") })).collect();
    let directive = json!({ "Namespace": NAMESPACE, "Dimensions": by.dimensions(), "Metrics": names });
    let mut document = Map::new();
    let meta = json!({ "Timestamp": now.as_millisecond(), "CloudWatchMetrics": [directive] });
    document.insert("_aws".into(), meta);
    document.insert("Stack".into(), stack.into());
    if let By::Outcome(word) | By::Connector(word) = by {
        document.insert(by.name().into(), word.into());
    }
    for ((name, unit), values) in metrics {
        let told = if unit == Unit::Count { json!(values.iter().sum::<u64>()) } else { json!(values) };
        document.insert(name.into(), told);
    }
    Value::Object(document)
}

impl By {
    fn name(self) -> &'static str {
        match self {
            Self::Nothing => "",
            Self::Outcome(_) => "Outcome",
            Self::Connector(_) => "Connector",
        }
    }

    /// The sets of dimensions that a metric is kept under.
    fn dimensions(self) -> Value {
        match self {
            Self::Nothing => json!([["Stack"]]),
            Self::Outcome(_) => json!([["Stack", self.name()]]),
            Self::Connector(_) => json!([["Stack"], ["Stack", self.name()]]),
        }
    }
}
