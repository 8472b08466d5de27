//! The numbers of a JSON text as they are written, and whether a double keeps them: what is approved must be what comes out.

/// A number with so many characters and no exponent has at most 15 digits that count, which a double always keeps.
const ALWAYS_KEPT: usize = 15;

/// The numbers of a JSON text, in order. Only text that a parser has accepted so far is looked at.
pub(crate) struct Numbers<'t> {
    text: &'t [u8],
    at: usize,
}

impl<'t> Numbers<'t> {
    pub(crate) fn of(text: &'t [u8]) -> Self {
        Self { text, at: 0 }
    }

    /// Past a string, whose opening quote was the last byte read.
    fn skip_string(&mut self) {
        while let Some(byte) = self.text.get(self.at) {
            self.at += if *byte == b'\\' { 2 } else { 1 };
            if *byte == b'"' {
                return;
            }
        }
    }

    fn take_number(&mut self) -> Option<&'t str> {
        let rest = self.text.get(self.at..)?;
        let part = |b: &u8| b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'.' | b'e' | b'E');
        let length = rest.iter().take_while(|b| part(b)).count();
        self.at += length;
        std::str::from_utf8(rest.get(..length)?).ok()
    }
}

impl<'t> Iterator for Numbers<'t> {
    type Item = &'t str;

    fn next(&mut self) -> Option<&'t str> {
        while let Some(byte) = self.text.get(self.at) {
            if byte.is_ascii_digit() || *byte == b'-' {
                return self.take_number();
            }
            self.at += 1;
            if *byte == b'"' {
                self.skip_string();
            }
        }
        None
    }
}

/// Whether a JSON number, read as a double and printed again, is the same number: `0.10`, `1e2` and `-0.0` are, `1e-400` is not.
pub(crate) fn is_kept(written: &str) -> bool {
    let plain = |b: u8| b.is_ascii_digit() || matches!(b, b'-' | b'.');
    if written.len() <= ALWAYS_KEPT && written.bytes().all(plain) {
        return true;
    }
    // `273368701913253.62` and `.63` are one double, and both have the fewest digits that read as it. Only the spelling that `serde_json`
    // prints is kept, because `serde_json` prints what is executed.
    let comes_out = |read: f64| serde_json::to_string(&read).is_ok_and(|printed| decimal(written) == decimal(&printed));
    written.parse::<f64>().is_ok_and(|read| read.is_finite() && comes_out(read))
}

/// An exact decimal: its sign, its digits without zeros at either end, and the power of ten of the last one.
#[derive(PartialEq)]
struct Decimal {
    negative: bool,
    digits: Vec<u8>,
    exponent: i64,
}

/// Local invariant: two spellings of one number give equal decimals; zero has no sign.
fn decimal(written: &str) -> Decimal {
    let (mantissa, exponent) = written.split_once(['e', 'E']).unwrap_or((written, "0"));
    let fraction = mantissa.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    let mut digits: Vec<u8> = mantissa.bytes().filter(u8::is_ascii_digit).skip_while(|d| *d == b'0').collect();
    let all = digits.len();
    digits.truncate(digits.iter().rposition(|d| *d != b'0').map_or(0, |last| last + 1));
    if digits.is_empty() {
        return Decimal { negative: false, digits, exponent: 0 };
    }
    let zeros = (all - digits.len()) as i64;
    let exponent = power(exponent).saturating_sub(fraction as i64).saturating_add(zeros);
    Decimal { negative: mantissa.starts_with('-'), digits, exponent }
}

/// An exponent; one past 64 bits stays at their end, where no double is.
fn power(written: &str) -> i64 {
    let past = if written.starts_with('-') { i64::MIN } else { i64::MAX };
    written.parse().unwrap_or(past)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    #[test]
    fn the_numbers_of_a_text_are_found_outside_of_its_strings_only() {
        let text = r#"{"1\"2": [-1.5, "3\\", 4e+2], "x5": {"y": [0, true, null, "\u00316"]}}"#;
        assert_eq!(Numbers::of(text.as_bytes()).collect::<Vec<_>>(), ["-1.5", "4e+2", "0"]);
    }

    #[test]
    fn a_number_is_kept_where_it_comes_out_as_the_same_decimal() {
        for kept in
            ["0", "-0.0", "0.10", "1e2", "1E+2", "0.1", "100000000.00000001", "5e-324", "0.000e-99999999999999999999"]
        {
            assert!(is_kept(kept), "{kept}");
        }
        let lost = [
            "3526246938.98713386",
            "12345678901234.123456",
            "4503599627370497.75",
            "0.12345678901234567890",
            "1e-400",
            "1e-99999999999999999999",
            "1e400",
            "9007199254740993",
            "9007199254740993.0",
            "5.1e-324",
        ];
        for lost in lost {
            assert!(!is_kept(lost), "{lost}");
        }
    }

    /// By arithmetic instead of digits: scaled to whole numbers of one power of ten.
    fn same_number(a: &str, b: &str) -> bool {
        let scaled = |text: &str| {
            let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
            let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
            let shift = 120 + exponent.parse::<i64>().unwrap() - fraction.len() as i64;
            let digits = format!("{whole}{fraction}{}", "0".repeat(shift as usize));
            let zero = digits.trim_matches(['-', '0']).is_empty();
            (digits.starts_with('-') && !zero, digits.trim_start_matches(['-', '0']).to_owned())
        };
        scaled(a) == scaled(b)
    }

    #[test]
    fn of_two_spellings_of_one_double_only_the_one_that_comes_out_is_kept() {
        let spellings = ["273368701913253.62", "273368701913253.63"];
        let kept =
            spellings.map(|written| crate::params::json::parse(written.as_bytes()).ok().map(|read| read.to_string()));
        let same = kept.iter().zip(spellings).all(|(kept, written)| kept.as_ref().is_none_or(|kept| kept == written));
        assert!(same && kept.iter().flatten().count() == 1, "{spellings:?} come out as {kept:?}");
        assert!(!is_kept("273368701913253.64"));
    }

    proptest! {
        #[test]
        fn what_is_accepted_comes_out_as_the_same_number(written in "-?(0|[1-9][0-9]{0,18})([.][0-9]{1,20})?([eE][+-]?[0-9]{1,2})?") {
            prop_assume!(written.split_once(['e', 'E']).is_none_or(|(_, e)| e.parse::<i64>().is_ok_and(|e| e.abs() <= 38)));
            match crate::params::json::parse(written.as_bytes()) {
                Ok(value) => prop_assert!(same_number(&written, &value.to_string()), "{written} comes out as {value}"),
                // What comes out of a double itself must never be refused for its digits.
                Err(problem) => if let Ok(read) = serde_json::from_str::<Value>(&written) {
                    prop_assert!(problem.contains("2^53") || !same_number(&written, &read.to_string()), "{written}: {problem}");
                },
            }
        }

        #[test]
        fn what_a_double_prints_is_always_kept(bits in any::<u64>()) {
            let double = f64::from_bits(bits);
            prop_assume!(double.is_finite());
            prop_assert!(is_kept(&serde_json::to_string(&double).unwrap()));
        }
    }
}
