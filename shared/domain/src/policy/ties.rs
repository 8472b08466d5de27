//! Globs of one length that can match one name: neither of them is the more exact.
//!
//! Two globs have a name in common exactly where the beginning of one begins with that of the other, and the end of one ends with that
//! of the other; a beginning is what stands before the first `*`, an end what stands after the last. (Such a name is the longer
//! beginning, whatever stands between in the one and then in the other, and the longer end.) So nothing is compared pairwise: globs are
//! gone through in the order of their beginnings, and the ends of those whose beginnings the next one begins with are kept in order.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};

/// Every glob that ties with an earlier one, and that one.
pub(super) fn ties<'n>(names: impl Iterator<Item = &'n str>) -> Vec<(&'n str, &'n str)> {
    let mut by_length: HashMap<usize, Vec<Glob<'n>>> = HashMap::new();
    for glob in names.filter_map(Glob::read) {
        by_length.entry(glob.name.len()).or_default().push(glob);
    }
    let mut found: Vec<_> = by_length.into_values().flat_map(ties_of_one_length).collect();
    found.sort_unstable();
    found
}

#[derive(Clone, Copy)]
struct Glob<'n> {
    name: &'n str,
    beginning: &'n str,
    end: End<'n>,
}

impl<'n> Glob<'n> {
    fn read(name: &'n str) -> Option<Self> {
        let (beginning, rest) = name.split_once('*')?;
        let end = End(rest.rsplit_once('*').map_or(rest, |(_, end)| end));
        Some(Self { name, beginning, end })
    }
}

/// Local invariant: `ends` has the ends of `open`, and none of them ends with another. So an end that ends with a new one, or that a new
/// one ends with, is the new one's neighbour.
fn ties_of_one_length<'n>(mut globs: Vec<Glob<'n>>) -> Vec<(&'n str, &'n str)> {
    globs.sort_unstable_by_key(|glob| (glob.beginning, glob.name));
    let (mut open, mut ends, mut found) = (Vec::<Glob<'n>>::new(), BTreeMap::<End<'n>, &'n str>::new(), Vec::new());
    for glob in globs {
        while let Some(last) = open.pop_if(|last| !glob.beginning.starts_with(last.beginning)) {
            ends.remove(&last.end);
        }
        let before = ends.range(..=glob.end).next_back();
        let neighbours = before.into_iter().chain(ends.range(glob.end..).next());
        let tie = neighbours.into_iter().find(|(end, _)| end.meets(glob.end)).map(|(_, name)| *name);
        match tie {
            Some(other) => found.push((glob.name, other)),
            None => {
                ends.insert(glob.end, glob.name);
                open.push(glob);
            }
        }
    }
    found
}

/// A glob's end, in the order of its letters from the last to the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct End<'n>(&'n str);

impl End<'_> {
    /// Whether one of them ends with the other.
    fn meets(self, other: Self) -> bool {
        self.0.ends_with(other.0) || other.0.ends_with(self.0)
    }
}

impl Ord for End<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        #[cfg(test)]
        tests::COMPARED.with(|compared| compared.set(compared.get() + 1));
        self.0.bytes().rev().cmp(other.0.bytes().rev())
    }
}

impl PartialOrd for End<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::cell::Cell;
    use std::collections::BTreeSet;

    thread_local! {
        /// How often two ends were compared.
        pub(super) static COMPARED: Cell<usize> = const { Cell::new(0) };
    }

    fn tie(a: &str, b: &str) -> bool {
        !ties([a, b].into_iter()).is_empty()
    }

    #[test]
    fn globs_tie_where_they_are_as_long_and_a_name_matches_both() {
        for (a, b, is) in [
            ("a.*b", "*.bb", true),
            ("a.*", "b.*", false),
            ("*x", "x*", true),
            ("a*c", "abd", false),
            ("**", "*a", true),
            ("a*", "a*b", false),
            ("a*bc", "a*cc", false),
            ("ab*c", "a**c", true),
        ] {
            assert_eq!((tie(a, b), tie(b, a)), (is, is), "{a} {b}");
        }
    }

    /// Whether some name matches both, by the reachable pairs of positions.
    fn meet(a: &[u8], b: &[u8]) -> bool {
        let (mut seen, mut open) = (BTreeSet::new(), vec![(0, 0)]);
        while let Some((i, j)) = open.pop() {
            if !seen.insert((i, j)) {
                continue;
            }
            match (a.get(i), b.get(j)) {
                (None, None) => return true,
                (Some(b'*'), Some(_)) | (Some(_), Some(b'*')) => open.extend([(i + 1, j), (i, j + 1)]),
                (Some(b'*'), None) => open.push((i + 1, j)),
                (None, Some(b'*')) => open.push((i, j + 1)),
                (Some(x), Some(y)) if x == y => open.push((i + 1, j + 1)),
                _ => {}
            }
        }
        false
    }

    proptest! {
        #[test]
        fn there_are_ties_exactly_where_some_name_matches_two(globs in prop::collection::btree_set("[ab]{0,2}\\*[ab*]{0,3}", 2..7)) {
            let all: Vec<&str> = globs.iter().map(String::as_str).collect();
            let told = ties(all.iter().copied());
            for (one, other) in &told {
                prop_assert!(one.len() == other.len() && meet(one.as_bytes(), other.as_bytes()));
            }
            let pairs = all.iter().enumerate().flat_map(|(i, a)| all.iter().skip(i + 1).map(move |b| (a, b)));
            let some = pairs.into_iter().any(|(a, b)| a.len() == b.len() && meet(a.as_bytes(), b.as_bytes()));
            prop_assert_eq!(some, !told.is_empty());
        }
    }

    #[test]
    fn comparing_a_thousand_long_globs_takes_steps_in_proportion_to_the_thousand() {
        let steps = |count: usize| {
            // The worst that fits: each begins with the ones before, and no end is another's.
            let globs: Vec<String> =
                (0..count).map(|n| format!("{}*{}{n:04}", "a".repeat(n % 150), "b".repeat(195 - n % 150))).collect();
            COMPARED.with(|compared| compared.set(0));
            assert_eq!(ties(globs.iter().map(String::as_str)), []);
            COMPARED.with(Cell::get)
        };
        let (few, many) = (steps(100), steps(1_000));
        assert!(many < 60 * 1_000, "{many}");
        assert!(many < 20 * few, "{few} steps for a hundred, {many} for ten times as many");
    }
}
