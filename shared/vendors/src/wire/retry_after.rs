//! How long a vendor asks to be left alone: `Retry-After`, in seconds or as a date (RFC 9110, section 10.2.3).

use domain::Timestamp;
use std::time::Duration;

/// The longest wait that is kept: a vendor may ask for any.
const LONGEST: Duration = Duration::from_hours(24);

/// What a vendor asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryAfter {
    /// To be left alone for so long.
    In(Duration),
    /// To be left alone until then.
    At(Timestamp),
}

impl RetryAfter {
    /// Reads a header's value; none where it is neither seconds nor a date.
    pub fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
            return Some(Self::In(text.parse().map_or(LONGEST, Duration::from_secs)));
        }
        let date = httpdate::parse_http_date(text).ok()?;
        // A date may be later than any time there is here.
        Some(Self::At(Timestamp::try_from(date).unwrap_or(Timestamp::MAX)))
    }

    /// How long that is from now on: nothing where it is over, and a day at most.
    pub fn from(self, now: Timestamp) -> Duration {
        let asked = match self {
            Self::In(wait) => wait,
            Self::At(until) => Duration::try_from(until.duration_since(now)).unwrap_or_default(),
        };
        asked.min(LONGEST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait(text: &str) -> Option<u64> {
        let now = "1994-11-06T08:49:00Z".parse().unwrap();
        RetryAfter::read(text).map(|asked| asked.from(now).as_secs())
    }

    #[test]
    fn seconds_and_the_three_spellings_of_a_date_are_read() {
        assert_eq!(wait(" 120 "), Some(120));
        for date in ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"] {
            assert_eq!(wait(date), Some(37), "{date}");
        }
    }

    #[test]
    fn what_is_over_is_no_wait_and_none_is_longer_than_a_day() {
        assert_eq!(wait("Sun, 06 Nov 1994 08:48:37 GMT"), Some(0));
        for long in ["86401", "18446744073709551615", "99999999999999999999999", "Fri, 31 Dec 9999 23:59:59 GMT"] {
            assert_eq!(wait(long), Some(86_400), "{long}");
        }
    }

    #[test]
    fn anything_else_asks_for_nothing() {
        for text in ["", "-1", "1.5", "soon", "1994-11-06T08:49:37Z", "+5", "Sun, 32 Nov 1994 08:49:37 GMT"] {
            assert_eq!(wait(text), None, "{text}");
        }
    }
}
