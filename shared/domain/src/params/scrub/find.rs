//! Where a report has hidden values. The hidden values are one sorted list, in which a search narrows down byte by byte: an agent may hide
//! a hundred thousand values, and an executor may answer with all of them. The work grows with the text and no faster: where values
//! overlap so often that looking on costs more, the rest is hidden.

use crate::params::scrub::decoded::{Escapes, View};
use crate::params::scrub::values::Scrub;

/// So many first bytes of a hidden value are hidden although the rest is missing: texts are cut.
const PARTIAL: usize = 16;
/// And so many at the end of a text that was cut.
const PARTIAL_AT_END: usize = 2;

/// So many bytes are compared for each byte of a text, and at the least.
const PATIENCE: usize = 32;
const LEAST: usize = 4_096;

/// The parts of a text to be taken out, in order and apart from each other.
pub(super) fn hidden(scrub: &Scrub, text: &str, cut: bool) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let plain = View::of(text);
    search(scrub, &plain, cut, &mut found);
    // Text is escaped once or twice: JSON in JSON, a URL in JSON.
    for once in Escapes::ALL.iter().filter_map(|escapes| plain.decoded(*escapes)) {
        search(scrub, &once, cut, &mut found);
        for twice in Escapes::ALL.iter().filter_map(|escapes| once.decoded(*escapes)) {
            search(scrub, &twice, cut, &mut found);
        }
    }
    merged(text, found)
}

fn search(scrub: &Scrub, view: &View, cut: bool, found: &mut Vec<(usize, usize)>) {
    let lower = view.bytes.to_ascii_lowercase();
    let mut patience = lower.len() * PATIENCE + LEAST;
    for at in 0..lower.len() {
        if patience == 0 {
            found.extend(view.from.get(at).zip(view.from.last()).map(|((from, _), (_, to))| (*from, *to)));
            break;
        }
        let rest = lower.get(at..).unwrap_or_default();
        let longest = longest(&scrub.anywhere, rest, cut, &mut patience).max(alone(scrub, &lower, at));
        let ends = view.from.get(at).zip(view.from.get((at + longest).wrapping_sub(1)));
        found.extend(ends.filter(|_| longest > 0).map(|((from, _), (_, to))| (*from, *to)));
    }
}

/// How much of the beginning of a text is a hidden value, or enough of one; all of it, once the patience is at its end.
fn longest(sorted: &[Vec<u8>], text: &[u8], cut: bool, patience: &mut usize) -> usize {
    let mut fitting = sorted;
    let mut whole = 0;
    for (depth, byte) in text.iter().enumerate() {
        *patience = patience.saturating_sub(1);
        if *patience == 0 {
            return text.len();
        }
        // Sorted: of those that fit so far, one that ends here is the first.
        if fitting.first().is_some_and(|first| first.len() == depth) {
            whole = depth;
        }
        let less = fitting.partition_point(|one| one.get(depth) < Some(byte));
        let rest = fitting.get(less..).unwrap_or_default();
        let same = rest.partition_point(|one| one.get(depth) == Some(byte));
        if same == 0 {
            return if depth >= PARTIAL { depth } else { whole };
        }
        fitting = rest.get(..same).unwrap_or_default();
    }
    let ends = fitting.first().is_some_and(|first| first.len() == text.len());
    let partial = text.len() >= PARTIAL || (cut && text.len() >= PARTIAL_AT_END);
    if ends || partial { text.len() } else { whole }
}

/// The length of a short hidden value that stands by itself here.
fn alone(scrub: &Scrub, text: &[u8], at: usize) -> usize {
    let part_of_word = |b: Option<&u8>| b.is_some_and(|b| b.is_ascii_alphanumeric() || !b.is_ascii());
    if scrub.alone.is_empty() || part_of_word(at.checked_sub(1).and_then(|before| text.get(before))) {
        return 0;
    }
    let rest = text.get(at..).unwrap_or_default();
    let fits = |length: &usize| {
        rest.get(..*length).is_some_and(|part| scrub.alone.contains(part)) && !part_of_word(rest.get(*length))
    };
    // Three characters have at most twelve bytes.
    (1..=12).rev().find(fits).unwrap_or(0)
}

/// Whole characters, and overlapping parts as one.
fn merged(text: &str, mut found: Vec<(usize, usize)>) -> Vec<(usize, usize)> {
    found.sort_unstable();
    let mut all: Vec<(usize, usize)> = Vec::new();
    for (from, to) in found {
        let (from, to) = (text.floor_char_boundary(from), text.ceil_char_boundary(to));
        match all.last_mut() {
            Some((_, end)) if from <= *end => *end = to.max(*end),
            _ => all.push((from, to)),
        }
    }
    all
}
