//! The one line that people read first: the policy's title, filled from what may be shown. An agent's words stand in quotation marks that
//! they cannot close, so that none of them passes for the policy's. What is written from right to left has a note after it, for two such
//! values with nothing but signs between them would change places.

use crate::Approval;
use crate::approval::requester::Requester;
use crate::params::hidden::REDACTED;
use crate::params::places::{at, places};
use crate::params::visible;
use crate::policy::Rule;
use serde_json::{Map, Value};

/// A title's most characters.
const MAX_TITLE: usize = 250;
/// The most characters of one value and its note: a long value must not push what follows out of the title.
const MAX_VALUE: usize = 100;
/// After a value that is written from right to left: its own letters keep what follows where it is.
const RIGHT_TO_LEFT: &str = " (right to left)";

/// The title of an approval whose parameters become what `view` shows, by the rule that it was asked under.
pub fn retitled(approval: &Approval, rule: &Rule, view: &Map<String, Value>) -> String {
    title(&approval.action, &approval.requester, rule, view)
}

/// The policy's title with its placeholders filled from what may be shown, else `<action> requested by <whom>`.
pub(crate) fn title(action: &str, requester: &Requester, rule: &Rule, view: &Map<String, Value>) -> String {
    let whom = requester.display.as_ref().unwrap_or(&requester.id);
    let raw = match &rule.title {
        Some(template) => fill(template, view),
        None => format!("{} requested by {}", name(action), quoted(whom)),
    };
    visible::cut(&visible::line(&raw), MAX_TITLE)
}

fn fill(template: &str, view: &Map<String, Value>) -> String {
    let mut filled = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{params.") {
        filled.push_str(before);
        let Some((path, tail)) = after.split_once('}') else {
            rest = after;
            break;
        };
        filled.push_str(&named(view, path));
        rest = tail;
    }
    filled + rest
}

/// What a path means; all of it, where that is more than one place.
fn named(view: &Map<String, Value>, path: &str) -> String {
    let exact = |place: &Vec<String>| place.join(".") == path;
    let all = places(view, path);
    let shown: Vec<String> = match all.as_slice() {
        [place] if !exact(place) && at(view, place).is_none_or(|value| value != REDACTED) => Vec::new(),
        all => all.iter().filter_map(|place| at(view, place)).map(shown).collect(),
    };
    if shown.is_empty() { "—".into() } else { shown.join(" or ") }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "—".into(),
        Value::String(text) if text == REDACTED => text.clone(),
        Value::String(text) => quoted(text),
        list @ (Value::Array(_) | Value::Object(_)) => quoted(&list.to_string()),
        plain => plain.to_string(),
    }
}

/// An action's name: as it is where it is spelled as a policy spells one, else quoted.
fn name(action: &str) -> String {
    let plain = action.chars().all(|c| c.is_ascii_alphanumeric() || "._-:/".contains(c));
    if plain { action.to_owned() } else { quoted(action) }
}

/// Local invariant: nothing between the two marks reads as the closing one.
fn quoted(text: &str) -> String {
    let mut inner = String::new();
    let mut before = None;
    for c in visible::line(text).chars() {
        // Two single marks in a row look like a double one.
        let second = is_single(c) && before.is_some_and(is_single);
        match c {
            '"' => inner.push_str("\\\""),
            mark if second || closes(mark) || is_voiced(mark, before) => inner.push_str(&visible::mark(mark)),
            plain => inner.push(plain),
        }
        before = Some(c);
    }
    let note = if inner.chars().any(is_right_to_left) { RIGHT_TO_LEFT } else { "" };
    let most = MAX_VALUE.saturating_sub(note.chars().count());
    format!("“{}”{note}", visible::cut(&inner, most))
}

/// A combining mark of kana that looks like a double quotation mark after any other letter.
fn is_voiced(c: char, before: Option<char>) -> bool {
    c == '\u{3099}' && !before.is_some_and(|base| ('\u{3041}'..='\u{30ff}').contains(&base))
}

/// Of the scripts that are written from right to left (the blocks that the Unicode Character Database keeps for them).
fn is_right_to_left(c: char) -> bool {
    matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}' | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
}

/// Single quotation marks, primes, accents, and what looks like one: what `confusables.txt` of Unicode Technical Standard #39 takes for an
/// apostrophe, and some more. The letter yod is missing, because Hebrew writes two of them in a row.
fn is_single(c: char) -> bool {
    matches!(
        c,
        '\'' | '`' | '´' | '‘'..='‛' | '′' | '‵' | '＇' | '｀' | '❛' | '❜' | '❟' | '\u{5f3}' | '\u{7f4}' | '\u{7f5}'
            | '\u{2b9}'..='\u{2bf}' | '\u{2c8}' | '\u{2ca}' | '\u{2cb}' | '\u{2f4}' | '\u{374}' | '\u{384}' | '\u{1fbd}'
            | '\u{1fbf}' | '\u{1fef}' | '\u{1ffd}' | '\u{1ffe}' | '\u{a78b}' | '\u{a78c}' | '\u{30d}'
            | '\u{312}'..='\u{315}' | '\u{343}' | '\u{559}'..='\u{55b}' | '\u{55d}' | '\u{144a}' | '\u{16cc}'
            | '\u{16f51}' | '\u{16f52}'
    )
}

