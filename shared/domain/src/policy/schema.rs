//! `overrideSchema`: whether it is a JSON Schema (2020-12) in which every word counts, and what checks edits by it.

use crate::Faults;
use crate::params::path::{Path, member};
use jsonschema::{FancyRegex, PatternOptions, ValidationOptions, Validator};
use serde_json::{Map, Value};

/// The one draft that is read, and may be named.
const DRAFT: &str = "https://json-schema.org/draft/2020-12/schema";
/// The most regular expressions in all schemas of a policy: each takes some milliseconds to compile.
const MOST_PATTERNS: usize = 100;
/// The most bytes of a regular expression when it is compiled.
const MAX_PATTERN_BYTES: usize = 256 * 1024;
/// Steps that a regular expression may go back in one text. The texts are an agent's.
const MOST_STEPS_BACK: usize = 100_000;
/// The most words for which the one that was meant is looked for.
const MOST_GUESSES: usize = 100;
/// How much alike two words must be for one to be suggested for the other.
const ALIKE: f64 = 0.8;

/// What a keyword holds.
#[derive(Clone, Copy, PartialEq)]
enum Holds {
    Value,
    Schema,
    Schemas,
    NamedSchemas,
}

/// Every keyword of the draft's vocabularies, and the two older ones that its meta-schema still describes.
const KEYWORDS: [(&str, Holds); 59] = {
    use Holds::{NamedSchemas as N, Schema as S, Schemas as L, Value as V};
    [
        ("$anchor", V),
        ("$comment", V),
        ("$defs", N),
        ("$dynamicAnchor", V),
        ("$dynamicRef", V),
        ("$id", V),
        ("$ref", V),
        ("$schema", V),
        ("$vocabulary", V),
        ("additionalProperties", S),
        ("allOf", L),
        ("anyOf", L),
        ("const", V),
        ("contains", S),
        ("contentEncoding", V),
        ("contentMediaType", V),
        ("contentSchema", S),
        ("default", V),
        ("definitions", N),
        ("dependencies", N),
        ("dependentRequired", V),
        ("dependentSchemas", N),
        ("deprecated", V),
        ("description", V),
        ("else", S),
        ("enum", V),
        ("examples", V),
        ("exclusiveMaximum", V),
        ("exclusiveMinimum", V),
        ("format", V),
        ("if", S),
        ("items", S),
        ("maxContains", V),
        ("maxItems", V),
        ("maxLength", V),
        ("maxProperties", V),
        ("maximum", V),
        ("minContains", V),
        ("minItems", V),
        ("minLength", V),
        ("minProperties", V),
        ("minimum", V),
        ("multipleOf", V),
        ("not", S),
        ("oneOf", L),
        ("pattern", V),
        ("patternProperties", N),
        ("prefixItems", L),
        ("properties", N),
        ("propertyNames", S),
        ("readOnly", V),
        ("required", V),
        ("then", S),
        ("title", V),
        ("type", V),
        ("unevaluatedItems", S),
        ("unevaluatedProperties", S),
        ("uniqueItems", V),
        ("writeOnly", V),
    ]
};

/// The formats that are enforced.
const FORMATS: [&str; 17] = [
    "date",
    "date-time",
    "duration",
    "email",
    "hostname",
    "ipv4",
    "ipv6",
    "iri",
    "iri-reference",
    "json-pointer",
    "regex",
    "relative-json-pointer",
    "time",
    "uri",
    "uri-reference",
    "uri-template",
    "uuid",
];

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
    let mut walk = Walk { faults, patterns: 0, guesses: 0 };
    for (name, action) in actions.into_iter().flatten() {
        let Some(schema) = action.get("overrideSchema").filter(|schema| !schema.is_null()) else { continue };
        let path = member(&member("actions", name), "overrideSchema");
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
        Index(index) => crate::params::path::item(&path, index),
    })
}

