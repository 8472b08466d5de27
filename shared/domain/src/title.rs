//! The one line that people read first: the policy's title, filled from what may be shown. An agent's words stand in quotation marks that
//! they cannot close, so that none of them passes for the policy's.

use crate::Approval;
use crate::places::{at, places};
use crate::policy::Rule;
use crate::redact::REDACTED;
use crate::request::Requester;
use crate::visible;
use serde_json::{Map, Value};

/// A title's most characters.
const MAX_TITLE: usize = 250;
/// The most characters of one value: a long one must not push what follows out of the title.
const MAX_VALUE: usize = 100;

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
        // The texts in it are in quotes already.
        list @ (Value::Array(_) | Value::Object(_)) => visible::cut(&visible::line(&list.to_string()), MAX_VALUE),
        plain => plain.to_string(),
    }
}

/// An action's name: as it is where it is spelled as a policy spells one, else quoted.
fn name(action: &str) -> String {
    let plain = action.chars().all(|c| c.is_ascii_alphanumeric() || "._-:/".contains(c));
    if plain { action.to_owned() } else { quoted(action) }
}

/// INVARIANT: nothing between the two marks reads as the closing one.
fn quoted(text: &str) -> String {
    let mut inner = String::new();
    for c in visible::line(text).chars() {
        match c {
            '"' => inner.push_str("\\\""),
            mark if closes(mark) => inner.push_str(&visible::mark(mark)),
            plain => inner.push(plain),
        }
    }
    format!("“{}”", visible::cut(&inner, MAX_VALUE))
}

/// Double quotation marks, and what looks like one.
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
    fn a_path_that_can_mean_two_places_shows_both() {
        let view = json!({"user.email": "decoy", "user": {"email": "real"}, "list": [{"k": 1}]});
        assert_eq!(titled(Some("Tell {params.user.email}"), view.clone()), "Tell “real” or “decoy”");
        let hidden = json!({"user.email": "decoy", "user": REDACTED});
        assert_eq!(titled(Some("Tell {params.user.email}"), hidden), "Tell «redacted» or “decoy”");
        assert_eq!(titled(Some("Tell {params.user.email}"), json!({"user": REDACTED})), "Tell «redacted»");
        assert_eq!(titled(Some("Tell {params.list.k} of {params.list}"), view), "Tell — of [{\"k\":1}]");
    }
}
