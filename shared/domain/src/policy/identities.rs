//! Identities in a policy that nobody can have: looked for when a document is entered. A saved one is read as it is: there they name
//! nobody, as they always did.

use crate::fault::{Faults, Object};
use crate::principal::Principal;
use serde_json::Value;

/// Notes every identity that cannot be somebody's. What is no list of texts is noted by whoever reads the policy.
pub(super) fn entered(faults: &Faults, document: &Value) {
    let unheard = Faults::default();
    let mut doc = unheard.object("", document);
    for place in ["people", "personas"] {
        let Some(mut names) = doc.object(place) else { continue };
        names.keys().into_iter().for_each(|name| all(faults, &mut names, name, ""));
    }
    if let Some(mut defaults) = doc.object("defaults") {
        all(faults, &mut defaults, "superApprovers", "");
    }
    let Some(mut actions) = doc.object("actions") else { return };
    for action in actions.keys() {
        let approvers = actions.object(action).and_then(|mut action| action.object("approvers"));
        let Some(mut approvers) = approvers else { continue };
        all(faults, &mut approvers, "anyOf", "");
        all(faults, &mut approvers, "allowSlackIds", "slack:");
    }
}

fn all(faults: &Faults, object: &mut Object<'_>, key: &str, before: &str) {
    let path = object.at(key);
    let list = object.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    for (i, text) in list.iter().enumerate() {
        let Some(text) = text.as_str().map(|text| format!("{before}{text}")) else { continue };
        // What cannot even be read is noted by whoever reads the policy.
        if let (Ok(_), Err(problem)) = (Principal::parse(&text), Principal::entered(&text)) {
            faults.add(format!("{path}[{i}]"), problem);
        }
    }
}
