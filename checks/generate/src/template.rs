//! The events of each function in `template.yaml`: one for each operation, and its twin under `/v1`.

use crate::between::put;
use crate::functions::{self, Function};
use lambda::Operation;
use std::io;

pub(crate) const PATH: &str = "template.yaml";

/// Under which mark the events of a function stand.
fn mark(function: &Function) -> String {
    format!("        # The operations of {}, written by make generate.", function.id)
}

const END: &str = "# The end of what is written.";

/// The template with the events of all operations.
pub(crate) fn with_events(text: &str) -> io::Result<String> {
    let functions = functions::all();
    functions.iter().try_fold(text.to_owned(), |text, function| {
        let events: Vec<String> = function.operations.iter().flat_map(events).collect();
        put(&text, &mark(function), END, &events)
    })
}

fn events(operation: &Operation) -> [String; 2] {
    let (event, route) = (operation.said.event, &operation.route);
    [("", ""), ("V1", "/v1")].map(|(suffix, version)| {
        let path = format!("{version}{}", route.path);
        let path = if path.contains('{') { format!("\"{path}\"") } else { path };
        let properties = format!("ApiId: {{ Ref: HttpApi }}, Method: {}, Path: {path}", route.method);
        format!("        {event}{suffix}: {{ Type: HttpApi, Properties: {{ {properties} }} }}")
    })
}
