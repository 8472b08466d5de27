//! What every reader of a part of a policy needs: what the document is read for, its calendars, and how people are read.

use crate::fault::{Faults, Object};
use crate::params::path::item;
use crate::principal::{Kind, Principal};
use std::collections::BTreeSet;

/// What a document is read for.
#[derive(Clone, Copy, PartialEq)]
pub(in crate::policy) enum Reading {
    /// To be saved: everything in it must be right.
    New,
    /// To be followed: it was right when it was saved, by the rules of its day.
    Saved,
}

impl Reading {
    /// An identity. One that nobody can have is refused where it is entered; in a saved document it names nobody, as it always did.
    pub(super) fn principal(self, text: &str) -> Result<Principal, String> {
        match self {
            Self::New => Principal::entered(text),
            Self::Saved => Principal::parse(text),
        }
    }
}

/// What is known of the document when its actions are read.
pub(super) struct Known<'a> {
    pub(super) reading: Reading,
    pub(super) calendars: BTreeSet<&'a str>,
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Decider {
    /// The principals in this list may decide, so an agent may not be in it.
    Only,
    /// An agent may be named too.
    OrAgent,
}

pub(super) fn principals(
    faults: &Faults,
    object: &mut Object<'_>,
    key: &str,
    (reading, who): (Reading, Decider),
) -> Vec<Principal> {
    let path = object.at(key);
    let (mut all, mut named) = (Vec::new(), BTreeSet::new());
    for (i, text) in object.numbered_texts(key).unwrap_or_default() {
        match reading.principal(&text) {
            Err(problem) => {
                faults.add(item(&path, i), problem);
                // Somebody is meant: that nobody is named would be a second fault of one mistake.
                all.extend(Principal::parse(&text));
            }
            Ok(p) if who == Decider::Only && p.kind() == Kind::Agent => {
                faults.add(item(&path, i), "is an agent, which asks and never decides");
            }
            Ok(p) if !named.insert(p.clone()) => faults.add(item(&path, i), "is named twice"),
            Ok(p) => all.push(p),
        }
    }
    all
}
