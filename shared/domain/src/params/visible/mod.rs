//! Makes hidden characters visible: what a person reads is what will be done. What shows as nothing but is ordinary writing where it
//! stands, such as a joiner between two Persian letters, is left alone.

mod kinds;
mod ordinary;
mod spaces;

use crate::params::visible::ordinary::is_ordinary;

/// Characters that show as nothing, as a plain space, or turn the text around: controls, soft hyphen, odd spaces, fillers,
/// zero-width and bidirectional marks (UAX #9, CVE-2021-42574), variation selectors, tags, private use, byte-order mark, and controls of
/// hieroglyphs and of musical notation.
const HIDDEN: &[(u32, u32)] = &[
    (0x00, 0x08),
    (0x0b, 0x1f),
    (0x7f, 0xa0),
    (0xad, 0xad),
    (0x34f, 0x34f),
    (0x61c, 0x61c),
    (0x115f, 0x1160),
    (0x1680, 0x1680),
    (0x17b4, 0x17b5),
    (0x180b, 0x180f),
    (0x2000, 0x200f),
    (0x2028, 0x202f),
    (0x205f, 0x206f),
    (0x2800, 0x2800),
    (0x3000, 0x3000),
    (0x3164, 0x3164),
    (0xe000, 0xf8ff),
    (0xfe00, 0xfe0f),
    (0xfeff, 0xfeff),
    (0xffa0, 0xffa0),
    (0xfff0, 0xfffb),
    (0xfffe, 0xffff),
    (0x13430, 0x1343f),
    (0x1bca0, 0x1bca3),
    (0x1d159, 0x1d159),
    (0x1d173, 0x1d17a),
    (0xe0000, 0xe0fff),
    (0xf0000, 0x10ffff),
];

fn hidden(c: char) -> bool {
    HIDDEN.iter().any(|(from, to)| (*from..=*to).contains(&(c as u32)))
}

/// How a hidden character is shown.
pub fn mark(c: char) -> String {
    format!("⟨U+{:04X}⟩", c as u32)
}

/// Text with every hidden character as `⟨U+202E⟩`, unless it is ordinary where it stands. Line feeds and tabs stay; CR LF is a line feed.
pub fn text(raw: &str) -> String {
    if !raw.chars().any(hidden) {
        return raw.to_owned();
    }
    let raw = raw.replace("\r\n", "\n");
    let chars: Vec<char> = raw.chars().collect();
    let mut shown = String::with_capacity(raw.len());
    for (at, c) in chars.iter().enumerate() {
        match hidden(*c) && !is_ordinary(&chars, at) {
            true => shown.push_str(&mark(*c)),
            false => shown.push(*c),
        }
    }
    shown
}

/// Whether a text has characters that are shown as marks.
pub fn hides(raw: &str) -> bool {
    text(raw) != raw.replace("\r\n", "\n")
}

/// The same on one line: line feeds and tabs are shown as marks too.
pub fn line(raw: &str) -> String {
    text(raw).replace('\n', "⏎").replace('\t', "⇥")
}

/// Cut to at most `max` characters, the last of which then is an ellipsis.
pub fn cut(text: &str, max: usize) -> String {
    if text.chars().count() <= max {
        return text.to_owned();
    }
    text.chars().take(max.saturating_sub(1)).chain(['…']).collect()
}

#[cfg(test)]
mod tests;
