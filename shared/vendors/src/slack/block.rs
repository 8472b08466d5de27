//! Block Kit's pieces and limits. Every text is literal: `plain_text` or rich text, never markup.
//! Sources: <https://docs.slack.dev/reference/block-kit/blocks>, `…/block-elements` and `…/composition-objects`.

use domain::params::visible;
use domain::principal::Kind;
use domain::{Principal, Timestamp};
use serde_json::{Value, json};

/// Most characters of all blocks of a message, JSON and all. Undocumented: `msg_blocks_too_long` comes at about 13,200 (bolt-js#2509),
/// and counts more than the texts alone (bolt-js#2867).
pub(crate) const MESSAGE_BUDGET: usize = 12_400;
/// Most bytes of a view: 250 KB (`view_too_large`, <https://docs.slack.dev/reference/methods/views.open>), with a margin.
pub(crate) const VIEW_BUDGET: usize = 200_000;
/// Most blocks of a view: 100 (<https://docs.slack.dev/reference/views/modal-views>), with a margin.
pub(crate) const VIEW_BLOCKS: usize = 95;
/// A header's most characters.
pub(crate) const HEADER: usize = 150;
/// Most characters of a text object; a preformatted part is given the same, for want of a documented limit.
pub(crate) const TEXT: usize = 3_000;
/// Most characters of a text in an option.
pub(crate) const OPTION_TEXT: usize = 75;
/// Most characters of an option's value.
pub(crate) const OPTION_VALUE: usize = 150;
/// Most options of one group of checkboxes.
pub(crate) const OPTIONS: usize = 10;
/// Most characters of a button's link.
pub(crate) const BUTTON_URL: usize = 3_000;
/// Most characters of the text of a confirmation.
pub(crate) const CONFIRM_TEXT: usize = 300;
/// Most characters of a `block_id` or `action_id`.
pub(crate) const IDENTIFIER: usize = 255;
/// Most characters that an input begins with.
pub(crate) const INITIAL_VALUE: usize = 3_000;

/// How much a character may count for: Slack escapes `& < >` before it counts, JSON escapes quotes, UTF-16 doubles emoji.
fn heft(c: char) -> usize {
    match c {
        '&' => 5,
        '<' | '>' => 4,
        '"' | '\\' | '\n' | '\t' => 2,
        c => c.len_utf16(),
    }
}

/// How much a text may count for, whichever way Slack counts.
pub(crate) fn weight(text: &str) -> usize {
    text.chars().map(heft).sum()
}

/// How much a block counts for in a message.
pub(crate) fn cost(block: &Value) -> usize {
    block.to_string().chars().map(|c| if c == '"' || c == '\\' { 1 } else { heft(c) }).sum::<usize>() + 1
}

/// How many bytes a block is, if everything beyond ASCII is escaped.
pub(crate) fn bytes(block: &Value) -> usize {
    block.to_string().chars().map(|c| if c.is_ascii() { heft(c) } else { 6 * c.len_utf16() }).sum::<usize>() + 1
}

/// The text within a limit; where it is cut, the last character is an ellipsis.
pub(crate) fn cut(text: &str, max: usize) -> String {
    if weight(text) <= max {
        return text.to_owned();
    }
    let mut kept = head(text, max.saturating_sub(1)).to_owned();
    kept.push('…');
    kept
}

/// As much of the beginning as a limit holds.
pub(crate) fn head(text: &str, max: usize) -> &str {
    let mut sum = 0;
    let end = text.char_indices().find(|(_, c)| {
        sum += heft(*c);
        sum > max
    });
    end.and_then(|(i, _)| text.get(..i)).unwrap_or(text)
}

/// The text in pieces within a limit, at ends of lines where lines are short enough. No piece is empty.
pub(crate) fn pieces(text: &str, max: usize) -> Vec<String> {
    let mut all = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let first = head(rest, max);
        let at_line = first.rfind('\n').filter(|i| first.len() < rest.len() && *i > first.len() / 2);
        let (piece, tail) = rest.split_at(at_line.map_or(first.len(), |i| i + 1));
        all.push(piece.to_owned());
        rest = tail;
    }
    all
}

/// Literal text. Slack refuses empty text.
pub(crate) fn plain(text: &str, max: usize) -> Value {
    let text = if text.trim().is_empty() { "—" } else { text };
    json!({ "type": "plain_text", "text": cut(text, max), "emoji": false })
}

/// A header.
pub(crate) fn header(text: &str) -> Value {
    json!({ "type": "header", "text": plain(text, HEADER) })
}

/// A paragraph of literal text.
pub(crate) fn section(text: &str) -> Value {
    json!({ "type": "section", "text": plain(text, TEXT) })
}

/// A line of our own words, people and dates, and below it what somebody else wrote, in a box.
pub(crate) fn quoted(line: Vec<Value>, boxed: Option<&str>) -> Value {
    let mut elements = vec![json!({ "type": "rich_text_section", "elements": line })];
    if let Some(text) = boxed {
        elements.push(preformatted(text));
    }
    json!({ "type": "rich_text", "elements": elements })
}

/// A box that continues the one before.
pub(crate) fn boxed(text: &str) -> Value {
    json!({ "type": "rich_text", "elements": [preformatted(text)] })
}

fn preformatted(text: &str) -> Value {
    // A box of blank lines must not count as empty.
    let shown = if text.trim().is_empty() { "⏎" } else { text };
    json!({ "type": "rich_text_preformatted", "elements": [{ "type": "text", "text": shown }] })
}

/// Our own words.
pub(crate) fn word(text: &str) -> Value {
    json!({ "type": "text", "text": text })
}

/// Our own words, in bold.
pub(crate) fn bold(text: &str) -> Value {
    json!({ "type": "text", "text": text, "style": { "bold": true } })
}

/// An instant in the reader's own time zone.
pub(crate) fn date(at: Timestamp) -> Value {
    let fallback = at.strftime("%Y-%m-%d %H:%M UTC").to_string();
    json!({ "type": "date", "timestamp": at.as_second(), "format": "{date_short_pretty} at {time}", "fallback": fallback })
}

/// Somebody who acted. A Slack user is shown by name; a claim never is.
pub(crate) fn person(who: &Principal) -> Value {
    let id = who.name();
    let plain = id.starts_with(['U', 'W']) && (2..=32).contains(&id.len());
    match who.kind() {
        Kind::Slack if plain && id.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()) => {
            json!({ "type": "user", "user_id": id })
        }
        _ => word(&cut(&visible::line(&who.to_string()), 100)),
    }
}

/// A button that carries a value.
pub(crate) fn button(action: &str, text: &str, value: &str) -> Value {
    json!({ "type": "button", "action_id": action, "text": plain(text, 75), "value": value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_add_up_to_the_text_and_keep_the_limit() {
        for text in ["", "a", "a\n\nb\n", &"line of text\n".repeat(50), &"&<>\"😀\n".repeat(40)] {
            let all = pieces(text, 40);
            assert_eq!(all.concat(), text);
            assert!(all.iter().all(|p| !p.is_empty() && weight(p) <= 40));
        }
    }

    #[test]
    fn a_cut_text_keeps_the_limit_and_says_that_it_was_cut() {
        assert_eq!(cut("abc", 3), "abc");
        assert_eq!(cut("abcd", 3), "ab…");
        assert_eq!(cut("&&", 9), "&…");
        assert_eq!(cut("", 0), "");
    }
}
