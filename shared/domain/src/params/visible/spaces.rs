//! Where a space that does not break, or an ideographic space, is ordinary writing. A person reads such a space as the end of a word, and
//! a machine does not: to a shell `secrets`, U+00A0 and `;` are one word. So the words on both sides decide, as whole words.
//!
//! A word ends at the next space of any kind: where one of several spaces in a row of words is marked, its mark warns the reader already.

use super::kinds::{category, is_digit, is_letter, is_mark, is_wide};
use icu_properties::props::GeneralCategory;

/// What may stand in front of a word of prose or of a number.
const OPENING: &str = "([“‘\"'’«";
/// What may end a word of prose, or follow `!`, `?` and `»`. `;` and `:` are missing: a shell and YAML read them.
const CLOSING: &str = ")]»”’\"'.,!?…";
/// What may follow a number or its unit. `?`, `!`, `*` and `'` are missing: a shell reads them after `$`.
const AFTER_NUMBER: &str = ".,;:)]}»”’\"…";
/// What separates the digits of a number.
const SEPARATORS: &str = ".,'’";
/// What may stand around both words of an ideographic space, as in a list of JSON.
const AROUND: &str = "\"'()[]{},";
/// The most letters of a currency in front of its sign, as in `US$`.
const MOST_LETTERS: usize = 3;

/// Whether a space that does not break is ordinary: inside a number, between a number and its unit, inside French quotation marks, or
/// before a French `!`, `?` or `»`.
pub(super) fn keeps_together(before: &[char], after: &[char]) -> bool {
    let (left, right) = (word_before(before), word_after(after));
    let (Some(last), Some(first)) = (left.last(), right.first()) else { return false };
    let number = groups_digits(left, right) || follows_number(left, right) || precedes_number(left, right);
    let opens = *last == '«' && opens_quotation(left, *first);
    number || opens || closes_clause(before, left, right)
}

/// Whether an ideographic space is ordinary: between two wide characters, or before one at the beginning of a line. No word beside it has
/// a sign of ASCII, because a command, a path or a key of YAML has some: `--exclude=秘密` and U+3000 are one word of a shell. Quotation
/// marks and brackets around both words are no such sign.
pub(super) fn sets_apart(before: &[char], after: &[char]) -> bool {
    let (left, right) = (word_before(before), word_after(after));
    let begins = before.last().is_none_or(|c| *c == '\n');
    let around = |c: char| AROUND.contains(c);
    let mut inner = without_front(left, around).iter().chain(without_back(right, around));
    let plain = !inner.any(char::is_ascii_punctuation);
    plain && (begins || left.last().is_some_and(|c| is_wide(*c))) && right.first().is_some_and(|c| is_wide(*c))
}

fn word_before(before: &[char]) -> &[char] {
    let start = before.iter().rposition(|c| c.is_whitespace()).map_or(0, |space| space + 1);
    before.get(start..).unwrap_or_default()
}

fn word_after(after: &[char]) -> &[char] {
    let end = after.iter().position(|c| c.is_whitespace()).unwrap_or(after.len());
    after.get(..end).unwrap_or_default()
}

/// Between two groups of three digits, as in `12 500,00`.
fn groups_digits(left: &[char], right: &[char]) -> bool {
    let digits = |word: &[char]| word.iter().take_while(|c| is_digit(**c)).count();
    let whole = without_front(left, |c| is_opening(c) || "+-−".contains(c) || is_currency(c));
    let (head, group) = (digits(whole), digits(right));
    (1..=3).contains(&head) && head == whole.len() && group == 3 && is_number_then_end(right)
}

/// Between a number and `%` or a currency that ends its word: `5 $DEST` is a number and a variable.
fn follows_number(left: &[char], right: &[char]) -> bool {
    let number = without_front(left, |c| is_opening(c) || "+-−".contains(c));
    let Some((unit, rest)) = right.split_first() else { return false };
    is_number(number) && is_unit(*unit) && rest.iter().all(|c| AFTER_NUMBER.contains(*c))
}

/// Between a currency or `%` and the number, as in `R$ 10,00`.
fn precedes_number(left: &[char], right: &[char]) -> bool {
    let Some((unit, front)) = without_front(left, is_opening).split_last() else { return false };
    let named = front.len() <= MOST_LETTERS && front.iter().all(char::is_ascii_uppercase);
    is_unit(*unit) && named && is_number_then_end(right)
}

/// After `«` that begins a word, perhaps after an article as in `l’«`, and before what is quoted.
fn opens_quotation(left: &[char], first: char) -> bool {
    let front = left.split_last().map(|(_, front)| front).unwrap_or_default();
    let apart = front.last().is_none_or(|c| is_opening(*c));
    apart && is_prose(front) && (is_letter(first) || is_digit(first) || is_opening(first) || first == '…')
}

/// After a word of prose, and before `!`, `?`, or the `»` of a quotation that is open.
fn closes_clause(before: &[char], left: &[char], right: &[char]) -> bool {
    let Some((mark, rest)) = right.split_first() else { return false };
    let fits = match *mark {
        '!' | '?' => true,
        '»' => before.iter().rev().find(|c| matches!(c, '«' | '»')) == Some(&'«'),
        _ => false,
    };
    fits && is_prose(left) && rest.iter().all(|c| CLOSING.contains(*c))
}

/// Nothing that only a machine reads: letters with apostrophes and hyphens between them, or a number; quotation marks around it.
fn is_prose(word: &[char]) -> bool {
    let ends = |c: char| CLOSING.contains(c) || is_unit(c);
    let word = without_back(without_front(word, is_opening), ends);
    let joins = |c: char| matches!(c, '\'' | '’' | '-');
    let letters = word.first().is_some_and(|c| is_letter(*c)) && word.iter().all(|c| is_written(*c) || joins(*c));
    word.is_empty() || letters || is_number(word)
}

/// Digits with separators between them.
fn is_number(word: &[char]) -> bool {
    let digits = |c: Option<&char>| c.is_some_and(|c| is_digit(*c));
    digits(word.first()) && digits(word.last()) && word.iter().all(|c| is_digit(*c) || SEPARATORS.contains(*c))
}

/// A number, and after it at most a unit and what ends a clause.
fn is_number_then_end(word: &[char]) -> bool {
    let rest = without_front(word, |c| is_digit(c) || SEPARATORS.contains(c));
    let rest = without_front(rest, is_unit);
    word.first().is_some_and(|c| is_digit(*c)) && rest.iter().all(|c| AFTER_NUMBER.contains(*c))
}

fn without_front(word: &[char], front: impl Fn(char) -> bool) -> &[char] {
    let start = word.iter().position(|c| !front(*c)).unwrap_or(word.len());
    word.get(start..).unwrap_or_default()
}

fn without_back(word: &[char], back: impl Fn(char) -> bool) -> &[char] {
    let end = word.iter().rposition(|c| !back(*c)).map_or(0, |last| last + 1);
    word.get(..end).unwrap_or_default()
}

fn is_opening(c: char) -> bool {
    OPENING.contains(c)
}

fn is_written(c: char) -> bool {
    is_letter(c) || is_mark(c)
}

fn is_unit(c: char) -> bool {
    c == '%' || is_currency(c)
}

fn is_currency(c: char) -> bool {
    category(c) == GeneralCategory::CurrencySymbol
}
