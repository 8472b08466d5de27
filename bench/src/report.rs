//! The tables, and the same as JSON.

use local::ledger::Line;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::io::{self, Write as _};

use crate::costs::table::purpose;
use crate::speed::load::Measured;
use crate::speed::pages::Page;
use crate::speed::waits::Waited;

/// Prints.
pub fn say(text: &str) -> io::Result<()> {
    writeln!(io::stdout(), "{text}")
}

/// Says how far a long run is, beside its results.
pub fn note(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// How fast things went in one place with so many clients.
pub fn speeds(location: &str, clients: usize, measured: &[Measured]) -> String {
    let at_once = if clients == 1 { "one after the other".to_owned() } else { format!("{clients} at once") };
    let mut text = format!("{:<26}{:>9}{:>9}{:>9}{:>9}{:>9}\n", "", "a second", "p50 ms", "p90", "p99", "max");
    for m in measured {
        let Measured { scene, per_second, p50, p90, p99, max, .. } = m;
        let _ = writeln!(text, "{scene:<26}{per_second:>9.0}{p50:>9.2}{p90:>9.2}{p99:>9.2}{max:>9.2}");
    }
    format!("{location}, {at_once}\n{text}")
}

/// What one approval costs, line by line, and its sum.
pub fn costs(lines: &[Line]) -> String {
    let mut text = format!(
        "one approval: asked for, a Slack card, an agent on a WebSocket, approved, the card again, learned\n{:<12}{:<10}{:<43}{:>6}{:>6}  {}\n",
        "operation", "item", "for", "write", "read", "of which indexes"
    );
    for line in lines {
        let why = if line.failed_condition { "lost its condition" } else { purpose(line) };
        let indexes: Vec<String> = line.per_index.iter().map(|(name, units)| format!("{name} {units}")).collect();
        let Line { operation, table_key_kind, write_units, read_units, .. } = line;
        let row = format!(
            "{operation:<12}{table_key_kind:<10}{why:<43}{write_units:>6}{read_units:>6}  {}",
            indexes.join(", ")
        );
        let _ = writeln!(text, "{}", row.trim_end());
    }
    let (writes, reads) = sums(lines);
    let _ = write!(text, "{:<65}{writes:>6}{reads:>6}", "together");
    text
}

/// Everything that was measured.
pub fn json((measured, waits, pages): (&[Measured], &[Waited], &[Page]), lines: &[Line]) -> Value {
    let (writes, reads) = sums(lines);
    let each = |line: &Line| {
        json!({
            "operation": line.operation, "item": line.table_key_kind, "for": purpose(line), "writeUnits": line.write_units,
            "readUnits": line.read_units, "indexes": line.per_index, "failedCondition": line.failed_condition,
        })
    };
    let lines: Vec<Value> = lines.iter().map(each).collect();
    json!({ "speeds": measured, "waits": waits, "pages": pages, "cost": { "writeUnits": writes, "readUnits": reads, "lines": lines } })
}

fn sums(lines: &[Line]) -> (f64, f64) {
    (lines.iter().map(|line| line.write_units).sum(), lines.iter().map(|line| line.read_units).sum())
}
