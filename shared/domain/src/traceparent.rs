//! Where a request stands in its caller's trace: the header `traceparent` (W3C Trace Context, section 3.2), kept and passed on as it is.

use serde::{Deserialize, Serialize};
use std::fmt;

/// `00-<trace>-<parent>-<flags>`.
const LENGTH: usize = 55;

/// A valid `traceparent`, of version 00.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Traceparent(String);

impl Traceparent {
    /// `None` where it is not valid. Fields that a later version adds are left out, as the standard demands of a reader of version 00.
    pub fn parse(text: &str) -> Option<Self> {
        let (known, rest) = text.split_at_checked(LENGTH)?;
        let [version, trace, parent, flags] = parts(known)?;
        let hex = |part: &str| part.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        let valid = [version, trace, parent, flags].into_iter().all(hex) && version != "ff";
        if !valid || trace.bytes().all(|b| b == b'0') || parent.bytes().all(|b| b == b'0') {
            return None;
        }
        match version {
            "00" => rest.is_empty().then(|| Self(known.to_owned())),
            _ => (rest.is_empty() || rest.starts_with('-'))
                .then(|| Self(format!("00-{trace}-{parent}-{}", sampled(flags)))),
        }
    }

    /// As it is sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The trace's id.
    pub fn trace_id(&self) -> &str {
        self.0.split('-').nth(1).unwrap_or_default()
    }
}

impl fmt::Display for Traceparent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The four parts, each as long as it must be.
fn parts(text: &str) -> Option<[&str; 4]> {
    let mut parts = text.split('-');
    let four = [parts.next()?, parts.next()?, parts.next()?, parts.next()?];
    (parts.next().is_none() && four.map(str::len) == [2, 32, 16, 2]).then_some(four)
}

/// The one flag that version 00 knows.
fn sampled(flags: &str) -> &'static str {
    let odd = u8::from_str_radix(flags, 16).is_ok_and(|flags| flags & 1 == 1);
    if odd { "01" } else { "00" }
}

#[cfg(test)]
mod tests {
    use super::Traceparent;

    /// The specification's own example.
    const GOOD: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_valid_one_is_kept_to_the_letter_and_knows_its_trace() {
        let read = Traceparent::parse(GOOD).unwrap();
        assert_eq!((read.as_str(), read.trace_id()), (GOOD, "4bf92f3577b34da6a3ce929d0e0e4736"));
    }

    #[test]
    fn what_is_not_valid_is_none() {
        let zero_trace = format!("00-{}-00f067aa0ba902b7-01", "0".repeat(32));
        let zero_parent = format!("00-4bf92f3577b34da6a3ce929d0e0e4736-{}-01", "0".repeat(16));
        let bad = [
            "",
            "00",
            &GOOD.to_uppercase(),
            &GOOD.replacen("00-", "ff-", 1),
            &GOOD.replacen('f', "g", 1),
            &GOOD.replacen("4b", "-b", 1),
            &GOOD[1..],
            &format!("{GOOD}-00"),
            &format!("{GOOD},{GOOD}"),
            &format!(" {GOOD}"),
            &zero_trace,
            &zero_parent,
            &"é".repeat(40),
        ];
        for text in bad {
            assert_eq!(Traceparent::parse(text), None, "{text}");
        }
    }

    #[test]
    fn of_a_later_version_what_version_00_knows_is_taken() {
        let later = format!("{}-what-may-be", GOOD.replacen("00-", "cc-", 1).replace("-01", "-ff"));
        assert_eq!(Traceparent::parse(&later).unwrap().as_str(), GOOD);
        assert_eq!(Traceparent::parse(&GOOD.replacen("00-", "01-", 1)).unwrap().as_str(), GOOD);
        assert_eq!(Traceparent::parse(&format!("{}x", GOOD.replacen("00-", "01-", 1))), None);
    }
}