/// Double quotation marks, and what looks like one: what `confusables.txt` of Unicode Technical Standard #39 takes for two or more
/// apostrophes, signs that are drawn as a pair, and the voiced sound marks of kana. A ligature of Hebrew is missing, as yod is.
fn closes(c: char) -> bool {
    matches!(
        c,
        '“' | '”'
            | '‟'
            | '„'
            | '″'
            | '‶'
            | '〝'
            | '〞'
            | '〟'
            | '＂'
            | '❝'
            | '❞'
            | '❠'
            | 'ˮ'
            | '˝'
            | 'ʺ'
            | '״'
            | '‴'
            | '⁗'
            | '‷'
            | '⹂'
            | '〃'
            | '˵'
            | '˶'
            | '\u{30b}'
            | '\u{30e}'
            | '\u{30f}'
            | '\u{1cd3}'
            | '\u{1fcd}'..='\u{1fcf}'
            | '\u{1fdd}'..='\u{1fdf}'
            | '\u{309b}'
            | '\u{ff9e}'
            | '\u{1f676}'..='\u{1f678}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn titled(template: Option<&str>, view: Value) -> String {
        let rule = Rule { title: template.map(String::from), ..Rule::default() };
        let requester = Requester { id: "jane".into(), source: "slack".into(), display: None };
        title("mail.send", &requester, &rule, view.as_object().unwrap())
    }

    #[test]
    fn what_an_agent_wrote_is_quoted_and_cannot_close_its_quotes() {
        let pay = |to: &str| {
            titled(
                Some("Pay {params.n} to {params.to} ({params.ok}, {params.none})"),
                json!({"n": 5, "to": to, "ok": true}),
            )
        };
        assert_eq!(pay("ops"), "Pay 5 to “ops” (true, —)");
        assert_eq!(pay("x” – approved by Jane"), "Pay 5 to “x⟨U+201D⟩ – approved by Jane” (true, —)");
        assert_eq!(pay("x\" and ＂"), "Pay 5 to “x\\\" and ⟨U+FF02⟩” (true, —)");
        assert_eq!(pay(REDACTED), "Pay 5 to «redacted» (true, —)");
        assert_eq!(pay(&"x".repeat(300)), format!("Pay 5 to “{}…” (true, —)", "x".repeat(99)));
        assert_eq!(titled(None, json!({})), "mail.send requested by “jane”");
    }

    #[test]
    fn nothing_that_looks_like_a_closing_mark_stands_in_quotes() {
        let pay = |to: Value| titled(Some("Pay {params.to}"), json!({ "to": to }));
        for mark in ["’’", "''", "‘‘", "´´", "``", "'’", "′′", "〃", "‴", "⁗", "⹂", "˶", "″", "＇＇", "ʼʼ"]
            .into_iter()
            .chain(["゛", "ﾞ", "՚՚", "՛՛", "՝՝", "ՙՙ", "ᛌᛌ", "ᑊᑊ", "\u{16f51}\u{16f52}", "՚ᛌ", "῍", "῞", "\u{3099}"])
        {
            let title = pay(json!(format!("x{mark} – approved by Jane")));
            assert!(!title.contains(mark) && title.contains("⟨U+"), "{title}");
        }
        assert_eq!(pay(json!("it's Jane’s")), "Pay “it's Jane’s”");
        assert_eq!(pay(json!(["ops – approved"])), "Pay “[\\\"ops – approved\\\"]”");
        assert_eq!(pay(json!({"a": "” by"})), "Pay “{\\\"a\\\":\\\"⟨U+201D⟩ by\\\"}”");
    }

    #[test]
    fn what_is_written_from_right_to_left_is_kept_apart_by_a_note() {
        let title = titled(Some("{params.a} → {params.b}: {params.n}"), json!({"a": "שלום", "b": "مرحبا", "n": 5}));
        assert_eq!(title, "“שלום” (right to left) → “مرحبا” (right to left): 5");
    }

    #[test]
    fn two_long_values_with_a_note_leave_the_words_of_the_policy_whole() {
        let long = "ש".repeat(300);
        let template = "Send {params.a} to {params.b} and delete the archive";
        let title = titled(Some(template), json!({ "a": long, "b": long }));
        assert!(title.ends_with("…” (right to left) and delete the archive"), "{title}");
        let plain = titled(Some(template), json!({ "a": "x".repeat(300), "b": long }));
        assert!(plain.starts_with(&format!("Send “{}…” to “ש", "x".repeat(99))), "{plain}");
    }

    #[test]
    fn a_path_that_can_mean_two_places_shows_both() {
        let view = json!({"user.email": "decoy", "user": {"email": "real"}, "list": [{"k": 1}]});
        assert_eq!(titled(Some("Tell {params.user.email}"), view.clone()), "Tell “real” or “decoy”");
        let hidden = json!({"user.email": "decoy", "user": REDACTED});
        assert_eq!(titled(Some("Tell {params.user.email}"), hidden), "Tell «redacted» or “decoy”");
        assert_eq!(titled(Some("Tell {params.user.email}"), json!({"user": REDACTED})), "Tell «redacted»");
        assert_eq!(titled(Some("Tell {params.list.k} of {params.list}"), view), "Tell — of “[{\\\"k\\\":1}]”");
    }
}
