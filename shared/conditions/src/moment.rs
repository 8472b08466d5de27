//! Timestamps and durations as CEL writes and bounds them.

use jiff::{SignedDuration, Timestamp};

/// The first second of the year 1, since 1970.
const FIRST_SECOND: i64 = -62_135_596_800;
/// The most seconds of a duration, in either direction: ten thousand years.
const MAX_SECONDS: i64 = 315_576_000_000;
const NANOS: i128 = 1_000_000_000;
/// Units of a duration in nanoseconds. `ms` stands before `m`, because the first match counts.
const UNITS: [(&str, i128); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("\u{b5}s", 1_000),
    ("\u{3bc}s", 1_000),
    ("ms", 1_000_000),
    ("h", 3600 * NANOS),
    ("m", 60 * NANOS),
    ("s", NANOS),
];

/// An RFC 3339 timestamp from the year 1 to 30 December 9999, where `jiff` ends.
pub(crate) fn timestamp(text: &str) -> Option<Timestamp> {
    let date_and_time = text.as_bytes().get(10) == Some(&b'T');
    let (_, time) = text.split_at_checked(11)?;
    let zone = time.find(['Z', '+', '-']).and_then(|at| time.get(at..))?;
    let zoned = zone == "Z" || zone.len() == 6 && zone.as_bytes().get(3) == Some(&b':');
    let seconds = time.as_bytes().get(5) == Some(&b':');
    if date_and_time && zoned && seconds { in_bounds(text.parse().ok()?) } else { None }
}

/// The timestamp, if it is not before the year 1.
pub(crate) fn in_bounds(time: Timestamp) -> Option<Timestamp> {
    (time.as_second() >= FIRST_SECOND).then_some(time)
}

/// The duration, if it is within ten thousand years.
pub(crate) fn span_in_bounds(span: SignedDuration) -> Option<SignedDuration> {
    (-MAX_SECONDS..=MAX_SECONDS).contains(&span.as_secs()).then_some(span)
}

/// A duration such as `1h30m`, `-1.5s` or `0`.
pub(crate) fn duration(text: &str) -> Option<SignedDuration> {
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let mut nanos = 0_i128;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() && rest != "0" {
        let (part, after) = one_part(rest)?;
        nanos = nanos.checked_add(part)?;
        rest = after;
    }
    let seconds = i64::try_from(nanos / NANOS).ok()?;
    let whole = SignedDuration::new(sign * seconds, (sign as i32) * (nanos % NANOS) as i32);
    if rest == "0" && nanos != 0 { None } else { span_in_bounds(whole) }
}

/// The nanoseconds of the first number with a unit, and what is behind it. A fraction of a nanosecond is none.
fn one_part(text: &str) -> Option<(i128, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let (number, rest) = text.split_at_checked(end)?;
    let (unit, nanos) = UNITS.iter().find(|(unit, _)| rest.starts_with(unit))?;
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.len() > 20 || fraction.len() > 15 || number.len() == number.matches('.').count() || fraction.contains('.')
    {
        return None;
    }
    let read = |digits: &str| if digits.is_empty() { Some(0) } else { digits.parse::<i128>().ok() };
    let parts = read(fraction)?.checked_mul(*nanos)?;
    let tenths = 10_i128.checked_pow(fraction.len() as u32)?;
    let all = read(whole)?.checked_mul(*nanos)?.checked_add(parts / tenths)?;
    (parts % tenths == 0).then_some((all, rest.get(unit.len()..)?))
}

/// How a duration is written: in seconds.
pub(crate) fn written(span: SignedDuration) -> String {
    let sign = if span.is_negative() { "-" } else { "" };
    let (seconds, nanos) = (span.as_secs().unsigned_abs(), span.subsec_nanos().unsigned_abs());
    let fraction = if nanos == 0 { String::new() } else { format!(".{nanos:09}") };
    format!("{sign}{seconds}{}s", fraction.trim_end_matches('0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_read_and_written_in_seconds() {
        for (text, seconds) in [
            ("1h30m", "5400s"),
            ("-1.5s", "-1.5s"),
            ("0", "0s"),
            ("1ms1us1ns", "0.001001001s"),
            ("+.5h", "1800s"),
            ("-999999999ns", "-0.999999999s"),
        ] {
            assert_eq!(duration(text).map(written).as_deref(), Some(seconds), "{text}");
        }
        for none in [
            "",
            "-",
            "1",
            "s",
            ".s",
            "1.2.3s",
            "1d",
            "0.1ns",
            "320000000000s",
            "1s0",
            "99999999999999999999999h",
            "1 s",
        ] {
            assert_eq!(duration(none), None, "{none}");
        }
    }

    #[test]
    fn a_timestamp_is_rfc_3339_within_the_years_one_to_9999() {
        for good in [
            "2026-11-30T10:00:00Z",
            "2026-11-30T10:00:00.5+02:00",
            "0001-01-01T00:00:00Z",
            "9999-12-30T22:00:00.999999999Z",
        ] {
            assert!(timestamp(good).is_some(), "{good}");
        }
        let bad = [
            "2026-11-30",
            "2026-11-30T10:00:00",
            "2026-11-30 10:00:00Z",
            "2026-11-30T10:00Z",
            "2026-11-30T10:00:00Z[Europe/Berlin]",
            "0000-12-31T23:59:59Z",
            "9999-12-31T23:59:59-01:00",
            "now",
            "ééééééé",
        ];
        for bad in bad {
            assert!(timestamp(bad).is_none(), "{bad}");
        }
    }
}
