//! The line ends of a text that comes back from a form. A browser sends every line end as CR LF, so the line ends that arrive say nothing.
//! Each line keeps the end that it had, so a person who changes one line changes no other.

use similar::{Algorithm, DiffOp, capture_diff_slices};

/// The most pairs of lines that are compared to find which line is which, where a text mixes its line ends.
const MOST_PAIRS: usize = 4_000_000;

/// A line and what ends it: `\r\n`, `\n`, `\r`, or nothing at the end of the text.
struct Line<'t> {
    text: &'t str,
    end: &'t str,
}

/// The typed text, with the original's line ends where they are known. A new line ends as the line before it.
pub(crate) fn kept(original: &str, typed: &str) -> String {
    let (old, new) = (lines(original), lines(typed));
    let mut usual = old.first().map_or("", |line| line.end);
    if usual.is_empty() {
        usual = "\n";
    }
    let ends = matching_ends(&old, &new);
    let mut text = String::with_capacity(typed.len());
    for (line, matching) in new.iter().zip(ends) {
        text.push_str(line.text);
        match line.end {
            // The end of the text, and what no browser sends.
            "" | "\r" => text.push_str(line.end),
            _ => {
                usual = matching.unwrap_or(usual);
                // A line feed right after a carriage return would be one line end with it.
                let apart = if text.ends_with('\r') && usual == "\n" { "\r\n" } else { usual };
                text.push_str(apart);
            }
        }
    }
    text
}

/// For each new line, the end of the old line that it is or replaces.
fn matching_ends<'t>(old: &[Line<'t>], new: &[Line<'_>]) -> Vec<Option<&'t str>> {
    let mut ends = vec![None; new.len()];
    let one_kind =
        old.iter().filter(|line| !line.end.is_empty()).all(|line| Some(line.end) == old.first().map(|l| l.end));
    if one_kind || old.len().saturating_mul(new.len()) > MOST_PAIRS {
        return ends;
    }
    let texts = |lines: &[Line<'_>]| lines.iter().map(|line| line.text.to_owned()).collect::<Vec<_>>();
    for op in capture_diff_slices(Algorithm::Myers, &texts(old), &texts(new)) {
        let (was, is) = match op {
            DiffOp::Equal { .. } | DiffOp::Replace { .. } => (op.old_range(), op.new_range()),
            DiffOp::Delete { .. } | DiffOp::Insert { .. } => continue,
        };
        let known = old.get(was).unwrap_or_default().iter().map(|line| Some(line.end).filter(|end| !end.is_empty()));
        ends.get_mut(is).unwrap_or_default().iter_mut().zip(known).for_each(|(end, known)| *end = known);
    }
    ends
}

fn lines(text: &str) -> Vec<Line<'_>> {
    let mut all = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['\r', '\n']) {
        let (text, from) = rest.split_at(at);
        let length = if from.starts_with("\r\n") { 2 } else { 1 };
        let (end, after) = from.split_at(length);
        all.push(Line { text, end });
        rest = after;
    }
    all.push(Line { text: rest, end: "" });
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_edit_of_one_line_keeps_the_line_ends_of_all_others() {
        let mixed = "a\r\nb\nc\rd\r\n\ne";
        assert_eq!(kept(mixed, "a\r\nB\r\nc\r\nd\r\n\r\ne"), "a\r\nB\nc\rd\r\n\ne");
        assert_eq!(kept(mixed, "a\nb\nnew\nc\nd\n\ne"), "a\r\nb\nnew\nc\rd\r\n\ne");
        assert_eq!(kept("a\nb", "a\r\nb\r\nc\r\n"), "a\nb\nc\n");
        assert_eq!(kept("a\r\nb", "a\nb\nc\n"), "a\r\nb\r\nc\r\n");
    }

    #[test]
    fn a_text_of_one_line_gets_the_line_ends_of_this_world() {
        assert_eq!(kept("KEY", "KEY\r\n"), "KEY\n");
        assert_eq!(kept("KEY\n", "KEY"), "KEY");
        assert_eq!(kept("", "a\r\nb"), "a\nb");
    }

    #[test]
    fn a_hostile_text_costs_no_more_than_a_moment() {
        let old = "a\r\n".repeat(60_000) + &"b\n".repeat(60_000);
        assert_eq!(kept(&old, &"c\r\n".repeat(120_000)).len(), 3 * 120_000);
    }

    proptest! {
        #[test]
        fn what_was_not_touched_comes_back_as_it_was(parts in prop::collection::vec(("[a-c \t]{0,3}", "(\r\n|\n|\r)"), 0..12), last in "[a-c ]{0,2}") {
            let text = parts.iter().map(|(line, end)| format!("{line}{end}")).collect::<String>() + &last;
            let sent = text.replace("\r\n", "\n").replace('\r', "\n").replace('\n', "\r\n");
            prop_assert_eq!(kept(&text, &sent), text);
        }

        #[test]
        fn what_was_typed_is_what_comes_out_but_for_its_line_ends(old in "[a-c\r\n ]{0,20}", typed in "([a-c ]|\r\n|\n){0,20}") {
            let neutral = |text: &str| text.replace("\r\n", "\n").replace('\r', "\n");
            prop_assert_eq!(neutral(&kept(&old, &typed)), neutral(&typed));
        }
    }
}
