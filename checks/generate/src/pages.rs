//! The table of operations on the API's page.

use crate::between::put;
use crate::functions;
use lambda::Operation;
use std::io;

pub(crate) const PATH: &str = "docs/use/api.md";
const BEGIN: &str = "<!-- The operations, written by make generate. -->";
const END: &str = "<!-- The end of what is written. -->";

/// The page with a row for each operation.
pub(crate) fn with_table(text: &str) -> io::Result<String> {
    let head = ["| operation | what it does | who may |", "| --- | --- | --- |"].map(str::to_owned);
    let rows = functions::operations();
    let lines: Vec<String> = head.into_iter().chain(rows.iter().map(row)).collect();
    put(text, BEGIN, END, &lines)
}

fn row(operation: &Operation) -> String {
    let path = operation.route.path.replace("+}", "}");
    format!("| `{} {path}` | {} | {} |", operation.route.method, operation.said.summary, operation.said.who)
}
