//! A policy's text, in YAML or JSON, read into one value that remembers its lines.

mod marks;
mod problem;
mod scalar;
mod yaml;

use crate::Fault;
use crate::params::json;
use marks::Marks;
use problem::without_place;
use serde_json::Value;

/// A document that could be read.
pub(super) struct Document<'t> {
    text: &'t str,
    /// What it says.
    pub(super) value: Value,
    /// Where each part of it stands; none of JSON, which is only looked through where it has a fault.
    marks: Option<Marks>,
}

impl<'t> Document<'t> {
    /// JSON is read as JSON, since not all of it is YAML; what only looks like JSON may still be YAML.
    ///
    /// # Errors
    /// Why it is neither.
    pub(super) fn read(text: &'t str) -> Result<Self, Vec<Fault>> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let json = if text.trim_start().starts_with('{') { Some(json::parse(text.as_bytes())) } else { None };
        if let Some(Ok(value)) = json {
            return Ok(Self { text, value, marks: None });
        }
        match (yaml::compose(text), json) {
            (Ok((value, marks)), _) => Ok(Self { text, value, marks: Some(marks) }),
            (Err(_), Some(Err(problem))) => {
                let (problem, place) = without_place(&problem);
                Err(vec![Fault { place, ..Fault::new("", format!("is not JSON: {problem}")) }])
            }
            (Err(faults), _) => Err(faults),
        }
    }

    /// Faults of what it says, each with the line and column of the field, or of what should have it.
    pub(super) fn placed(self, mut faults: Vec<Fault>) -> Vec<Fault> {
        let marks = self.marks.or_else(|| Some(yaml::compose(self.text).ok()?.1));
        if let Some(marks) = marks {
            faults.iter_mut().for_each(|fault| fault.place = Some(marks.of(&fault.field)));
        }
        faults
    }
}

#[cfg(test)]
mod tests;
