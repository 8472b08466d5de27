//! What the functions say of their invocations: the lines of the log, and the metrics, as CloudWatch would take them.

use local::host::Lines;
use serde_json::Value;
use std::sync::{Arc, Mutex};

use standins::cloudwatch;

/// Everything that was said since it was last asked.
#[derive(Clone, Default)]
pub struct Watch(Arc<Mutex<Vec<String>>>);

impl Watch {
    pub(super) fn lines(&self) -> Lines {
        Lines::Kept(self.0.clone())
    }

    /// All of it, as it would be written.
    pub fn text(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }

    /// The lines of requests and events.
    pub fn requests(text: &[String]) -> Vec<Value> {
        text.iter()
            .map(|line| serde_json::from_str(line).unwrap())
            .filter(|l: &Value| l.get("_aws").is_none())
            .collect()
    }

    /// The metrics, which must be such as CloudWatch takes.
    pub fn metrics(text: &[String]) -> cloudwatch::Metrics {
        let mut metrics = cloudwatch::Metrics::default();
        text.iter().filter(|line| line.contains("_aws")).for_each(|line| metrics.take(line));
        metrics
    }
}
