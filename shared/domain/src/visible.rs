//! Makes hidden characters visible: what a person reads is what will be done.

/// Characters that show as nothing, as a plain space, or turn the text around: controls, soft hyphen, odd spaces, fillers,
/// zero-width and bidirectional marks (UAX #9, CVE-2021-42574), variation selectors, tags, private use, byte-order mark.
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
    (0x1bca0, 0x1bca3),
    (0x1d173, 0x1d17a),
    (0xe0000, 0xe0fff),
    (0xf0000, 0x10ffff),
];

fn hidden(c: char) -> bool {
    HIDDEN.iter().any(|(from, to)| (*from..=*to).contains(&(c as u32)))
}

/// Text with every hidden character as `⟨U+202E⟩`; line feeds and tabs stay.
pub fn text(raw: &str) -> String {
    let mut shown = String::with_capacity(raw.len());
    for c in raw.chars() {
        match hidden(c) {
            true => shown.push_str(&format!("⟨U+{:04X}⟩", c as u32)),
            false => shown.push(c),
        }
    }
    shown
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
mod tests {
    #[test]
    fn hidden_characters_are_shown_and_ordinary_ones_left_alone() {
        assert_eq!(super::text("rm\u{202e}fr\u{200b}-\u{a0}ü😀\n"), "rm⟨U+202E⟩fr⟨U+200B⟩-⟨U+00A0⟩ü😀\n");
        assert_eq!(super::line("a\r\nb\tc"), "a⟨U+000D⟩⏎b⇥c");
        assert_eq!(super::cut("abcdef", 3), "ab…");
    }
}
