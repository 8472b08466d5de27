//! The lines of a document, by the paths that faults have.

use crate::fault::Place;
use crate::params::path::is_plain;

/// Where a value stands, and what it has.
#[derive(Clone, Debug, Default)]
pub(super) struct Marks {
    /// A field stands where its name does, anything else where it begins.
    pub(super) place: Place,
    pub(super) items: Vec<Self>,
    pub(super) fields: Vec<(String, Self)>,
}

impl Marks {
    /// The place of a path. Of what is missing it is the place of what should have it.
    pub(super) fn of(&self, path: &str) -> Place {
        self.step(path).map_or(self.place, |(next, rest)| next.of(rest))
    }

    /// One step down the path, and what remains of it.
    fn step<'p>(&self, path: &'p str) -> Option<(&Self, &'p str)> {
        if let Some(quoted) = path.strip_prefix("[\"") {
            return self.quoted(path, quoted);
        }
        if let Some(rest) = path.strip_prefix('[') {
            let (index, rest) = rest.split_once(']')?;
            return Some((self.items.get(index.parse::<usize>().ok()?)?, rest));
        }
        let path = path.strip_prefix('.').unwrap_or(path);
        let (key, rest) = path.split_at(path.find(['.', '[']).unwrap_or(path.len()));
        let (_, next) = self.fields.iter().find(|(name, _)| name == key && is_plain(name))?;
        Some((next, rest))
    }

    /// A name in quotes. Most have nothing in them that is spelled otherwise.
    fn quoted<'p>(&self, path: &'p str, quoted: &'p str) -> Option<(&Self, &'p str)> {
        let simple = quoted.split_once("\"]").filter(|(key, _)| !key.contains('\\'));
        if let Some((key, rest)) = simple {
            return self.fields.iter().find(|(name, _)| name == key).map(|(_, next)| (next, rest));
        }
        let step = |name: &str| path.strip_prefix(&format!("[{name:?}]"));
        self.fields.iter().find_map(|(name, next)| Some((next, step(name)?)))
    }
}
