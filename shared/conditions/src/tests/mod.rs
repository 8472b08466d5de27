//! The crate's tests: a table of expressions, faults, bounds, laws and calendars.

mod bounds;
mod calendars;
mod faults;
mod laws;
mod reads;
mod table;

use crate::{Calendar, Calendars, Condition, Facts, OriginFacts, RequesterFacts, Undecided};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// The office of the tests' policy.
fn calendars() -> Calendars {
    let office = Calendar::new("Europe/Berlin", &["mon", "tue", "wed", "thu", "fri"], "09:00", "18:00", &[]).unwrap();
    Calendars::from([("office".to_owned(), office)])
}

/// A request on Monday, 30 November 2026, at 11:30 in Berlin, with such parameters.
fn ask(text: &str, params: &Map<String, Value>) -> Result<bool, Undecided> {
    let condition = compile(text).unwrap_or_else(|problems| panic!("{text}: {problems:?}"));
    let calendars = calendars();
    condition.holds(&facts(params, &calendars))
}

fn facts<'a>(params: &'a Map<String, Value>, calendars: &'a Calendars) -> Facts<'a> {
    Facts {
        action: "payments.refund",
        params,
        agent: "billing-bot",
        workspace: "acme",
        requester: RequesterFacts { id: "U123", source: "slack", display: Some("Jane") },
        origin: OriginFacts { repo: "acme/shop", branch: Some("main"), pr: None, run_id: None },
        justification: "A customer asked for it",
        now: "2026-11-30T10:30:00Z".parse().unwrap(),
        calendars,
    }
}

fn compile(text: &str) -> Result<Condition, Vec<crate::Problem>> {
    Condition::compile(text, &BTreeSet::from(["office"]))
}

/// The parameters of the tests' request.
fn params() -> Map<String, Value> {
    let params = json!({
        "amount": 50, "decimal": 50.0, "half": 0.5, "negative": -7, "currency": "EUR", "country": "DE", "nothing": null, "yes": true,
        "huge": 1e20, "larger": 1e300, "past_int": 18_446_744_073_709_551_615_u64,
        "customer": {"id": "C1", "tags": ["vip", "eu"], "first name": "Ann"},
        "items": [{"sku": "a", "price": 10}, {"sku": "b", "price": 2.5}, {"sku": "c"}],
        "mixed": [1, "a", null, true], "numbers": [1, 2.0, 3.5], "text": "hello", "time": "2026-11-30T10:00:00Z", "zone": "Asia/Tokyo",
        "pattern": "^h.*o$", "function": 1,
    });
    params.as_object().unwrap().clone()
}
