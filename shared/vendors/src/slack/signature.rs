//! Slack's signature over a request: <https://docs.slack.dev/authentication/verifying-requests-from-slack>.

use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

/// A request older or newer than this many seconds is a replay or from another clock.
const MAX_SKEW_SEC: u64 = 300;

/// Whether Slack, who alone shares the secret, sent this body about now. An empty secret proves nothing and is refused.
pub fn verify(signing_secret: &str, timestamp: &str, signature: &str, raw_body: &[u8], now: Timestamp) -> bool {
    let plain = (1..=12).contains(&timestamp.len()) && timestamp.bytes().all(|b| b.is_ascii_digit());
    let Some(sent) = timestamp.parse::<i64>().ok().filter(|_| plain) else {
        return false;
    };
    if signing_secret.is_empty() || now.as_second().abs_diff(sent) > MAX_SKEW_SEC {
        return false;
    }
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(signing_secret.as_bytes()) else {
        return false;
    };
    for part in [b"v0:".as_slice(), timestamp.as_bytes(), b":", raw_body] {
        mac.update(part);
    }
    let expected = format!("v0={}", HEXLOWER.encode(&mac.finalize().into_bytes()));
    expected.as_bytes().ct_eq(signature.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Slack's published example.
    const SECRET: &str = "8f742231b10e8888abcd99yyyzzz85a5";
    const SENT: &str = "1531420618";
    const SIGNATURE: &str = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503";
    const BODY: &[u8] =
        b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&\
channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&\
response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&\
trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn slacks_own_example_verifies_for_five_minutes_either_way() {
        let sent = 1_531_420_618;
        for (skew, good) in [(0, true), (300, true), (-300, true), (301, false), (-301, false)] {
            assert_eq!(verify(SECRET, SENT, SIGNATURE, BODY, at(sent + skew)), good, "{skew}");
        }
    }

    #[test]
    fn whatever_differs_is_refused() {
        let now = at(1_531_420_618);
        let body = [BODY, b"x"].concat();
        assert!(!verify(SECRET, SENT, SIGNATURE, &body, now));
        assert!(!verify("other", SENT, SIGNATURE, BODY, now));
        assert!(!verify(SECRET, "1531420619", SIGNATURE, BODY, now));
        for stamp in ["", "+1531420618", "-1", "1531420618.0", " 1531420618", "99999999999999999999"] {
            assert!(!verify(SECRET, stamp, SIGNATURE, BODY, now), "{stamp}");
        }
        for bad in ["", "v0=", &SIGNATURE[3..], &SIGNATURE.to_uppercase(), &SIGNATURE[..66]] {
            assert!(!verify(SECRET, SENT, bad, BODY, now), "{bad}");
        }
    }

    #[test]
    fn an_empty_secret_is_no_secret() {
        let mut mac = Hmac::<Sha256>::new_from_slice(b"").unwrap();
        mac.update(b"v0:1531420618:x");
        let forged = format!("v0={}", HEXLOWER.encode(&mac.finalize().into_bytes()));
        assert!(!verify("", SENT, &forged, b"x", at(1_531_420_618)));
    }
}
