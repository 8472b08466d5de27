//! The indexes of faults in a list.

use super::{Reading, policy};
use crate::Faults;
use serde_json::json;

#[test]
fn a_fault_in_a_list_has_the_index_that_the_document_has() {
    let approvers = json!({ "anyOf": [1, "nobody"], "allowSlackIds": ["", "U123", "@jane"] });
    let faults = Faults::default();
    policy(&faults, &json!({ "actions": { "pay": { "approvers": approvers } } }), Reading::New);
    let found = faults.or(()).unwrap_err();
    let fields: Vec<&str> = found.iter().map(|f| f.field.trim_start_matches("actions.pay.approvers.")).collect();
    assert_eq!(fields, ["allowSlackIds[0]", "allowSlackIds[2]", "anyOf[0]", "anyOf[1]"]);
}
