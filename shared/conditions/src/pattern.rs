//! Regular expressions in RE2's syntax, matched in linear time, and what a match costs.

use regex_lite::{Regex, RegexBuilder};

/// The size in bytes at which the search for a pattern's size begins.
const SMALLEST: usize = 256;
/// Bytes that a pattern may take if the facts give it.
const UNKNOWN: usize = 4 << 10;
/// Groups within groups.
const NESTING: u32 = 30;

/// A compiled pattern.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    regex: Regex,
    /// Its size in bytes, rounded up by at most a third.
    pub size: usize,
}

impl Pattern {
    /// Compiles a pattern of the text. Its size is looked for, because a match costs the more the larger the pattern is.
    ///
    /// # Errors
    /// What is wrong with it, as the end of a sentence about it.
    pub(crate) fn new(text: &str, most: usize) -> Result<Self, String> {
        let (mut least, mut size) = (0, SMALLEST.min(most));
        let mut found = Self::within(text, size);
        while found.is_err() && size < most {
            (least, size) = (size, (2 * size).min(most));
            found = Self::within(text, size);
        }
        for _ in 0..2 {
            let middle = least.midpoint(size);
            match Self::within(text, middle) {
                Ok(smaller) if found.is_ok() => (size, found) = (middle, Ok(smaller)),
                _ => least = middle,
            }
        }
        found
    }

    /// Compiles a pattern that the facts give.
    ///
    /// # Errors
    /// As of [`Self::new`].
    pub(crate) fn unknown(text: &str) -> Result<Self, String> {
        Self::within(text, UNKNOWN)
    }

    fn within(text: &str, size: usize) -> Result<Self, String> {
        folds_ascii_only(text)?;
        match RegexBuilder::new(text).nest_limit(NESTING).size_limit(size).build() {
            Ok(regex) => Ok(Self { regex, size }),
            Err(error) if error.to_string().contains("exceed") => Err("is too large a pattern".into()),
            Err(error) => Err(format!("is not a pattern: {error}")),
        }
    }

    /// Whether a part of the text matches.
    pub(crate) fn is_in(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }
}

/// `(?i)` knows the letters of ASCII alone, so a pattern that asks more of it is refused instead of missing what it names.
fn folds_ascii_only(text: &str) -> Result<(), String> {
    let flags = |group: &str| {
        group.split([')', ':']).next().is_some_and(|flags| flags.contains('i') && !flags.contains(['<', 'P']))
    };
    let folds = text.split("(?").skip(1).any(flags);
    if folds && !text.is_ascii() {
        Err("has (?i) beside letters outside ASCII, whose case it does not know".into())
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_that_would_grow_too_large_is_refused() {
        for large in ["a{1000}{1000}", "((a{100}){100}){100}", "(?:){4294967295}", "(a{0}){4000000000}", "[a-z]{65000}"]
        {
            assert_eq!(Pattern::new(large, 64 << 10).unwrap_err(), "is too large a pattern", "{large}");
        }
        for wrong in ["(", "a**b(", "(?=a)", r"(a)\1", "[z-a]", "(?i)é", &"(".repeat(4000)] {
            assert!(Pattern::new(wrong, 64 << 10).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_pattern_is_found_anywhere_and_knows_characters() {
        for (pattern, text, found) in [
            ("bc", "abcd", true),
            ("^b", "ab", false),
            ("^.$", "é", true),
            (r"^\d+$", "٣", false),
            ("(?i)KP", "kp", true),
            ("", "", true),
        ] {
            assert_eq!(Pattern::new(pattern, 64 << 10).unwrap().is_in(text), found, "{pattern} in {text}");
        }
    }
}
