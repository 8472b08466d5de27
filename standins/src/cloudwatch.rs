//! CloudWatch as far as the embedded metric format goes: takes a line of the log, holds it to the specification, and keeps the values
//! under each set of dimensions that the line names.

use jsonschema::Validator;
use serde_json::Value;
use std::collections::BTreeMap;

/// Values by namespace, name, unit and dimensions: `Countersign Decisions Count Stack=x Outcome=approved`.
#[derive(Debug, Default)]
pub struct Metrics {
    values: BTreeMap<String, Vec<f64>>,
}

/// The specification's rules for the shape of a document (CloudWatch User Guide, "Embedded metric format specification").
fn schema() -> Validator {
    let schema = serde_json::from_str(include_str!("cloudwatch/emf-schema.json")).unwrap();
    jsonschema::validator_for(&schema).unwrap()
}

impl Metrics {
    /// Takes a line.
    ///
    /// # Panics
    /// Where CloudWatch would make no metrics of it.
    pub fn take(&mut self, line: &str) {
        assert!(line.len() <= 256 * 1024 && !line.contains('\n'), "too long, or more than a line");
        let document: Value = serde_json::from_str(line).unwrap();
        let faults: Vec<String> =
            schema().iter_errors(&document).map(|e| format!("{}: {e}", e.instance_path())).collect();
        assert!(faults.is_empty(), "{document}: {faults:?}");
        for directive in document["_aws"]["CloudWatchMetrics"].as_array().unwrap() {
            for metric in directive["Metrics"].as_array().unwrap() {
                for set in directive["Dimensions"].as_array().unwrap() {
                    self.keep(&document, directive, metric, set);
                }
            }
        }
    }

    /// "The root node MUST contain all target members": numbers for metrics, text for dimensions.
    fn keep(&mut self, document: &Value, directive: &Value, metric: &Value, set: &Value) {
        let word = |value: &Value| value.as_str().unwrap().to_owned();
        let mut key = vec![word(&directive["Namespace"]), word(&metric["Name"]), word(&metric["Unit"])];
        for name in set.as_array().unwrap() {
            let value = document[name.as_str().unwrap()].as_str().filter(|value| (1..=1024).contains(&value.len()));
            key.push(format!("{}={}", name.as_str().unwrap(), value.expect("a dimension has a text")));
        }
        let target = &document[metric["Name"].as_str().unwrap()];
        let values: Vec<f64> = match target {
            Value::Array(values) => values.iter().map(|value| value.as_f64().expect("a number")).collect(),
            one => vec![one.as_f64().expect("a number")],
        };
        assert!((1..=100).contains(&values.len()), "{} values", values.len());
        self.values.entry(key.join(" ")).or_default().extend(values);
    }

    /// The sum of a metric: `Decisions Count Stack=countersign Outcome=approved`; none where it never was.
    pub fn sum(&self, metric: &str) -> Option<f64> {
        Some(self.values(metric)?.iter().sum())
    }

    /// The values of a metric.
    pub fn values(&self, metric: &str) -> Option<&[f64]> {
        self.values.get(&format!("Countersign {metric}")).map(Vec::as_slice)
    }

    /// Every metric that there is.
    pub fn names(&self) -> Vec<&str> {
        self.values.keys().map(String::as_str).collect()
    }
}
