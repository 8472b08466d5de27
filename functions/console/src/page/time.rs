//! Instants as people read them. The script counts on from what it finds here, in the same words.

use domain::Timestamp;
use maud::{Markup, html};

/// How long until an instant, as a `<time>` that counts down.
pub(crate) fn left(at: Timestamp, now: Timestamp) -> Markup {
    let seconds = at.duration_since(now).as_secs();
    let text = if seconds > 0 { format!("{} left", span(seconds)) } else { "time is over".into() };
    html! { time datetime=(at) data-count="left" title=(exact(at)) { (text) } }
}

/// How long since an instant, as a `<time>` that counts up.
pub(crate) fn ago(at: Timestamp, now: Timestamp) -> Markup {
    let seconds = now.duration_since(at).as_secs().max(0);
    html! { time datetime=(at) data-count="ago" title=(exact(at)) { (span(seconds)) " ago" } }
}

/// An instant to the second.
pub(crate) fn at(at: Timestamp) -> Markup {
    html! { time datetime=(at) { (exact(at)) } }
}

pub(crate) fn exact(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// The two largest units of a time in seconds.
pub(crate) fn span(seconds: i64) -> String {
    let units = [("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)];
    let first = units.iter().position(|(_, size)| seconds >= *size).unwrap_or(units.len() - 1);
    let mut rest = seconds;
    let mut parts = Vec::new();
    for (name, size) in units.iter().skip(first).take(2) {
        let n = rest / size;
        rest %= size;
        if n > 0 || parts.is_empty() {
            parts.push(format!("{n} {name}"));
        }
    }
    parts.join(" ")
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_span_is_told_in_its_two_largest_units() {
        let told = [0, 59, 60, 61, 3_600, 3_725, 86_400, 190_000].map(super::span);
        assert_eq!(told, ["0 s", "59 s", "1 min", "1 min 1 s", "1 h", "1 h 2 min", "1 d", "2 d 4 h"]);
    }
}
