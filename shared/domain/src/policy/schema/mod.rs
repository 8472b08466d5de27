//! `overrideSchema`: whether it is a JSON Schema (2020-12) in which every word counts, and what checks edits by it.

mod walk;
mod words;

use crate::Faults;
use crate::params::path::{Path, item, member};
use jsonschema::{FancyRegex, PatternOptions, ValidationOptions, Validator};
use serde_json::Value;
use walk::Walk;

/// The most regular expressions in all schemas of a policy: each takes some milliseconds to compile.
const MOST_PATTERNS: usize = 100;
/// The most bytes of a regular expression when it is compiled.
const MAX_PATTERN_BYTES: usize = 256 * 1024;
/// Steps that a regular expression may go back in one text. The texts are an agent's.
const MOST_STEPS_BACK: usize = 100_000;

/// Checks edits: with formats enforced, and without ever fetching what a schema refers to.
///
/// # Errors
/// Why the document is no JSON Schema.
pub(crate) fn validator(schema: &Value) -> Result<Validator, String> {
    options(PatternOptions::fancy_regex()).build(schema).map_err(|problem| problem.to_string())
}

fn options(patterns: PatternOptions<FancyRegex>) -> ValidationOptions<'static> {
    let patterns = patterns.backtrack_limit(MOST_STEPS_BACK);
    jsonschema::options().should_validate_formats(true).offline().with_pattern_options(patterns)
}

/// Notes every fault of the schemas of a document's actions.
pub(super) fn schemas(faults: &Faults, document: &Value) {
    let actions = document.get("actions").and_then(Value::as_object);
    let mut walk = Walk::new(faults);
    for (path, fields) in actions.into_iter().flatten().flat_map(|(name, action)| with_rules(name, action)) {
        let Some(schema) = fields.get("overrideSchema").filter(|schema| !schema.is_null()) else { continue };
        let path = member(&path, "overrideSchema");
        let sound = walk.schema(schema, &Path::Whole(&path));
        if sound && walk.patterns <= MOST_PATTERNS {
            compiled(faults, schema, &path);
        }
    }
    if walk.patterns > MOST_PATTERNS {
        faults
            .add("actions", format!("may have {MOST_PATTERNS} regular expressions in all, and has {}", walk.patterns));
    }
}

/// An action and the rules inside it, with their paths.
fn with_rules<'v>(name: &str, action: &'v Value) -> Vec<(String, &'v Value)> {
    let path = member("actions", name);
    let rules = action.get("rules").and_then(Value::as_array).into_iter().flatten().enumerate();
    let mut all: Vec<_> = rules.map(|(i, rule)| (item(&member(&path, "rules"), i), rule)).collect();
    all.push((path, action));
    all
}

/// Whether it is one by the draft's own schema, and its references and regular expressions can be read.
fn compiled(faults: &Faults, schema: &Value, path: &str) {
    let meta = jsonschema::draft202012::meta::validator();
    let mut sound = true;
    for error in meta.iter_errors(schema) {
        sound = false;
        faults.add(located(path, error.instance_path()), format!("is not JSON Schema: {error}"));
    }
    let small = PatternOptions::fancy_regex().size_limit(MAX_PATTERN_BYTES).dfa_size_limit(MAX_PATTERN_BYTES);
    if let Some(error) = if sound { options(small).build(schema).err() } else { None } {
        faults.add(located(path, error.instance_path()), format!("is not JSON Schema: {error}"));
    }
}

/// The path of a place that the library names.
pub(crate) fn located(path: &str, location: &jsonschema::paths::Location) -> String {
    use jsonschema::paths::LocationSegment::{Index, Property};
    location.segments().fold(path.to_owned(), |path, step| match step {
        Property(key) => member(&path, &key),
        Index(index) => item(&path, index),
    })
}

#[cfg(test)]
mod tests {
    use super::schemas;
    use super::walk::is_checked;
    use crate::Faults;
    use serde_json::{Value, json};

    #[test]
    fn a_reference_leads_to_what_is_checked() {
        for good in [
            "#",
            "#/$defs/a",
            "#/$defs/examples/items/allOf/0/not",
            "#/definitions/a~1b",
            "#/properties/const",
            "#here",
        ] {
            assert!(is_checked(good), "{good}");
        }
        for bad in [
            "",
            "a",
            "https://example.com/a#/$defs/a",
            "#/examples/0",
            "#/const",
            "#/enum/0",
            "#/default",
            "#/$defs/a/default",
            "#/$defs/a%2Fexamples%2f0",
            "#/$defs",
            "#/items/0",
            "#/x-note",
            "#/",
            "#%2Fexamples%2F0",
        ] {
            assert!(!is_checked(bad), "{bad}");
        }
    }

    #[test]
    fn a_value_is_compiled_as_no_schema() {
        let found = |schema: Value| {
            let faults = Faults::default();
            schemas(&faults, &json!({ "actions": { "pay": { "overrideSchema": schema } } }));
            faults.or(()).map_err(|all| all.iter().map(|f| f.to_string()).collect::<Vec<_>>().join("\n")).err()
        };
        let hidden = json!({ "maxLenght": 3, "pattern": "a" });
        for word in ["$ref", "$dynamicRef"] {
            let told = found(json!({ "examples": [hidden], "items": { word: "#/examples/0" } })).unwrap();
            assert!(told.contains("must be # or lead to a schema of this one"), "{told}");
        }
        let good = json!({ "$defs": { "a": { "$anchor": "here" } }, "items": { "$ref": "#/$defs/a" }, "not": { "$ref": "#here" } });
        assert_eq!(found(good), None);
    }
}
