//! A policy out of its text.

use super::document::Document;
use super::read::{self, Reading};
use super::{Policy, check, schema};
use crate::digest::sha256_hex;
use crate::{Fault, Faults};

impl Policy {
    /// Reads a document in YAML or JSON that is to be saved.
    ///
    /// # Errors
    /// Every fault of it, named by its path, line and column; a document that cannot be read on has an empty path.
    pub fn parse(text: &str) -> Result<Self, Vec<Fault>> {
        Self::accept(text).map(|(policy, _)| policy)
    }

    /// The same, and the document as it is kept for [`Policy::parse_saved`]: in JSON.
    ///
    /// # Errors
    /// As of [`Policy::parse`].
    pub fn accept(text: &str) -> Result<(Self, String), Vec<Fault>> {
        let document = Document::read(text)?;
        let faults = Faults::default();
        let policy = Self { hash: sha256_hex(text.as_bytes()), ..read::policy(&faults, &document.value, Reading::New) };
        schema::schemas(&faults, &document.value);
        check::policy(&faults, &policy);
        match faults.or(policy) {
            Ok(policy) => Ok((policy, document.value.to_string())),
            Err(faults) => Err(document.placed(faults)),
        }
    }

    /// Reads a document that had no fault when it was saved, under the hash of what was written. What was checked then is not checked
    /// again: neither YAML nor JSON Schema is read here, and nothing is compared. A function that only follows a policy does without
    /// the readers of both, which would be a third of it. An identity that would be refused today names nobody.
    ///
    /// # Errors
    /// What cannot be read in it.
    pub fn parse_saved(hash: &str, json: &str) -> Result<Self, Vec<Fault>> {
        let value = serde_json::from_str(json).map_err(|e| vec![Fault::new("", e.to_string())])?;
        let faults = Faults::default();
        let policy = Self { hash: hash.to_owned(), ..read::policy(&faults, &value, Reading::Saved) };
        faults.or(policy)
    }
}
