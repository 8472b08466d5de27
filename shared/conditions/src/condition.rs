//! A compiled `when`.

use crate::check::{check, reads};
use crate::eval::{Budget, Fail, holds};
use crate::facts::Facts;
use crate::flaw::{Flaw, Problem};
use crate::parse::parse;
use crate::tree::Expr;
use std::{collections::BTreeSet, fmt, sync::Arc};

/// Bytes of a condition's text.
const MAX_BYTES: usize = 4096;
/// Characters of an expression that a sentence quotes.
const MAX_QUOTED: usize = 60;

/// A compiled `when`; a clone shares it.
#[derive(Clone)]
pub struct Condition(Arc<Compiled>);

struct Compiled {
    source: String,
    tree: Expr,
}

/// Why a condition is neither true nor false: a sentence without its full stop, as "params.country is not there". Local invariant: it quotes the
/// condition and never a value of the facts. *Why*: Parameters may be hidden from those who read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undecided(pub String);

/// The sentence.
impl fmt::Display for Undecided {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Undecided {}

/// The text.
impl fmt::Debug for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Condition").field(&self.0.source).finish()
    }
}

impl Condition {
    /// Compiles a text in CEL; `calendars` are the names that `during` may ask.
    ///
    /// # Errors
    /// Every fault that can be found without facts, in the order of the text. After a fault of syntax, nothing more is read.
    pub fn compile(text: &str, calendars: &BTreeSet<&str>) -> Result<Self, Vec<Problem>> {
        tree(text, calendars)
            .map(|tree| Self(Arc::new(Compiled { source: text.to_owned(), tree })))
            .map_err(|flaws| flaws.into_iter().map(|flaw| flaw.placed(text)).collect())
    }

    /// The text.
    pub fn source(&self) -> &str {
        &self.0.source
    }

    /// The paths of the parameters that it refers to, each once, in order: `["country"]`, `["customer", "id"]`. Of a path with an index or
    /// a computed name, the longest beginning that is known; it is empty where that is all of `params`.
    pub fn reads(&self) -> Vec<Vec<String>> {
        reads(&self.0.tree)
    }

    /// Whether it is true of the facts. The same facts always give the same result, within 10 ms.
    ///
    /// # Errors
    /// [`Undecided`] where it is neither true nor false.
    pub fn holds(&self, facts: &Facts<'_>) -> Result<bool, Undecided> {
        self.holds_within(facts, &mut Budget::default())
    }

    /// The same within a budget that several conditions share, so that all of a request's rules end in time.
    ///
    /// # Errors
    /// As of [`Self::holds`].
    pub fn holds_within(&self, facts: &Facts<'_>, budget: &mut Budget) -> Result<bool, Undecided> {
        holds(&self.0.tree, facts, budget).map_err(|fail| Undecided(self.sentence(fail)))
    }

    fn sentence(&self, fail: Fail) -> String {
        match fail {
            Fail::Spent => "it takes too long".into(),
            Fail::Doubt(doubt) => {
                let expression = doubt.place.and_then(|place| self.0.source.get(place)).unwrap_or(&self.0.source);
                doubt.sentence.replacen("{}", &quoted(expression), 1)
            }
        }
    }
}

fn tree(text: &str, calendars: &BTreeSet<&str>) -> Result<Expr, Vec<Flaw>> {
    if text.len() > MAX_BYTES {
        return Err(vec![Flaw::new(0, format!("the condition has more than {MAX_BYTES} bytes"))]);
    }
    let (tree, mut flaws) = parse(text, calendars);
    flaws.extend(tree.iter().flat_map(check));
    flaws.sort();
    flaws.dedup();
    tree.filter(|_| flaws.is_empty()).ok_or(flaws)
}

/// An expression's text in one line, cut where it is long.
fn quoted(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(MAX_QUOTED) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line,
    }
}
