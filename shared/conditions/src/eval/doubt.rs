//! Why a condition has no value.

use crate::kind::Kind;
use std::{borrow::Cow, ops::Range};

/// Why an expression has no value.
#[derive(Clone, Debug)]
pub(crate) enum Fail {
    Doubt(Doubt),
    /// The budget is used up; nothing absorbs this.
    Spent,
}

/// A doubt about one expression; `&&`, `||`, `all` and `exists` may absorb it.
#[derive(Clone, Debug)]
pub(crate) struct Doubt {
    /// A sentence in which `{}` is the expression's text.
    pub sentence: Cow<'static, str>,
    /// The bytes of the expression, as soon as they are known.
    pub place: Option<Range<usize>>,
}

impl Fail {
    /// A doubt whose sentence names the expression as `{}`.
    pub(crate) fn doubt(sentence: impl Into<Cow<'static, str>>) -> Self {
        Self::Doubt(Doubt { sentence: sentence.into(), place: None })
    }

    /// `found` stands where another kind is needed.
    pub(crate) fn kind(found: Kind, needed: &str) -> Self {
        Self::doubt(format!("{{}} is {}, not {needed}", found.word()))
    }

    /// The same, of the expression that is quoted so, unless it is of one within.
    pub(crate) fn of(self, place: &Range<usize>) -> Self {
        match self {
            Self::Doubt(Doubt { sentence, place: None }) => Self::Doubt(Doubt { sentence, place: Some(place.clone()) }),
            other => other,
        }
    }
}
