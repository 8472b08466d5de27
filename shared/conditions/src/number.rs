//! Decimal numbers: read only if a double keeps every written digit, and written.

/// From here on a double stands for more than one whole number: 2^53.
pub(crate) const EXACT: f64 = 9_007_199_254_740_992.0;

/// Reads a decimal number. The shortest spelling of the double must have the same digits.
///
/// # Errors
/// What is wrong with it, as the end of a sentence about it.
pub(crate) fn decimal(written: &str) -> Result<f64, &'static str> {
    let number = |b: u8| b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'.' | b'e' | b'E');
    let read: f64 = written.parse().map_err(|_| "is not a number")?;
    if !written.bytes().all(number) {
        return Err("is not a number");
    }
    if !read.is_finite() {
        return Err("is too large");
    }
    let kept = digits(written) == digits(&format!("{read:e}"));
    if kept { Ok(read) } else { Err("has more digits than are kept") }
}

/// The digits that count, and the power of ten of the last one. Local invariant: two spellings of one number give the same.
fn digits(written: &str) -> (String, i64) {
    let (mantissa, power) = written.split_once(['e', 'E']).unwrap_or((written, "0"));
    let fraction = mantissa.split_once('.').map_or(0, |(_, fraction)| fraction.len() as i64);
    let all: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let counting = all.trim_end_matches('0');
    let zeros = (all.len() - counting.len()) as i64;
    let counting = counting.trim_start_matches('0');
    if counting.is_empty() {
        return (String::new(), 0);
    }
    let past = if power.starts_with('-') { i64::MIN } else { i64::MAX };
    let power = power.parse().unwrap_or(past);
    (counting.to_owned(), power.saturating_sub(fraction).saturating_add(zeros))
}

/// How a double is written.
pub(crate) fn written(double: f64) -> String {
    let plain = double == 0.0 || (1e-5..1e21).contains(&double.abs());
    if plain { format!("{double}") } else { format!("{double:e}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decimal_is_read_where_no_digit_is_lost() {
        for (kept, value) in [
            ("0.10", 0.1),
            ("1e2", 100.0),
            ("-0.0", 0.0),
            (".5", 0.5),
            ("1E+2", 100.0),
            ("0e999999999999999999999", 0.0),
        ] {
            assert_eq!(decimal(kept), Ok(value), "{kept}");
        }
        for lost in ["9007199254740993.0", "1e-400", "1e400", "0.12345678901234567890", "inf", "NaN", "", "1_0"] {
            assert!(decimal(lost).is_err(), "{lost}");
        }
    }
}
