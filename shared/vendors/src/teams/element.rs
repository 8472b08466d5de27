//! The pieces of an Adaptive Card, and how much they count for. Every text is rich text, which knows no Markdown.
//! Source: <https://adaptivecards.io/explorer/RichTextBlock.html> and `…/TextRun.html` ("Markdown is not supported").

use domain::params::visible;
use domain::{Principal, Timestamp};
use serde_json::{Value, json};

/// What one more run of text counts for at most, besides its text.
const RUN: usize = 100;
/// Between two braces a text is parted: a run with `{{DATE(…)}}` or `{{TIME(…)}}` shows something else
/// (<https://learn.microsoft.com/adaptive-cards/authoring-cards/text-features>, "Datetime function rules").
const BRACE: char = '{';
/// A space that is never joined with its neighbours.
const FIRM_SPACE: char = '\u{a0}';

/// What a text begins a line with, or says of itself.
#[derive(Clone, Copy, Debug)]
pub(super) enum Voice {
    /// Our own words.
    Plain,
    /// Our own words, in bold.
    Bold,
    /// The title.
    Large,
    /// Somebody else's words, with all their spaces.
    Exact,
}

/// A line or more of text in several voices.
pub(super) fn paragraph(parts: &[(Voice, &str)]) -> Value {
    let inlines: Vec<Value> = parts.iter().flat_map(|(voice, text)| runs(*voice, text)).collect();
    json!({ "type": "RichTextBlock", "inlines": inlines })
}

/// One line, in a colour of the palette.
pub(super) fn coloured(text: &str, colour: &str) -> Value {
    json!({ "type": "RichTextBlock", "inlines": [{ "type": "TextRun", "text": text, "weight": "Bolder", "color": colour }] })
}

/// A heading in our words, and below it what somebody else wrote, in a box.
pub(super) fn written(heading: &str, text: &str) -> Vec<Value> {
    let boxed = json!({ "type": "Container", "style": "emphasis", "items": [paragraph(&[(Voice::Exact, text)])] });
    vec![paragraph(&[(Voice::Bold, heading)]), boxed]
}

fn runs(voice: Voice, text: &str) -> Vec<Value> {
    let shown = if text.trim().is_empty() { "—" } else { text };
    parted(shown).into_iter().map(|part| run(voice, part)).collect()
}

fn run(voice: Voice, text: &str) -> Value {
    match voice {
        Voice::Plain => json!({ "type": "TextRun", "text": text }),
        Voice::Bold => json!({ "type": "TextRun", "text": text, "weight": "Bolder" }),
        Voice::Large => json!({ "type": "TextRun", "text": text, "weight": "Bolder", "size": "Large" }),
        Voice::Exact => json!({ "type": "TextRun", "text": text, "fontType": "Monospace" }),
    }
}

/// The text in parts of which none has two braces side by side.
fn parted(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((first, tail)) = rest.find("{{").and_then(|at| rest.split_at_checked(at + 1)) {
        parts.push(first);
        rest = tail;
    }
    parts.push(rest);
    parts
}

/// A text that loses no space when Teams shows the card as HTML: a tab becomes a mark, and every other of neighbouring spaces, or of spaces
/// at an end of a line, becomes a no-break space.
pub(super) fn exact(text: &str) -> String {
    let lines: Vec<String> = text.split('\n').map(|line| spaced(&line.replace('\t', "⇥"))).collect();
    lines.join("\n")
}

fn spaced(line: &str) -> String {
    let mut shown = String::with_capacity(line.len());
    let mut before = ' ';
    let mut rest = line.chars().peekable();
    while let Some(c) = rest.next() {
        // Lost are a space after a space, and one at either end of the line.
        let lost = c == ' ' && (before == ' ' || rest.peek().is_none());
        let kept = if lost { FIRM_SPACE } else { c };
        shown.push(kept);
        before = kept;
    }
    shown
}

/// How much a character may count for: JSON escapes it, perhaps all that is beyond ASCII, and HTML's own characters.
fn heft(c: char) -> usize {
    match c {
        '"' | '\\' | '\n' => 2,
        '&' | '<' | '>' | '\'' | '+' => 6,
        c if c.is_ascii() => 1,
        c => 6 * c.len_utf16(),
    }
}

/// Each character's beginning, and how much the text counts for up to its end.
fn weights(text: &str) -> impl Iterator<Item = (usize, usize)> + '_ {
    text.char_indices().scan((0, ' '), |(sum, before), (at, c)| {
        let parts = if c == BRACE && *before == BRACE { RUN } else { 0 };
        *sum += heft(c) + parts;
        *before = c;
        Some((at, *sum))
    })
}

/// How much a text may count for, whichever way Teams counts.
pub(super) fn weight(text: &str) -> usize {
    weights(text).last().map_or(0, |(_, sum)| sum)
}

/// The text within a limit; where it is cut, the last character is an ellipsis.
pub(super) fn cut(text: &str, max: usize) -> String {
    if weight(text) <= max {
        return text.to_owned();
    }
    let room = max.saturating_sub(heft('…'));
    let end = weights(text).find(|(_, sum)| *sum > room).map_or(text.len(), |(at, _)| at);
    format!("{}…", text.get(..end).unwrap_or_default())
}

/// How much a piece, or a whole message, counts for.
pub(super) fn cost(piece: &Value) -> usize {
    let escaped = |c: char| if c == '"' || c == '\\' { 1 } else { heft(c) };
    piece.to_string().chars().map(escaped).sum::<usize>() + 1
}

/// An instant.
pub(super) fn date(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// Somebody who acted.
pub(super) fn person(who: &Principal) -> String {
    cut(&visible::line(&who.to_string()), 200)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_space_is_lost_and_no_tab_passes_for_one() {
        assert_eq!(exact("a b"), "a b");
        assert_eq!(exact("  a   b \n\tc"), "\u{a0} a \u{a0} b\u{a0}\n⇥c");
        assert_eq!(exact(" "), "\u{a0}");
    }

    #[test]
    fn nothing_computes_a_date() {
        let block = paragraph(&[(Voice::Exact, "{{{DATE(2026-11-22T06:00:00Z, SHORT)}} {{")]);
        let texts: Vec<&str> =
            block["inlines"].as_array().unwrap().iter().map(|r| r["text"].as_str().unwrap()).collect();
        assert_eq!(texts, ["{", "{", "{DATE(2026-11-22T06:00:00Z, SHORT)}} {", "{"]);
    }

    #[test]
    fn a_cut_text_keeps_the_limit_and_says_that_it_was_cut() {
        for text in ["plain text", "{{{{{{{{", "<<<<>>>>", "漢字漢字漢字", "a\u{1f600}b\u{1f600}c"] {
            for max in 6..40 {
                let shown = cut(text, max);
                assert!(weight(&shown) <= max && (shown == text || shown.ends_with('…')), "{text} {max} {shown}");
            }
        }
    }
}
