//! What was used of everything that AWS charges for.

use local::invocations::Invocation;
use local::ledger::Line;
use serde::Serialize;
use std::collections::BTreeMap;

use crate::costs::ways::Messages;

/// What was used.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Counts {
    write_units: f64,
    read_units: f64,
    /// Events published.
    events: f64,
    /// Invocations that rules made of them.
    matched: f64,
    /// Messages over the WebSocket, from and to the agent.
    sent: f64,
    received: f64,
    functions: BTreeMap<String, Function>,
}

/// One function's share.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Function {
    invocations: f64,
    /// All its invocations together, here.
    milliseconds: f64,
    /// Operations of the table.
    calls: f64,
    /// Records of the table's stream.
    #[serde(skip_serializing_if = "is_zero")]
    records: f64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_zero(number: &f64) -> bool {
    *number == 0.0
}

impl Counts {
    /// What went over a WebSocket, and nothing else yet.
    pub fn of(messages: Messages) -> Self {
        Self { sent: messages.sent as f64, received: messages.received as f64, ..Self::default() }
    }

    /// One event more.
    pub fn event(&mut self) {
        self.events += 1.0;
    }

    /// One operation of the table more.
    pub fn line(&mut self, line: &Line) {
        self.write_units += line.write_units;
        self.read_units += line.read_units;
        self.functions.entry(line.function.clone()).or_default().calls += 1.0;
    }

    /// One invocation more.
    pub fn invocation(&mut self, one: &Invocation) {
        if ["dispatch", "push"].contains(&one.function.as_str()) {
            self.matched += 1.0;
        }
        let function = self.functions.entry(one.function.clone()).or_default();
        function.invocations += 1.0;
        function.milliseconds += one.took.as_secs_f64() * 1_000.0;
        function.records += one.records as f64;
    }

    /// One of so many that used all this.
    pub fn for_each(mut self, of: usize) -> Self {
        let share = |figure: &mut f64| *figure = (*figure / of as f64 * 1_000.0).round() / 1_000.0;
        let Self { write_units, read_units, events, matched, sent, received, functions } = &mut self;
        [write_units, read_units, events, matched, sent, received].into_iter().for_each(share);
        for Function { invocations, milliseconds, calls, records } in functions.values_mut() {
            [invocations, milliseconds, calls, records].into_iter().for_each(share);
        }
        self
    }

    /// What is more in this than in another.
    pub fn beyond(mut self, base: &Self) -> Self {
        self.write_units -= base.write_units;
        self.read_units -= base.read_units;
        (self.events, self.matched) = (self.events - base.events, self.matched - base.matched);
        // Only who waits does more: the rest of a single run is noise.
        self.functions.retain(|name, _| name.starts_with("wait"));
        for (name, function) in &mut self.functions {
            let Some(base) = base.functions.get(name) else { continue };
            function.invocations -= base.invocations;
            function.milliseconds -= base.milliseconds;
            function.calls -= base.calls;
            function.records -= base.records;
        }
        self
    }
}
