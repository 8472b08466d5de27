//! Walks through schemas and notes every word that would mean nothing.

use super::words::{DRAFT, FORMATS, Holds, KEYWORDS};
use crate::Faults;
use crate::params::path::Path;
use serde_json::{Map, Value};

/// The most words for which the one that was meant is looked for.
const MOST_GUESSES: usize = 100;
/// How much alike two words must be for one to be suggested for the other.
const ALIKE: f64 = 0.8;

/// Whether what a reference leads to is walked: an anchor, or what keywords of schemas alone lead to. A value, as of `const` or
/// `examples`, is read as no schema, and would be compiled as one.
pub(super) fn is_checked(reference: &str) -> bool {
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

/// A walk through the schemas of one policy.
pub(super) struct Walk<'f> {
    faults: &'f Faults,
    /// Regular expressions so far.
    pub(super) patterns: usize,
    /// Words so far for which the one that was meant was looked for.
    guesses: usize,
}

impl<'f> Walk<'f> {
    pub(super) fn new(faults: &'f Faults) -> Self {
        Self { faults, patterns: 0, guesses: 0 }
    }

    /// Notes what means nothing in a schema and all below it. Whether there was nothing to note.
    pub(super) fn schema(&mut self, schema: &Value, path: &Path<'_>) -> bool {
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