/// Whether what a reference leads to is walked: an anchor, or what keywords of schemas alone lead to. A value, as of `const` or
/// `examples`, is read as no schema, and would be compiled as one.
fn is_checked(reference: &str) -> bool {
    let Some(fragment) = reference.strip_prefix('#') else { return false };
    let Some(pointer) = fragment.strip_prefix('/') else { return !fragment.contains(['/', '%']) };
    // An escaped slash would part a name only when it is read.
    if pointer.to_ascii_lowercase().contains("%2f") {
        return false;
    }
    let mut steps = pointer.split('/');
    while let Some(step) = steps.next() {
        let holds = KEYWORDS.iter().find(|(known, _)| *known == step).map_or(Holds::Value, |(_, holds)| *holds);
        let leads = match holds {
            Holds::Value => false,
            Holds::Schema => true,
            Holds::Schemas | Holds::NamedSchemas => steps.next().is_some(),
        };
        if !leads {
            return false;
        }
    }
    true
}

struct Walk<'f> {
    faults: &'f Faults,
    /// Regular expressions so far.
    patterns: usize,
    /// Words so far for which the one that was meant was looked for.
    guesses: usize,
}

impl Walk<'_> {
    /// Notes what means nothing in a schema and all below it. Whether there was nothing to note.
    fn schema(&mut self, schema: &Value, path: &Path<'_>) -> bool {
        let Some(keywords) = schema.as_object() else { return true };
        let mut sound = true;
        for (word, value) in keywords {
            let path = Path::Member(path, word);
            sound &= match KEYWORDS.iter().find(|(known, _)| known == word) {
                None => self.unknown(&path, "keyword of JSON Schema 2020-12", word, &KEYWORDS.map(|(known, _)| known)),
                Some((_, holds)) => self.keyword(word, *holds, value, &path),
            };
        }
        sound
    }

    fn keyword(&mut self, word: &str, holds: Holds, value: &Value, path: &Path<'_>) -> bool {
        self.patterns += match (word, value) {
            ("pattern", _) => 1,
            ("patternProperties", Value::Object(named)) => named.len(),
            _ => 0,
        };
        match (word, value, holds) {
            ("format", Value::String(format), _) if !FORMATS.contains(&format.as_str()) => {
                self.unknown(path, "format that is enforced here", format, &FORMATS)
            }
            ("$schema", Value::String(draft), _) if draft.trim_end_matches('#') != DRAFT => {
                self.fault(path, &format!("must be {DRAFT}, or be left out"))
            }
            ("$ref" | "$dynamicRef", Value::String(to), _) if !is_checked(to) => self.fault(
                path,
                "must be # or lead to a schema of this one, such as #/$defs/<name> or the # of an $anchor: nothing else is checked",
            ),
            (_, _, Holds::Schema) => self.schema(value, path),
            (_, Value::Array(all), Holds::Schemas) => {
                all.iter().enumerate().fold(true, |sound, (i, one)| self.schema(one, &Path::Item(path, i)) & sound)
            }
            (_, Value::Object(named), Holds::NamedSchemas) => self.named(named, path),
            _ => true,
        }
    }

    fn named(&mut self, schemas: &Map<String, Value>, path: &Path<'_>) -> bool {
        schemas.iter().fold(true, |sound, (name, one)| self.schema(one, &Path::Member(path, name)) & sound)
    }

    /// Notes that a word is none that is known, and which was probably meant.
    fn unknown(&mut self, path: &Path<'_>, kind: &str, word: &str, known: &[&str]) -> bool {
        self.guesses += 1;
        let known = if self.guesses > MOST_GUESSES { &[] } else { known };
        let near = known.iter().map(|known| (strsim::jaro_winkler(word, known), known));
        match near.max_by(|(a, _), (b, _)| a.total_cmp(b)).filter(|(alike, _)| *alike >= ALIKE) {
            Some((_, meant)) => self.fault(path, &format!("is no {kind}; did you mean {meant}?")),
            None => self.fault(path, &format!("is no {kind}")),
        }
    }

    fn fault(&self, path: &Path<'_>, problem: &str) -> bool {
        if !self.faults.are_enough() {
            self.faults.add(path.to_string(), problem);
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::{is_checked, schemas};
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
