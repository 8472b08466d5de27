//! Lines between two marks of a file that people write the rest of.

use std::io;

/// The text with other lines between a mark and the next end.
///
/// # Errors
/// A mark is missing.
pub(crate) fn put(text: &str, begin: &str, end: &str, lines: &[String]) -> io::Result<String> {
    let missing = |mark: &str| io::Error::other(format!("the line {mark:?} is missing"));
    let (before, rest) = text.split_once(&format!("{begin}\n")).ok_or_else(|| missing(begin))?;
    let at = rest.find(end).ok_or_else(|| missing(end))?;
    let after = rest.get(at..).unwrap_or_default();
    let indent = after_last_line(rest.get(..at).unwrap_or_default());
    let lines: String = lines.iter().map(|line| format!("{line}\n")).collect();
    Ok(format!("{before}{begin}\n{lines}{indent}{after}"))
}

fn after_last_line(text: &str) -> &str {
    text.rsplit_once('\n').map_or(text, |(_, rest)| rest)
}
