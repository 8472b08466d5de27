//! What must not be shown again, in every spelling that is looked for.

use crate::params::json::canonical;
use data_encoding::{BASE64_NOPAD, BASE64URL_NOPAD, Encoding, HEXLOWER};
use serde_json::Value;
use std::collections::BTreeSet;

/// A text with so many characters is hidden wherever it occurs; a shorter one only where it stands by itself.
const LONG: usize = 4;
/// A line of a hidden text, or a key inside a hidden object, with so many characters is hidden by itself: many keys are plain words.
const TELLING: usize = 8;

/// What must not be shown again.
#[derive(Clone, Debug, Default)]
pub struct Scrub {
    /// Hidden wherever they occur. Local invariant: once ready, sorted and in lower case.
    pub(super) anywhere: Vec<Vec<u8>>,
    /// Hidden where they stand by themselves, in lower case.
    pub(super) alone: BTreeSet<Vec<u8>>,
    pub(super) numbers: Vec<f64>,
    /// The keys of hidden values that are true or false.
    pub(super) flags: BTreeSet<String>,
}

impl Scrub {
    /// Adds the hidden value that stands at a JSON Pointer (RFC 6901).
    pub fn hide(&mut self, pointer: &str, value: &Value) {
        let name = pointer.rsplit('/').find(|part| !part.bytes().all(|b| b.is_ascii_digit())).unwrap_or_default();
        self.gather(&name.replace("~1", "/").replace("~0", "~"), value);
    }

    /// Ready to be used.
    pub fn ready(mut self) -> Self {
        self.anywhere.sort();
        self.anywhere.dedup();
        self
    }

    fn gather(&mut self, name: &str, value: &Value) {
        match value {
            Value::Null => {}
            Value::Bool(_) => drop(self.flags.insert(name.to_owned())),
            Value::Number(number) => {
                self.numbers.extend(number.as_f64());
                self.add(&number.to_string());
                self.add(&String::from_utf8_lossy(&canonical(value)));
            }
            Value::String(text) => self.gather_text(text),
            Value::Array(items) => items.iter().for_each(|item| self.gather(name, item)),
            Value::Object(map) => {
                for (key, value) in map {
                    if key.chars().count() >= TELLING {
                        self.gather_text(key);
                    }
                    self.gather(key, value);
                }
            }
        }
    }

    fn gather_text(&mut self, text: &str) {
        let lines = text.lines().map(str::trim).filter(|line| line.chars().count() >= TELLING);
        for part in [text, text.trim()].into_iter().chain(lines).collect::<BTreeSet<_>>() {
            self.add(part);
            if part.chars().count() >= LONG {
                self.anywhere.push(HEXLOWER.encode(part.as_bytes()).into_bytes());
                for encoding in [BASE64_NOPAD, BASE64URL_NOPAD] {
                    self.add_encoded(part.as_bytes(), &encoding);
                }
            }
        }
    }

    fn add(&mut self, text: &str) {
        let lower = text.to_ascii_lowercase().into_bytes();
        match text.chars().count() {
            0 => {}
            1..LONG => drop(self.alone.insert(lower)),
            _ => self.anywhere.push(lower),
        }
    }

    /// As base64 of the whole, and as what all base64 has in common of a longer text that holds it, whatever stands before and after.
    fn add_encoded(&mut self, bytes: &[u8], encoding: &Encoding) {
        self.anywhere.push(encoding.encode(bytes).to_ascii_lowercase().into_bytes());
        for (before, first) in [(0, 0), (1, 2), (2, 3)] {
            let padded = [vec![0; before], bytes.to_vec()].concat();
            let whole = padded.len() * 8 / 6;
            let encoded = encoding.encode(&padded).to_ascii_lowercase().into_bytes();
            let common = encoded.get(first..whole).unwrap_or_default();
            if common.len() >= TELLING {
                self.anywhere.push(common.to_vec());
            }
        }
    }
}
